# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The locking ladder: what its rungs gain over exclusive, beside what others published."""
import re

import cases
from markup import el, headings, shape, step, svg, table
from matrix import case_order, ordered

BASE = "exclusive"
WIDE, MOST = 220, 2.6   # of the plot in a row; its highest ratio

# Ratios to exclusive on OpenBSD, cards of 10 Gbit/s: TCP 2025, UDP and forwarding 2022.
# The cases that they are compared with, and the rungs.
PUBLISHED = (
    (r"tcp4-receive-single", {"exclusive": 1.00, "locked": 0.97, "shared/packet": 0.83,
                              "shared/thread": 1.15}),
    (r"tcp4-receive-(parallel|many)", {"exclusive": 1.00, "locked": 0.96, "shared/packet": 1.96,
                                       "shared/thread": 2.20}),
    (r"udp4-receive-parallel-mtu", {"exclusive": 1.00, "unlocked-io": 1.00, "udp": 2.36}),
    (r"tcp4-forward-(parallel|many)", {"exclusive": 1.00, "forward": 1.99}),
)
# Counters of locks, of waits for them, and of time waited; per packet received by IP.
LOCKS = ("tcp.pcblocks", "pcb.locks", "netlock.ladder")
WAITS = ("tcp.pcbcontended", "pcb.contended", "netlock.contended", "netlock.ladder_contended")
WAITED_NS = ("netlock.wait_ns", "netlock.ladder_wait_ns")
PACKETS = "ip.total"


def published(case):
    """{rung: ratio} that was published for what is like this case."""
    for pattern, ratios in PUBLISHED:
        if re.fullmatch(pattern, case):
            return ratios
    return {}


def track(ratio, low, high, theirs):
    """Ratio and spread on a line from 0, and the published ratio."""
    def x(value):
        return 4 + (WIDE - 8) * min(value, MOST) / MOST
    parts = [shape("line", x1=x(0), x2=x(MOST), y1=12, y2=12, class_="axis"),
             shape("line", x1=x(1), x2=x(1), y1=2, y2=22, class_="axis")]
    words = []
    if theirs is not None:
        c = x(theirs)
        parts.append(shape("path", f"published {theirs:.2f}", class_="published",
                           d=f"M{c:.1f} 6l6 6l-6 6l-6-6z"))
        words.append(f"published {theirs:.2f}")
    if ratio is not None:
        parts += [shape("line", x1=x(low), x2=x(high), y1=12, y2=12, class_="bsdnet"),
                  shape("circle", f"{ratio:.2f}, {low:.2f} to {high:.2f}", cx=x(ratio), cy=12, r=4,
                        class_="bsdnet")]
        words.insert(0, f"{ratio:.2f}")
    return svg(" and ".join(words) or "no ratio", WIDE, 24, *parts, class_="plot track")


def rung(name, ratios, theirs, *figures, case=None):
    """A row: @ratios: (ratio, low, high) or None; @theirs: published, or None."""
    ratio, low, high = ratios or (None, None, None)
    return el("tr", el("th", name, scope="row"),
              el("td", "-" if ratio is None else f"{ratio:.2f}", class_=step(ratio)),
              el("td", track(ratio, low, high, theirs)),
              el("td", "" if ratio is None else f"{low:.2f} to {high:.2f}"),
              el("td", "" if theirs is None else f"{theirs:.2f}"),
              *(el("td", figure) for figure in figures), data_name=case)


def group(name, width):
    return el("tr", el("th", name, scope="rowgroup", colspan=width), class_="group")


def plain(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def bench_row(name, row, theirs):
    low, high = row.get("quartiles") or (row.get("ratio"),) * 2
    ratio = row.get("ratio")
    speed = row.get("bsdnet")
    return rung(name, None if None in (ratio, low, high) else (ratio, low, high), theirs,
                plain(speed and speed / 1e6, 1), plain(row.get("locks"), 3),
                plain(row.get("waited"), 0), plain(row.get("backlogged"), 0),
                row.get("verdict") or "")


def bench_ladder(rows):
    """The rows of "scripts/bench ladder": "ladder, RUNG, N flows"."""
    bodies = {}
    for row in rows:
        _, name, flows = (row["name"].split(", ") + ["", ""])[:3]
        case = "tcp4-receive-single" if flows.startswith("1 ") else "tcp4-receive-many"
        flows = "1 flow" if flows == "1 flows" else flows
        bodies.setdefault(flows, [group(flows, 10)]).append(
            bench_row(name, row, published(case).get(name)))
    head = [headings("rung", "ratio", "ratio, plotted", "quartiles", "published", "MB/s",
                     "locks a segment", "waited, of a million", "backlog, of a million",
                     "verdict", text=("ratio, plotted",))]
    return table("TCP input by scripts/bench ladder: ratio to exclusive", head, bodies.values())


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
            body.append(rung(mode, rows[mode].ratios(rows[BASE]), published(case).get(mode),
                             plain(locks, 3), plain(waits, 0), plain(waited, 1), case=case))
        bodies.append(body)
    head = [headings("rung", "ratio", "ratio, plotted", "spread", "published", "locks a packet",
                     "waits, of a million", "ns waited a packet", text=("ratio, plotted",))]
    return table(f"The matrix's modes on {kernel}: ratio to exclusive", head, bodies)


def ladder(runs, bench, kernels):
    """The section, or None."""
    tables = [bench_ladder(bench[k]["ladder"]) for k in bench if "ladder" in bench[k]]
    tables += [matrix_ladder(runs, kernel) for kernel in kernels]
    if not any(tables):
        return None
    return el("section", el("h2", "The locking ladder"),
              el("p", "What each rung gains over exclusive: the dot and its line are ours, with "
                 "the spread within the same repetition; the diamond was published for OpenBSD, "
                 "of TCP in 2025, of UDP and forwarding in 2022, on machines of more processors. "
                 "Two processors gain no more than 2. A lock is a PCB's mutex or the ladder's; a "
                 "packet is one that IP received."),
              *tables, id="ladder")
