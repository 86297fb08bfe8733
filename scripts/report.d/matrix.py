# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The matrix: a row a case, a column a set-up, stack and mode; and the search of RFC 2544."""
import cases
from figures import figure
from markup import STEPS, el, headings, step, svg, shape, table
from states import ERRORS, STATES, WITH_VALUE

COUNTERS = 6    # that are told of a cell, beside those of errors
LINUX = (cases.NO_MODE, "linux")


def newest(runs, kernel):
    """{(case, setup, mode, stack): row of the newest run that has it}"""
    found = {}
    for run in runs:
        if run.kernel == kernel:
            found.update(run.rows)
    return found


def ordered(names, known):
    """Those that are known in the order known, then the others as they came."""
    names = list(dict.fromkeys(names))
    return [n for n in known if n in names] + [n for n in names if n not in known]


def case_order(names):
    return ordered(names, [c.name for c in cases.cases() + cases.cases(rows=cases.RATES)])


def columns(rows):
    """{setup: [(mode, stack)]}: Linux first, then the mode that is the default."""
    modes = [LINUX] + [(mode, "bsdnet") for mode in
                       dict.fromkeys((cases.DEFAULT_MODE, *cases.MODES))]
    return {setup: ordered([key[2:] for key in rows if key[1] == setup], modes)
            for setup in ordered([key[1] for key in rows], cases.SETUPS)}


def peer(row):
    """Linux's row that a row is compared with: of the same run, or none."""
    if row.stack == "linux":
        return None
    return row.run.rows.get((row.case, row.setup, *LINUX))


def counters(row):
    """What moved: all errors, and what moved furthest."""
    moved = row.moved()
    errors = [name for name in moved if ERRORS.search(name)]
    others = sorted((n for n in moved if n not in errors), key=lambda n: -abs(moved[n]))
    lines = []
    if errors:
        lines.append("errors: " + ", ".join(f"{n} {moved[n]:+.0f}" for n in errors))
    if others:
        more = len(others) - COUNTERS
        lines.append("counters: " + ", ".join(f"{n} {moved[n]:+.0f}" for n in others[:COUNTERS]) +
                     (f" and {more} more" if more > 0 else ""))
    return lines


def spread(low, high):
    return f"{figure(low)} to {figure(high)}"


def told(row):
    """All about a cell, in lines."""
    mode = "" if row.stack == "linux" else f", {row.mode}"
    lines = [f"{row.case}, {row.setup}, {row.stack}{mode}: {row.state}, {STATES[row.state]}"]
    if row.median is not None:
        lines.append(f"median {figure(row.median)} {row.unit}, {spread(row.low, row.high)}, "
                     f"{len(row.values)} of {len(row.results)} tests")
    ratios = row.ratios(peer(row))
    if ratios:
        lines.append("ratio to Linux {:.2f}, {:.2f} to {:.2f}".format(*ratios))
    lines += row.reasons() + counters(row)
    lines.append(f"run {row.run.name}, commit {row.run.commit}")
    return "\n".join(lines)


def cell(row, run):
    """Ratio, value, and the state unless it is PASS; @run: the newest, of others it is old."""
    if row is None:
        return el("td", class_="empty")
    ratios = row.ratios(peer(row))
    parts = []
    if ratios:
        parts.append(el("b", f"{ratios[0]:.2f}"))
    if row.median is not None:
        parts.append(el("span", figure(row.median)))
    if row.state != "PASS":
        parts.append(el("em", row.state))
    colour = step(ratios[0]) if ratios else "none"
    kind = "bad" if row.state not in (*WITH_VALUE, "XFAIL", "SKIP") else row.state.lower()
    old = "" if row.run is run else " old"
    return el("td", el("button", *parts, type="button", title=told(row)),
              class_=f"{colour} {kind}{old}")


def matrix(runs, kernel):
    """The table of a kernel."""
    rows = newest(runs, kernel)
    run = [run for run in runs if run.kernel == kernel][-1]
    setups = columns(rows)
    names = case_order(key[0] for key in rows)
    units = {key[0]: row.unit for key, row in rows.items()}
    head = [el("tr", el("th", "case", scope="col", rowspan=2),
               *(el("th", setup, scope="colgroup", colspan=len(keys))
                 for setup, keys in setups.items())),
            el("tr", *(el("th", "Linux" if key == LINUX else key[0], scope="col")
                       for keys in setups.values() for key in keys))]
    bodies = {}
    for name in names:
        cells = [cell(rows.get((name, setup, *key)), run)
                 for setup, keys in setups.items() for key in keys]
        bodies.setdefault((name.partition("-")[0], units[name]), []).append(
            el("tr", el("th", name, scope="row"), *cells, data_name=name))
    width = 1 + sum(map(len, setups.values()))
    groups = [[el("tr", el("th", f"{protocol}, {unit}", scope="rowgroup", colspan=width),
                  class_="group"), *lines] for (protocol, unit), lines in bodies.items()]
    return table(f"The matrix on {kernel}: ratio to Linux, and the median", head, groups, "matrix")


def legend():
    """What the colours mean."""
    limits = [f"{1 / limit:.2f}" for limit in reversed(STEPS)] + [f"{l:.2f}" for l in STEPS]
    words = [f"below {limits[0]}", *(f"from {limit}" for limit in limits)]
    classes = ["down3", "down2", "down1", "even", "up1", "up2", "up3"]
    return el("ul", *(el("li", el("i", class_=name), word)
                      for name, word in zip(classes, words)),
              el("li", el("em", "slanted"), ": of an earlier run"), class_="legend")


def key_of_stacks():
    """Which mark is whose."""
    return el("ul", el("li", el("i", class_="mark bsdnet"), "bsdnet"),
              el("li", el("i", class_="mark linux"), "Linux"), class_="legend")


def with_detail(runs):
    """The rows of the newest run that searched rates: {(size, stack): row}."""
    for run in reversed(runs):
        found = {(int(row.case.rpartition("-")[2]), row.stack): row for row in run.rows.values()
                 if row.results[-1].get("detail") and row.case.rpartition("-")[2].isdecimal()}
        if found:
            return found
    return {}


def rates_line(row, linux):
    """A row of the table of RFC 2544."""
    ratios = row.ratios(linux)
    detail = row.results[-1]["detail"]
    latency = detail["throughput"]["latency_us"]
    loss = ", ".join(f"{figure(f['rate'])}: {f['loss']:.1%}" for f in detail["loss"])
    return [el("td", row.stack, class_="text"), el("td", figure(row.median) if row.median else "-"),
            el("td", f"{ratios[0]:.2f}" if ratios else "", class_=step(ratios and ratios[0])),
            *(el("td", f"{latency[name]:.0f}") for name in ("median", "p99", "max")),
            el("td", loss, class_="text")]


def rates(runs):
    """The search of RFC 2544, or None."""
    rows = with_detail(runs)
    if not rows:
        return None
    sizes = sorted({size for size, _ in rows})
    bodies = []
    for size in sizes:
        found = [rows[size, stack] for stack in cases.STACKS if (size, stack) in rows]
        bodies.append([el("tr", el("th", size, scope="rowgroup", rowspan=len(found))
                          if n == 0 else None,
                          *rates_line(row, peer(row))) for n, row in enumerate(found)])
    head = [headings("frame size", "stack", "frames/s", "ratio", "latency µs", "p99", "max",
                     "loss beyond: rate and part lost",
                     text=("stack", "loss beyond: rate and part lost"))]
    run = next(iter(rows.values())).run
    return el("section", el("h2", "RFC 2544"),
              el("p", "Frames a second that forwarding takes without loss, both directions "
                 f"together; latency at that rate. Run {run.name}."),
              key_of_stacks(), bars(rows, sizes),
              table("Rates without loss", head, bodies), id="rfc2544")


def bars(rows, sizes):
    """Throughput by size of frame, both stacks."""
    top = max([row.median or 0 for row in rows.values()]) or 1
    wide, high, left = 46, 120, 44
    parts = [shape("line", x1=left, x2=left + wide * len(sizes), y1=y, y2=y, class_="axis")
             for y in (10, 10 + high)]
    parts += [el("text", text, x=left - 6, y=y, text_anchor="end")
              for text, y in ((figure(top), 14), ("0", high + 14))]
    for n, size in enumerate(sizes):
        x = left + n * wide + 6
        for i, stack in enumerate(cases.STACKS):
            row = rows.get((size, stack))
            if row and row.median:
                height = high * row.median / top
                parts.append(shape("rect", f"{size} bytes, {stack}: {figure(row.median)}",
                                   x=x + 17 * i, y=10 + high - height, width=16, height=height,
                                   class_=stack))
        parts.append(el("text", size, x=x + 16, y=high + 26, text_anchor="middle"))
    return el("div", svg("Rates without loss by size of frame", left + 8 + wide * len(sizes),
                         high + 34, *parts, class_="plot"), class_="box", tabindex=0,
              role="region", aria_label="Rates without loss, plotted")
