# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The rows of scripts/bench: both stacks, ratio, target and verdict."""
from markup import el, headings, shape, step, svg, table

WIDE = 150
LOWER = ("cost", "routes", "idle")     # sections in which less is better
TITLES = {
    "cost": "Instructions an operation",
    "threads": "A second thread: what it gains",
    "routes": "A full routing table",
    "idle": "Bytes of an idle connection",
    "programs": "Debian's programs",
}


def plain(value):
    """A figure as the benchmark has it."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def bar(ratio, target):
    """Ratio on a line from 0 to 2, and the target."""
    def x(value):
        return WIDE * min(value, 2) / 2
    parts = [shape("rect", x=0, y=5, width=x(ratio), height=8, class_=step(1 / ratio) + " fill"),
             shape("line", x1=x(1), x2=x(1), y1=0, y2=18, class_="axis")]
    if target:
        parts.append(shape("line", f"target {target:g}", x1=x(target), x2=x(target), y1=1, y2=17,
                           class_="target"))
    return svg(f"ratio {ratio:.2f}" + (f", target {target:g}" if target else ""), WIDE, 18, *parts,
               class_="plot")


def line(section, row):
    """A row of the table."""
    ratio, target = row.get("ratio"), row.get("target")
    if not ratio and section in LOWER and row.get("bsdnet") and row.get("linux"):
        ratio = row["bsdnet"] / row["linux"]
    good = ratio and (1 / ratio if section in LOWER else ratio)
    # Targets of other sections are not of the ratio.
    aim = target if section == "cost" else None
    sign = "≥ " if section == "threads" else "≤ "
    extent = f"{row['least']:g} to {row['most']:g}" if row.get("least") and row.get("most") else ""
    verdict = row.get("verdict") or ""
    return el("tr", el("th", row["name"], scope="row"),
              el("td", row.get("unit") or "", class_="text"),
              el("td", plain(row.get("bsdnet"))), el("td", plain(row.get("linux"))),
              el("td", f"{ratio:.2f}" if ratio else "-",
                 class_="none" if section == "threads" else step(good)),
              el("td", bar(ratio, aim) if ratio and section == "cost" else extent),
              el("td", sign + plain(target) if target else ""),
              el("td", verdict, class_="bad" if verdict in ("FAIL", "MISS") else None))


def costs(bench):
    """The sections of all kernels, or None."""
    tables = []
    for kernel, sections in bench.items():
        for name, title in TITLES.items():
            if name not in sections:
                continue
            head = [headings("row", "unit", "bsdnet", "Linux", "ratio",
                             "plotted" if name == "cost" else "spread", "target", "verdict",
                             text=("unit", "plotted"))]
            revisions = ", ".join(dict.fromkeys(row["revision"] for row in sections[name]))
            tables.append(table(f"{title}, {kernel}, of {revisions}", head,
                                [[line(name, row) for row in sections[name]]]))
    if not tables:
        return None
    return el("section", el("h2", "Benchmarks"),
              el("p", "By scripts/bench, of each row the newest figures. Of instructions, bytes "
                 "and seconds less is better: blue is where bsdnet is ahead, in every table."),
              *tables, id="bench")
