# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""A small plot a case: medians and spread of both stacks over the runs that were kept."""
import cases
from figures import figure
from markup import el, shape, svg
from matrix import LINUX, case_order, key_of_stacks, ordered, spread

KEPT = 40               # runs, the newest
WIDE, HIGH = 250, 84    # of the field of a plot
TOP, SIDE = 8, 6


def series(rows, place, stack):
    """The points of a stack, where there are any; @place: run -> x; @rows: of it, by run."""
    return [(place(n), row) for n, row in rows if row.stack == stack and row.median]


def plotted(points, stack, scale):
    """A line, whiskers, and a mark for each point."""
    parts = []
    if len(points) > 1:
        parts.append(shape("polyline", class_=stack, points=" ".join(
            f"{x:.1f},{scale(row.median):.1f}" for x, row in points)))
    for x, row in points:
        y = scale(row.median)
        title = (f"{stack}: {figure(row.median)} {row.unit}, {spread(row.low, row.high)}; "
                 f"{row.run.commit}, {row.run.started}")
        parts.append(shape("line", x1=x, x2=x, y1=scale(row.low), y2=scale(row.high),
                           class_=stack))
        if stack == "linux":
            parts.append(shape("rect", title, x=x - 2.5, y=y - 2.5, width=5, height=5,
                               class_=stack))
        else:
            parts.append(shape("circle", title, cx=x, cy=y, r=3, class_=stack))
    return parts


def plot(name, rows, runs):
    """A figure; @rows: [(number of the run, row)] of both stacks."""
    top = max([row.high or 0 for _, row in rows]) or 1

    def place(n):
        return SIDE + (n + 0.5) * (WIDE - 2 * SIDE) / runs

    def scale(value):
        return TOP + HIGH * (1 - value / top)
    parts = [shape("line", x1=0, x2=WIDE, y1=y, y2=y, class_="axis") for y in (TOP, TOP + HIGH)]
    last = []
    for stack in reversed(cases.STACKS):
        points = series(rows, place, stack)
        parts += plotted(points, stack, scale)
        if points:
            last.insert(0, f"{stack} {figure(points[-1][1].median)}")
    title = f"{name}: history, 0 to {figure(top)} {rows[0][1].unit}"
    return el("figure", el("figcaption", el("b", name), el("span", ", ".join(last) or "no value")),
              svg(title, WIDE, TOP + HIGH + 6, *parts, class_="plot"), data_name=name)


def plots(runs, kernel):
    """Those of a kernel: each case and set-up, in the mode that is the default."""
    runs = [run for run in runs if run.kernel == kernel]
    kept = runs[-KEPT:]
    found = {}
    for n, run in enumerate(kept):
        for (case, setup, *key), row in run.rows.items():
            if tuple(key) in (LINUX, (cases.DEFAULT_MODE, "bsdnet")):
                found.setdefault((case, setup), []).append((n, row))
    order = [(case, setup) for case in case_order(case for case, _ in found)
             for setup in ordered((s for c, s in found if c == case), cases.SETUPS)]
    title = f"{kernel}: {len(runs)} runs" if len(runs) > 1 else f"{kernel}: 1 run"
    return [el("h3", title + (f", of them the newest {KEPT}" if len(runs) > KEPT else "")),
            el("div", *(plot(case if setup == "default" else f"{case}, {setup}",
                             found[case, setup], len(kept)) for case, setup in order),
               class_="plots")]


def history(runs, kernels):
    """The section."""
    return el("section", el("h2", "History"),
              el("p", "Each run's median, lowest and highest, the newest to the right; from 0 to "
                 f"the highest value. Mode {cases.DEFAULT_MODE}."), key_of_stacks(),
              *(part for kernel in kernels for part in plots(runs, kernel)), id="history")
