# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Flame graphs of folded stacks, both stacks side by side."""
import zlib

from markup import el, headings, shape, svg, table

WIDE, ROW = 640, 17
LETTER = 6.3            # wide, in a box
NARROWEST = 0.6         # box that is drawn
DEEPEST = 60
COLOURS = 6
FUNCTIONS = 12          # in the table


class Node:
    """A function, called by those below it."""

    def __init__(self):
        self.samples = 0
        self.calls = {}


def tree(stacks):
    root = Node()
    for names, samples in stacks:
        node = root
        node.samples += samples
        for name in names[:DEEPEST]:
            node = node.calls.setdefault(name, Node())
            node.samples += samples
    return root


def boxes(root):
    """(name, depth, x, width, samples) of all that is wide enough, the callers first."""
    scale = WIDE / root.samples
    todo = [("all", root, 0, 0)]
    while todo:
        name, node, depth, begin = todo.pop()
        yield name, depth, begin * scale, node.samples * scale, node.samples
        for callee, call in sorted(node.calls.items()):
            if call.samples * scale >= NARROWEST:
                todo.append((callee, call, depth + 1, begin))
            begin += call.samples


def graph(title, stacks):
    """The picture: callers below, width by samples."""
    root = tree(stacks)
    found = list(boxes(root))
    high = ROW * (1 + max(depth for _, depth, *_ in found))
    parts = []
    for name, depth, x, width, samples in found:
        y = high - ROW * (depth + 1)
        colour = "flame" + str(zlib.crc32(name.encode()) % COLOURS)
        letters = int((width - 4) / LETTER)
        short = name if len(name) <= letters else name[:letters - 1] + "…" if letters > 3 else ""
        title_of = f"{name}: {samples / root.samples:.1%}, {samples} samples"
        parts.append(el("g", el("title", title_of),
                        shape("rect", x=float(x), y=y, width=float(max(width - 0.5, 0.3)),
                              height=ROW - 1, class_=colour),
                        el("text", short, x=f"{x + 2:.1f}", y=y + 12) if short else None))
    return el("div", svg(title, WIDE, high, *parts, class_="flames"), class_="box", tabindex=0,
              role="region", aria_label=title)


def alone(stacks):
    """{function: part of all samples that it was running in itself}"""
    total = sum(samples for _, samples in stacks)
    found = {}
    for names, samples in stacks:
        found[names[-1]] = found.get(names[-1], 0) + samples / total
    return found


def functions(title, stacks):
    """The same in a table: where most samples were."""
    top = sorted(alone(stacks).items(), key=lambda item: (-item[1], item[0]))[:FUNCTIONS]
    rows = [el("tr", el("th", name, scope="row"), el("td", f"{part:.1%}")) for name, part in top]
    return el("details", el("summary", "as a table"),
              table(title + ": functions by themselves", [headings("function", "samples")], [rows]))


def flames(found):
    """The section, or None."""
    if not found:
        return None
    cases = []
    for case, stacks in sorted(found.items()):
        sides = []
        for stack in sorted(stacks, key=str):
            title = f"{case}, {stack}" if stack else case
            sides.append(el("div", el("h4", stack or "samples"), graph(title, stacks[stack]),
                            functions(title, stacks[stack])))
        cases += [el("h3", case), el("div", *sides, class_="sides")]
    return el("section", el("h2", "Flame graphs"),
              el("p", "Each box is a function, on top of its caller, as wide as its part of the "
                 "samples; what is narrower than a thousandth is left out."), *cases, id="flames")
