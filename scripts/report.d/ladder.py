# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The locking ladder: what its rungs gain over exclusive, beside what others published."""
import cases
from markup import el, headings, shape, step, svg, table
from matrix import case_order, ordered
from published import published

BASE = "exclusive"
WIDE, MOST = 220, 2.6   # of the plot in a row; its highest ratio

# Counters of locks, of waits for them, and of time waited; per packet received by IP.
LOCKS = ("tcp.pcblocks", "pcb.locks", "netlock.ladder")
WAITS = ("tcp.pcbcontended", "pcb.contended", "netlock.contended", "netlock.ladder_contended")
WAITED_NS = ("netlock.wait_ns", "netlock.ladder_wait_ns")
PACKETS = "ip.total"
SERIES = (("ladder", "scripts/bench ladder: ratio to exclusive"),
          ("netisr", "The models of netisr, by scripts/bench ladder: ratio to the first"))
# Of a row of scripts/bench, and their digits.
FIGURES = (("netlocks", 3), ("locks", 3), ("waited", 0), ("waited_ns", 0), ("backlogged", 0),
           ("batch", 1))


def extent(theirs):
    """Published ratios in words."""
    return " to ".join(f"{value:.2f}" for value in dict.fromkeys(theirs))


def track(ratio, low, high, theirs):
    """Ratio and spread on a line from 0, and the published ratios, the lowest and the highest."""
    def x(value):
        return 4 + (WIDE - 8) * min(value, MOST) / MOST
    parts = [shape("line", x1=x(0), x2=x(MOST), y1=12, y2=12, class_="axis"),
             shape("line", x1=x(1), x2=x(1), y1=2, y2=22, class_="axis")]
    words = []
    if theirs is not None:
        first, last = map(x, theirs)
        words.append("published " + extent(theirs))
        parts.append(shape("path", words[0], class_="published",
                           d=f"M{first:.1f} 6H{last:.1f}l6 6l-6 6H{first:.1f}l-6-6z"))
    if ratio is not None:
        parts += [shape("line", x1=x(low), x2=x(high), y1=12, y2=12, class_="bsdnet"),
                  shape("circle", f"{ratio:.2f}, {low:.2f} to {high:.2f}", cx=x(ratio), cy=12, r=4,
                        class_="bsdnet")]
        words.insert(0, f"{ratio:.2f}")
    return svg(" and ".join(words) or "no ratio", WIDE, 24, *parts, class_="plot track")


def rung(name, ratios, theirs, *figures, case=None):
    """A row: @ratios: (ratio, low, high) or None; @theirs: (low, high) as published, or None."""
    ratio, low, high = ratios or (None, None, None)
    return el("tr", el("th", name, scope="row"),
              el("td", "-" if ratio is None else f"{ratio:.2f}", class_=step(ratio)),
              el("td", track(ratio, low, high, theirs)),
              el("td", "" if ratio is None else f"{low:.2f} to {high:.2f}"),
              el("td", "" if theirs is None else extent(theirs)),
              *(el("td", figure) for figure in figures), data_name=case)


def group(name, width):
    return el("tr", el("th", name, scope="rowgroup", colspan=width), class_="group")


def plain(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def bench_row(name, row):
    low, high = row.get("quartiles") or (row.get("ratio"),) * 2
    ratio = row.get("ratio")
    speed = row.get("bsdnet")
    scale = 1e6 if str(row.get("unit")).startswith("bytes") else 1e3
    return rung(name, None if None in (ratio, low, high) else (ratio, low, high),
                row.get("published"), plain(speed and speed / scale, 1),
                *(plain(row.get(key), digits) for key, digits in FIGURES),
                row.get("verdict") or "")


def bench_ladder(series, title, rows):
    """The rows of a series of "scripts/bench ladder", "SERIES, WORK, THREADS, POINT", and what it
    says of them."""
    bodies, said = {}, []
    for row in rows:
        of, work, threads, name = (row["name"].split(", ") + [""] * 3)[:4]
        if of != series:
            continue
        work += f", {threads} thread" + ("s" if threads != "1" else "")
        bodies.setdefault(work, [group(work, 13)]).append(bench_row(name, row))
        if row.get("says"):
            said.append(el("li", f"{work}, {name}: {row['says']}."))
    if not bodies:
        return None
    head = [headings("rung", "ratio", "ratio, plotted", "quartiles", "published", "MB/s or k/s",
                     "net locks a packet", "PCB locks a packet", "waits, of a million",
                     "ns waited a packet", "backlog, of a million", "batch", "verdict",
                     text=("ratio, plotted",))]
    return el("div", table(title, head, bodies.values()), el("ul", *said) if said else None)


def per_packet(row):
    """Locks a packet, waits of a million packets, nanoseconds waited a packet; None: unknown."""
    moved = row.moved()
    packets = moved.get(PACKETS)
    if not packets:
        return None, None, None
    return (sum(moved.get(name, 0) for name in LOCKS) / packets,
            1e6 * sum(moved.get(name, 0) for name in WAITS) / packets,
            sum(moved.get(name, 0) for name in WAITED_NS) / packets)


def rungs(runs, kernel):
    """{case: {mode: row}} of the newest run that tried a case in exclusive and in others."""
    found = {}
    for run in runs:
        modes = {}
        for (case, setup, mode, stack), row in run.rows.items():
            if run.kernel == kernel and setup == "default" and stack == "bsdnet":
                modes.setdefault(case, {})[mode] = row
        found.update((case, rows) for case, rows in modes.items()
                     if BASE in rows and len(rows) > 1)
    return found


def matrix_ladder(runs, kernel):
    """The modes of the matrix, or None if none were tried."""
    found = rungs(runs, kernel)
    if not found:
        return None
    bodies = []
    for case in case_order(found):
        rows = found[case]
        body = [group(case, 8)]
        for mode in ordered(rows, cases.MODES):
            locks, waits, waited = per_packet(rows[mode])
            theirs = published(case).get(mode)
            body.append(rung(mode, rows[mode].ratios(rows[BASE]),
                             theirs and (theirs.low, theirs.high),
                             plain(locks, 3), plain(waits, 0), plain(waited, 1), case=case))
        bodies.append(body)
    head = [headings("rung", "ratio", "ratio, plotted", "spread", "published", "locks a packet",
                     "waits, of a million", "ns waited a packet", text=("ratio, plotted",))]
    return table(f"The matrix's modes on {kernel}: ratio to exclusive", head, bodies)


def ladder(runs, bench, kernels):
    """The section, or None."""
    tables = [bench_ladder(series, title, bench[k]["ladder"])
              for k in bench if "ladder" in bench[k] for series, title in SERIES]
    tables += [matrix_ladder(runs, kernel) for kernel in kernels]
    if not any(tables):
        return None
    return el("section", el("h2", "The locking ladder"),
              el("p", "What each rung gains over exclusive: the dot and its line are ours, with "
                 "the spread within the same repetition; the diamond was published for OpenBSD, "
                 "of TCP in 2025, of UDP and forwarding in 2022, on machines of more processors. "
                 "Two processors gain no more than 2. In the matrix a lock is a PCB's mutex or the "
                 "ladder's, and a packet is one that IP received."),
              *tables, id="ladder")
