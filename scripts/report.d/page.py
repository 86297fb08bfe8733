# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The page: all of it in one file, which asks nobody for anything."""
import base64
import hashlib
import math
import os

import cases
import store
from costs import costs
from flames import flames
from history import history
from ladder import ladder
from markup import Markup, el, headings, table
from matrix import LINUX, legend, matrix, rates
from states import STATES

HERE = os.path.dirname(os.path.realpath(__file__))


def part(name):
    """A file beside this one without its licence, which the head of the page has."""
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return Markup(f.read().partition("*/\n")[2])


def source(text):
    """What the policy of the page calls a script or a style."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def tile(name, value, note):
    return el("div", el("dt", name), el("dd", el("b", value), el("span", note)))


def percent(part):
    """It is 100 % only if it is all."""
    return "-" if part is None else f"{math.floor(1000 * part) / 10:g} %"


def ratios(run):
    """Of bsdnet to Linux, of all cases as they are by default."""
    found = []
    for (case, setup, *key), row in run.rows.items():
        if tuple(key) == (cases.DEFAULT_MODE, "bsdnet"):
            found.append(row.ratios(run.rows.get((case, setup, *LINUX))))
    return [ratio[0] for ratio in found if ratio]


def overview(run):
    """The newest run in a few figures."""
    counts, passed = store.totals(run.results)
    found = ratios(run)
    mean = math.exp(sum(map(math.log, found)) / len(found)) if found else None
    tiles = [
        tile("Commit", run.commit, run.started.replace("T", " ").replace("Z", " UTC")),
        tile("Ratio to Linux", f"{mean:.2f}" if mean else "-",
             f"geometric mean of {len(found)}" if found else "no case has both"),
        tile("Ahead of Linux", f"{sum(r > 1 for r in found)} of {len(found)}",
             "cases and set-ups, by the median"),
        tile("Passed", percent(passed),
             ", ".join(f"{n} {state}" for state, n in counts.items()) or "no results"),
        tile("Reports of the kernel", run.reports,
             f"{run.kernel}, {run.release or 'unknown release'}"),
    ]
    machine = ", ".join(f"{name} {value}" for name, value in run.machine.items())
    unfinished = "" if run.finished else \
        f" It is not finished: {len(run.results)} of {run.tests} tests."
    return el("section", el("h2", "The newest run"), el("dl", *tiles, class_="tiles"),
              el("p", f"Run {run.name} on {machine}.{unfinished} Wall clock of an emulated "
                 "machine: it tells one stack from the other, and one commit from the next; the "
                 "figures are those of no real machine.", class_="note"), id="overview")


def matrices(runs, kernels):
    return el("section", el("h2", "The matrix"),
              el("p", "In bold bsdnet's median divided by Linux's of the same run, and below it "
                 "the median. Of each cell the newest run that has it. More than the figure: "
                 "choose the cell; arrow keys go on."), legend(),
              *(matrix(runs, kernel) for kernel in kernels),
              el("details", el("summary", "states"), el("dl", *(
                  el("div", el("dt", state), el("dd", text)) for state, text in STATES.items()),
                  class_="states")), id="matrix")


def all_runs(runs):
    """Every run in a line."""
    rows = []
    for run in reversed(runs):
        passed = store.totals(run.results)[1]
        rows.append(el("tr", el("th", run.name, scope="row"), el("td", run.started),
                       el("td", run.commit), el("td", run.kernel),
                       el("td", f"{len(run.results)} of {run.tests}"),
                       el("td", percent(passed)),
                       el("td", run.reports)))
    return el("section", el("h2", "Runs"),
              table("All runs, the newest first", [headings(
                  "run", "started", "commit", "kernel", "tests", "passed", "reports")], [rows]),
              id="runs")


def links(sections):
    """The way to each section."""
    return el("nav", *(el("a", name, href="#" + anchor) for anchor, name in sections),
              aria_label="sections")


def page(runs, bench, folded):
    """The whole of it; there is a run at least."""
    kernels = list(dict.fromkeys(run.kernel for run in reversed(runs)))
    parts = [("overview", "Newest run", overview(runs[-1])),
             ("matrix", "Matrix", matrices(runs, kernels)),
             ("rfc2544", "RFC 2544", rates(runs)),
             ("history", "History", history(runs, kernels)),
             ("ladder", "Ladder", ladder(runs, bench, kernels)),
             ("bench", "Benchmarks", costs(bench)),
             ("flames", "Flame graphs", flames(folded)),
             ("runs", "Runs", all_runs(runs))]
    parts = [(anchor, name, content) for anchor, name, content in parts if content]
    style, script = part("page.css"), part("page.js")
    policy = f"default-src 'none'; style-src {source(style)}; script-src {source(script)}; " \
             "base-uri 'none'; form-action 'none'"
    head = el("head", el("meta", charset="utf-8"),
              el("meta", http_equiv="Content-Security-Policy", content=policy),
              el("meta", name="viewport", content="width=device-width, initial-scale=1"),
              el("meta", name="color-scheme", content="light dark"),
              el("title", "bsdnet: performance"), el("style", style))
    body = el("body", el("a", "to the figures", href="#overview", class_="skip"),
              el("header", el("h1", "bsdnet ", el("span", "beside Linux")),
                 links([(anchor, name) for anchor, name, _ in parts]),
                 el("label", "cases ", el("input", type="search", id="filter",
                                          placeholder="tcp4 receive", autocomplete="off"),
                    class_="filter")),
              el("main", *(content for *_, content in parts)),
              el("div", id="detail", role="status", hidden=True), el("script", script))
    return "<!DOCTYPE html>\n<!-- SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ -->\n" + \
        el("html", head, "\n", body, lang="en") + "\n"
