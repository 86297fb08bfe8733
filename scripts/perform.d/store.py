# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The file of a run: written anew, all of it, after each result, so that it is whole at
every moment. Documentation/performance.rst tells what is in it; schema.json in this folder
says it exactly.
"""
import datetime
import glob
import json
import os
import statistics

from states import WITH_VALUE, pass_rate, worst

FORMAT = 1


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def replace(path, text):
    """The file has the old contents or the new, whatever happens."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.replace(path + ".new", path)


def read(path):
    with open(path, encoding="utf-8") as f:
        tree = json.load(f)
    if tree.get("format") != FORMAT:
        raise ValueError(f"{path}: another format than {FORMAT}")
    return tree


class Run:
    """A run: what is wanted, and the results that there are."""

    def __init__(self, path, tree):
        self.path, self.tree = path, tree
        self.done = {r["key"] for r in tree["results"]}

    @classmethod
    def begin(cls, path, wanted, facts):
        """@wanted: what makes two runs the same; @facts: what else is to be told."""
        run = cls(path, {"format": FORMAT, "run": os.path.basename(path).removesuffix(".json"),
                         "started": now(), "finished": None, "wanted": wanted, **facts,
                         "results": [], "summary": []})
        run.write()
        return run

    @classmethod
    def unfinished(cls, folder, wanted, path=None):
        """The newest run that was interrupted and wanted the same, or None.

        @path: only this one, which must not have wanted anything else.
        """
        for candidate in [path] if path else sorted(glob.glob(folder + "/*.json"), reverse=True):
            try:
                tree = read(candidate)
            except FileNotFoundError:
                return None
            except ValueError:
                if path:
                    raise
                continue
            if tree["wanted"] == wanted and not tree["finished"]:
                return cls(candidate, tree)
            if path:
                raise ValueError(f"{path}: is " + ("finished" if tree["finished"] else
                                                   "of another tree or other tests"))
        return None

    def write(self):
        replace(self.path, json.dumps(self.tree, separators=(",", ":")) + "\n")

    def add(self, result):
        self.tree["results"].append({**result, "time": now()})
        self.done.add(result["key"])
        self.write()

    def finish(self):
        self.tree["summary"] = summary(self.tree["results"])
        self.tree["finished"] = now()
        self.write()


def summary(results):
    """An object for each case, set-up, mode and stack: median and spread of its values."""
    rows = {}
    for r in results:
        rows.setdefault(tuple(r[k] for k in ("case", "setup", "mode", "stack")), []).append(r)
    return [row(key, found) for key, found in rows.items()]


def row(key, results):
    values = [r["value"] for r in results if r["state"] in WITH_VALUE]
    states = [r["state"] for r in results]
    return {**dict(zip(("case", "setup", "mode", "stack"), key)),
            "unit": results[0]["unit"], "state": worst(states), "states": states,
            "n": len(values), "median": statistics.median(values) if values else None,
            "low": min(values, default=None), "high": max(values, default=None)}


def totals(results):
    """{state: how many}, and the part that passed."""
    states = [r["state"] for r in results]
    return {s: states.count(s) for s in dict.fromkeys(states)}, pass_rate(states)
