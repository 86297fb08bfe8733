# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The rows of scripts/bench: both stacks, ratio, target and verdict."""
import itertools

from cases import STACKS
from markup import el, headings, shape, step, svg, table

WIDE = 150
LOWER = ("cost", "locks", "routes", "idle")     # sections in which less is better
TITLES = {
    "cost": "Instructions an operation",
    "functions": "Instructions an operation, by function",
    "locks": "Locked operations a packet",
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
              el("td", plain(row.get("bsdnet"))), el("td", plain(row.get("linux"))),
              el("td", f"{ratio:.2f}" if ratio else "-",
                 class_="none" if section == "threads" else step(good)),
              el("td", bar(ratio, aim) if ratio and section == "cost" else extent),
              el("td", sign + plain(target) if target else ""),
              el("td", verdict, class_="bad" if verdict in ("FAIL", "MISS") else None),
              el("td", row.get("unit") or "", class_="text"))


def side(row):
    """What a function has of a path: its name, instructions, and part."""
    if row is None:
        return [el("td")] * 3
    part = row.get("percent")
    return [el("td", row.get("function") or "could not be measured", class_="text"),
            el("td", plain(row.get("instructions"))),
            el("td", "" if part is None else f"{part:.1f} %")]


def functions(rows):
    """Bodies of a table: of each path the functions of both stacks, the dearest first."""
    paths = {}
    for row in rows:
        sides = paths.setdefault(row["name"].partition(", ")[2], {stack: [] for stack in STACKS})
        if str(row.get("stack")) in sides:
            sides[row["stack"]].append(row)
    return [[el("tr", el("th", path, scope="rowgroup", colspan=6), class_="group"),
             *(el("tr", *(cell for row in pair for cell in side(row)))
               for pair in itertools.zip_longest(*sides.values()))]
            for path, sides in paths.items()]


def heading(section):
    """The row of headings of a section."""
    if section == "functions":
        return headings("bsdnet's function", "instructions", "part",
                        "Linux's function", "instructions", "part", text=("Linux's function",))
    return headings("row", "bsdnet", "Linux", "ratio",
                    "plotted" if section == "cost" else "spread", "target", "verdict", "unit",
                    text=("unit", "plotted"))


def costs(bench):
    """The sections of all kernels, or None."""
    tables = []
    for kernel, sections in bench.items():
        for name, title in TITLES.items():
            if name not in sections:
                continue
            rows = sections[name]
            revisions = ", ".join(dict.fromkeys(row["revision"] for row in rows))
            bodies = functions(rows) if name == "functions" else [[line(name, r) for r in rows]]
            tables.append(table(f"{title}, {kernel}, of {revisions}", [heading(name)], bodies))
    if not tables:
        return None
    return el("section", el("h2", "Benchmarks"),
              el("p", "By scripts/bench, of each row the newest figures. Of instructions, bytes "
                 "and seconds less is better: blue is where bsdnet is ahead, in every table."),
              *tables, id="bench")
