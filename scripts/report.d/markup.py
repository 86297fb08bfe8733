# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""HTML and SVG, made of elements: whatever is not an element is escaped."""
import html
import re

VOID = ("br", "input", "meta")
# No characters of HTML, or of UTF-8.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already."""


def escape(value):
    return html.escape(FORBIDDEN.sub("\ufffd", str(value)))


def el(name, /, *children, **attributes):
    """An element. @attributes: class_ for class, aria_label for aria-label; None or False: not
    there. @children: elements and text, None for nothing.
    """
    words = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        words.append(key if value is True else f'{key}="{escape(value)}"')
    opened = f"<{' '.join(words)}>"
    return Markup(opened if name in VOID else opened + join(children) + f"</{name}>")


def join(children):
    """Elements and text one behind the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child)
                          for child in children if child is not None))


def svg(title, width, height, *children, class_=None):
    """A picture that is called @title by who cannot see it."""
    return el("svg", el("title", title), *children, viewBox=f"0 0 {width} {height}",
              width=width, height=height, role="img", aria_label=title, class_=class_)


def shape(name, title=None, /, **attributes):
    """A part of a picture; its numbers with one decimal."""
    rounded = {key: round(value, 1) if isinstance(value, float) else value
               for key, value in attributes.items()}
    return el(name, el("title", title) if title else None, **rounded)


def table(caption, head, bodies, class_=None):
    """A table that scrolls by itself when it is wide.

    @head: rows of headings; @bodies: lists of rows. A box that scrolls has to be reached by
    keyboard, and so has a name.
    """
    return el("div", el("table", el("caption", caption), el("thead", *head),
                        *(el("tbody", *rows) for rows in bodies), class_=class_),
              class_="box", tabindex=0, role="region", aria_label=caption)


def headings(*names, text=()):
    """A row of headings of columns; @text: those of columns that hold no figures."""
    return el("tr", *(el("th", name, scope="col", class_="text" if name in text else None)
                      for name in names))


def step(ratio):
    """The class of a colour: how much better (up) or worse (down) than 1 a ratio is."""
    if not ratio:
        return "none"
    size = max(ratio, 1 / ratio)
    degree = sum(size >= limit for limit in STEPS)
    return ("up" if ratio > 1 else "down") + str(degree) if degree else "even"


STEPS = (1.03, 1.15, 1.5)
