# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""scripts/report: what is on the page, and that it is HTML that asks nobody for anything."""
import contextlib
import glob
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [f"{os.path.dirname(HERE)}/{name}.d" for name in ("report", "perform", "bench")]
# pylint: disable=wrong-import-position
import cases        # noqa: E402
import costs        # noqa: E402
import data         # noqa: E402
import flames       # noqa: E402
import ladder       # noqa: E402
import made_up      # noqa: E402
import matrix       # noqa: E402
import page         # noqa: E402
import published    # noqa: E402
import states       # noqa: E402
from markup import VOID, el, step   # noqa: E402
from test_perform import load   # noqa: E402

report = load("report")
HOSTILE = '"><script>alert(1)</script>&\'<!--\ud800\x00'
CASE = cases.cases(["tcp4-receive-single"])[0]


class Page(html.parser.HTMLParser):
    """A page read strictly: elements are closed in their order, names of things are unique."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.texts = [], [], [], {}
        self.elements = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"
        assert len(set(self.ids)) == len(self.ids), f"twice: {self.ids}"
        assert all(link[1:] in self.ids for link in self.links), self.links

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"{tag}: an attribute twice"
        attrs = dict(attrs)
        assert not {"src", "style", "action", "srcset", "data", "xlink:href"} & set(attrs), attrs
        assert not any(name.startswith("on") for name in attrs), attrs
        self.elements.append((tag, attrs, tuple(self.open)))
        self.ids += [attrs["id"]] if "id" in attrs else []
        if "href" in attrs:
            assert attrs["href"].startswith("#"), attrs
            self.links.append(attrs["href"])
        if tag == "th":
            assert attrs.get("scope") in ("row", "col", "rowgroup", "colgroup"), attrs
        if tag == "svg":
            assert attrs.get("role") == "img" and attrs.get("aria-label"), attrs
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> in {self.open}"
        self.open.pop()

    def handle_data(self, text):
        for tag in set(self.open):
            self.texts[tag] = self.texts.get(tag, "") + text

    def all(self, tag):
        return [attrs for name, attrs, _ in self.elements if name == tag]


def tests_of(modes=(cases.DEFAULT_MODE,), stacks=cases.STACKS, repeat=1, setups=("default",)):
    return cases.plan([CASE], list(setups), list(modes), list(stacks), repeat)


def with_values(number, values, modes=(cases.DEFAULT_MODE,)):
    """A run of one case; @values: {(mode, stack): those of its repetitions}."""
    tree = made_up.run(number, tests_of(modes, repeat=max(map(len, values.values()))))
    for result in tree["results"]:
        result["value"] = values[result["mode"], result["stack"]][result["repetition"] - 1]
    return tree


class WithFolder(unittest.TestCase):
    """A folder for each test, and the program run in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = self.folder + "/report.html"

    def put(self, *trees):
        for tree in trees:
            made_up.put(f"{self.folder}/perform/{tree['started'].replace(':', '')}.json", tree)

    def run_report(self):
        """(standard output, standard error)"""
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            report.main(["--out", self.out, "--runs", self.folder + "/perform",
                         "--bench", self.folder + "/bench"])
        return said.getvalue(), complained.getvalue()

    def text(self):
        with open(self.out, encoding="utf-8") as f:
            return f.read()

    def page(self, *trees):
        self.put(*trees)
        self.run_report()
        return Page(self.text())


class Whole(WithFolder):
    """The page of everything."""

    def test_everything_is_on_it(self):
        made_up.everything(self.folder, 2)
        said, complained = self.run_report()
        self.assertEqual((said.strip(), complained), (os.path.relpath(self.out), ""))
        found = Page(self.text())
        for anchor in ("matrix", "rfc2544", "history", "ladder", "bench", "flames", "runs"):
            self.assertIn(anchor, found.ids)
        names = [attrs.get("data-name") for attrs in found.all("tr")]
        for case in cases.cases() + cases.cases(rows=cases.RATES):
            self.assertIn(case.name, names)
        for word in (*cases.SETUPS, *cases.MODES):
            self.assertIn(word, found.texts["th"])
        self.assertIn("bsd_ip_forward: ", found.texts["title"])
        self.assertIn("published 2.36", found.texts["title"])
        self.assertNotRegex(self.text(), r"https?:|url\(|@import|//\w")

    def test_the_policy_allows_its_own_script_and_style_alone(self):
        self.put(made_up.run(1, tests_of()))
        self.run_report()
        text = self.text()
        policy = Page(text).all("meta")[1]["content"]
        self.assertIn("default-src 'none'", policy)
        for tag in ("script", "style"):
            inside = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL).group(1)
            self.assertIn(f"{tag}-src {page.source(inside)};", policy)
            self.assertNotIn("unsafe", policy)

    def test_every_state_is_told(self):
        tree = made_up.run(1, tests_of(repeat=len(states.STATES)))
        for n, state in enumerate(states.STATES):
            one = made_up.run(n + 2, tests_of(setups=["default"]))
            one["results"] = [{**r, "setup": f"set-up {n}", "state": state, "text": f"why {n}",
                               "value": 5 if state in states.WITH_VALUE else None}
                              for r in one["results"]]
            self.put(one)
        found = self.page(tree)
        titles = "\n".join(attrs["title"] for attrs in found.all("button"))
        for n, (state, meaning) in enumerate(states.STATES.items()):
            self.assertIn(f"set-up {n}, bsdnet, {cases.DEFAULT_MODE}: {state}, {meaning}", titles)
            self.assertIn(f"why {n}", titles)
            if state != "PASS":
                self.assertIn(state, found.texts["em"])

    def test_hostile_names_are_text(self):
        tree = made_up.run(1, tests_of(), run=HOSTILE, kernel=HOSTILE, release=HOSTILE,
                           machine={HOSTILE: HOSTILE})
        tree["wanted"]["commit"] = HOSTILE
        for n, result in enumerate(tree["results"]):
            result.update(state="XPASS", text=HOSTILE, case=HOSTILE, unit=HOSTILE, setup=HOSTILE,
                          counters={HOSTILE: [1, 2]}, mode=HOSTILE if n else result["mode"])
        for name, bench in made_up.bench().items():
            for row in bench["rows"]:
                row.update(name=row["name"] + HOSTILE, unit=HOSTILE, verdict=HOSTILE)
            made_up.put(f"{self.folder}/bench/{name}", bench)
        made_up.put(self.folder + "/bench/<b>&.bsdnet.folded", "<script>;<!--;&lt 3\n")
        found = self.page(tree)
        self.assertEqual(len(found.all("script")), 1)
        self.assertNotIn("alert", found.texts["script"])
        self.assertIn('"><script>alert(1)</script>&\'<!--\ufffd\ufffd', found.texts["th"])
        self.assertIn("<script>: 100.0%", found.texts["title"])
        self.assertIn("&lt: 100.0%", found.texts["title"])

    def test_one_stack_alone(self):
        for stack in cases.STACKS:
            found = self.page(made_up.run(1, tests_of(stacks=[stack])))
            self.assertIn("no case has both", found.texts["dd"])
            self.assertEqual(len(found.all("button")), 1)
            self.assertNotIn("ratio to Linux", found.all("button")[0]["title"])

    def test_a_run_without_results(self):
        tree = made_up.run(1, tests_of(), finished=None, results=[])
        self.assertIn("It is not finished: 0 of 2 tests", self.page(tree).texts["p"])

    def test_values_of_nothing(self):
        tree = made_up.run(1, tests_of())
        for result in tree["results"]:
            result["value"] = 0
        self.assertEqual(len(self.page(tree).all("button")), 2)

    def test_the_checker_finds_faults(self):
        for wrong in ("<p><b></p></b>", "<p>", '<i id="a"></i><i id="a"></i>', "<th></th>",
                      '<a href="#x"></a>', '<a href="https://a.b/"></a>', '<img src="x">'):
            with self.assertRaises(AssertionError, msg=wrong):
                Page(wrong)


class Files(WithFolder):
    """What is read, and what is not."""

    def test_no_runs(self):
        os.mkdir(self.folder + "/perform")
        for folder in ("perform", "nowhere"):
            done = subprocess.run([sys.executable, os.path.dirname(HERE) + "/report", "--runs",
                                   f"{self.folder}/{folder}", "--out", self.out],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
            self.assertIn("no run in", done.stderr)
            self.assertFalse(os.path.exists(self.out))

    def test_what_is_no_run_is_named_and_passed_over(self):
        good = made_up.run(1, tests_of())
        bad = {"text": "no JSON", "list": [], "empty": {}, "nul": "\x00", "deep": "[" * 100000,
               "nan": json.dumps(good).replace(str(good["results"][0]["value"]), "NaN"),
               "huge": json.dumps(good).replace(str(good["results"][0]["value"]), "1" + 400 * "0")}
        for member in ("state", "case", "counters", "repetition"):
            tree = made_up.run(1, tests_of())
            tree["results"][0][member] = ["no such thing"]
            bad[member] = tree
        bad["counter"] = made_up.run(1, tests_of())
        bad["counter"]["results"][0]["counters"] = {"a": [1, 2 ** 2000]}
        bad["format"] = {**good, "format": 2}
        self.put(good)
        for name, content in bad.items():
            made_up.put(f"{self.folder}/perform/{name}.json", content)
            made_up.put(f"{self.folder}/bench/{name}.json",
                        {"rows": content} if name != "list" else {"rows": 5})
        made_up.put(self.folder + "/bench/no.folded", "a;b\n")
        made_up.put(self.folder + "/bench/none.folded", "a;b 0\n")
        with open(self.folder + "/perform/bytes.json", "wb") as f:
            f.write(b"\xff\xfe\x00")
        os.mkdir(self.folder + "/perform/folder.json")
        _, complained = self.run_report()
        Page(self.text())
        for name in (*bad, "bytes", "folder"):
            self.assertIn(f"/perform/{name}.json: passed over", complained)
        self.assertIn("/no.folded: passed over: line 1", complained)
        self.assertIn("/none.folded: passed over: no samples", complained)
        self.assertIn("run-1", Page(self.text()).texts["th"])

    def test_the_page_is_old_or_new(self):
        self.put(made_up.run(1, tests_of()))
        self.run_report()
        before = self.text()
        self.put(made_up.run(2, tests_of()))
        with mock.patch("os.fsync", side_effect=OSError(28, "full")):
            with self.assertRaises(SystemExit) as stopped:
                self.run_report()
        self.assertEqual(stopped.exception.code, f"report: {self.out}: full")
        self.assertEqual(self.text(), before)

    def test_of_the_benchmark_the_newest_rows(self):
        for age, name in enumerate(("debian-6.12-cost", "debian-6.12")):
            path = f"{self.folder}/bench/{name}.json"
            made_up.put(path, {"rows": [{"name": "a", "unit": "instructions", "bsdnet": age},
                                        {"name": name, "unit": "instructions", "bsdnet": 7}]})
            os.utime(path, (1e9 - age, 1e9 - age))
        rows = data.bench(self.folder + "/bench")["debian-6.12"]["cost"]
        self.assertEqual([(row["name"], row["bsdnet"]) for row in rows],
                         [("a", 0), ("debian-6.12-cost", 7), ("debian-6.12", 7)])

    def test_stacks_are_told_by_the_name_of_the_file(self):
        for name in ("a-b-bsdnet", "a-b.linux", "c", "-linux", "bsdnet"):
            made_up.put(f"{self.folder}/bench/{name}.folded", "a;b 1\n")
        self.assertEqual({case: set(sides) for case, sides in
                          data.flames(self.folder + "/bench").items()},
                         {"a-b": {"bsdnet", "linux"}, "c": {None}, "-linux": {None},
                          "bsdnet": {None}})

    def test_locks_are_a_table_without_their_functions(self):
        made_up.everything(self.folder)
        sections = data.bench(self.folder + "/bench")["debian-6.12"]
        self.assertEqual(["locks, gen -> forward"], [row["name"] for row in sections["locks"]])
        self.assertNotIn("__srcu_read_lock", str(costs.costs({"debian-6.12": sections})))

    def test_functions_of_both_stacks_are_side_by_side(self):
        made_up.everything(self.folder, 1)
        rows = data.bench(self.folder + "/bench")["debian-6.12"]["functions"]
        (body,) = costs.functions(rows)
        cells = [re.findall("<td[^>]*>(.*?)</td>", line) for line in body[1:]]
        self.assertEqual(cells[0], ["bsd_udp_output", "90.5", "12.3 %",
                                    "udp_sendmsg", "90.5", "12.3 %"])
        self.assertEqual(cells[1][3], "could not be measured")

    def test_schemas_example_is_a_run(self):
        """What the tests make up is what scripts/perform writes."""
        try:
            import jsonschema   # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("no jsonschema")
        with open(os.path.dirname(HERE) + "/perform.d/schema.json", encoding="ascii") as f:
            jsonschema.Draft202012Validator(json.load(f)).validate(made_up.run(1, tests_of()))


class Figures(WithFolder):
    """What is calculated."""

    OURS, LINUX = (cases.DEFAULT_MODE, "bsdnet"), matrix.LINUX

    def runs(self, *trees):
        for n, tree in enumerate(trees):
            made_up.put(f"{self.folder}/perform/{n}.json", tree)
        return data.runs(self.folder + "/perform")

    def test_a_ratio_is_within_a_run_and_its_spread_within_a_repetition(self):
        runs = self.runs(with_values(1, {self.OURS: [10, 20, 90], self.LINUX: [10, 10, 30]}),
                         made_up.run(2, tests_of(stacks=["linux"])))
        rows = matrix.newest(runs, "debian-6.12")
        row = rows[(CASE.name, "default", *self.OURS)]
        self.assertEqual(row.ratios(matrix.peer(row)), (2, 1, 3))
        self.assertEqual(rows[(CASE.name, "default", *self.LINUX)].run.name, "run-2")

    def test_a_cell_is_of_the_newest_run(self):
        runs = self.runs(with_values(2, {self.OURS: [30], self.LINUX: [10]}),
                         with_values(1, {self.OURS: [20], self.LINUX: [10]}))
        row = matrix.newest(runs, "debian-6.12")[(CASE.name, "default", *self.OURS)]
        self.assertEqual((row.median, [run.name for run in runs]), (30, ["run-1", "run-2"]))
        self.assertEqual([" old" in matrix.cell(row, run) for run in runs], [True, False])

    def test_errors_are_told_before_other_counters(self):
        runs = self.runs(made_up.run(1, tests_of(stacks=["bsdnet"])))
        runs[0].results[0]["counters"]["udp.badsum"] = [1, 3]
        lines = matrix.counters(next(iter(runs[0].rows.values())))
        self.assertEqual(lines[0], "errors: udp.badsum +2")
        self.assertTrue(lines[1].startswith("counters: netlock.wait_ns +50000, ip.total +40000"))

    def test_the_ladder(self):
        modes = ("exclusive", "shared/thread")
        runs = self.runs(with_values(1, {("exclusive", "bsdnet"): [10, 20], self.LINUX: [1, 1],
                                         ("shared/thread", "bsdnet"): [20, 20]}, modes))
        rows = ladder.rungs(runs, "debian-6.12")[CASE.name]
        ratios = rows["shared/thread"].ratios(rows["exclusive"])
        self.assertEqual((ratios[1:], round(ratios[0], 3)), ((1, 2), 1.333))
        locks, waits, waited = ladder.per_packet(rows["shared/thread"])
        self.assertEqual((round(locks, 4), waits, waited), (0.2557, 0, 1.25))

    def test_the_ladder_of_bench(self):
        rows = made_up.bench()["debian-6.12-ladder.json"]["rows"]
        html = ladder.bench_ladder("ladder", "title", rows)
        self.assertEqual(html.count("tcp-single, 2 threads, shared/thread: 1.40 is above."), 1)
        self.assertIn("published 1.05 to 1.15", html)
        self.assertNotIn("loopback", html)
        self.assertIsNone(ladder.bench_ladder("other", "title", rows))

    def test_what_is_said_of_published_ratios(self):
        row = published.published("tcp-single")["shared/thread"]
        self.assertEqual(published.published(CASE.name)["shared/thread"], row)
        for ratio, low, high, words in ((1.1, 1.0, 1.2, " agrees "), (0.5, 0.4, 0.6, " below "),
                                        (2.0, 1.9, 2.1, " above "), (1.1, 0.5, 1.2, " busy")):
            self.assertIn(words, published.says(row, 1, ratio, low, high))
        row = published.published("forward")["forward"]
        self.assertIn(published.ONE_THREAD, published.says(row, 1, 1.0, 1.0, 1.0))
        self.assertNotIn(published.ONE_THREAD, published.says(row, 2, 1.0, 1.0, 1.0))

    def test_steps_of_colour(self):
        for ratio, name in ((None, "none"), (1, "even"), (1.02, "even"), (1.03, "up1"),
                            (1.2, "up2"), (9, "up3"), (0.96, "down1"), (0.8, "down2"),
                            (0.1, "down3")):
            self.assertEqual(step(ratio), name, ratio)

    def test_flames_are_as_wide_as_their_samples(self):
        root = flames.tree([(["a", "b"], 30), (["a", "c"], 10), (["d"], 40), (["a"], 20)])
        found = {name: (depth, x, width) for name, depth, x, width, _ in flames.boxes(root)}
        self.assertEqual(found["a"], (1, 0, 0.6 * flames.WIDE))
        self.assertEqual(found["c"], (2, 0.3 * flames.WIDE, 0.1 * flames.WIDE))
        self.assertEqual(found["d"], (1, 0.6 * flames.WIDE, 0.4 * flames.WIDE))
        self.assertEqual(flames.alone([(["a", "b"], 3), (["b"], 1), (["c"], 4)]),
                         {"b": 0.5, "c": 0.5})

    def test_history_has_a_point_for_each_run(self):
        found = self.page(*(made_up.run(n, tests_of()) for n in range(1, 6)))
        marks = [tag for tag, _, above in found.elements
                 if "figure" in above and tag in ("circle", "rect")]
        self.assertEqual((marks.count("circle"), marks.count("rect")), (5, 5))

    def test_100_percent_is_all(self):
        self.assertEqual([page.percent(p) for p in (None, 1, 0.9999, 0.5)],
                         ["-", "100 %", "99.9 %", "50 %"])

    def test_elements(self):
        self.assertEqual(el("p", "<", el("br"), None, class_="a&", hidden=True, id=None),
                         '<p class="a&amp;" hidden>&lt;<br></p>')


BROWSER = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)
# What the page is in a window, written where the browser prints it.
PROBE = """
addEventListener("load", () => {
	const cell = document.querySelector(".matrix button");
	cell.click();
	const detail = document.getElementById("detail").textContent;
	cell.focus();
	for (const key of ["ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"])
		document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
	const filter = document.getElementById("filter");
	filter.value = "udp4 send";
	filter.dispatchEvent(new Event("input"));
	const shown = [...document.querySelectorAll(".matrix [data-name]:not([hidden])")];
	filter.value = "";
	filter.dispatchEvent(new Event("input"));
	document.title = JSON.stringify({
		width: document.documentElement.scrollWidth, window: innerWidth,
		dark: matchMedia("(prefers-color-scheme: dark)").matches,
		ground: getComputedStyle(document.body).backgroundColor,
		detail: detail, moved: document.getElementById("detail").textContent,
		stops: document.querySelectorAll(".matrix button[tabindex='0']").length,
		shown: shown.map(row => row.dataset.name),
	});
});
"""


@unittest.skipUnless(BROWSER, "no chromium: the page is not looked at in a browser")
class Browser(WithFolder):
    """The page in headless Chromium."""

    def look(self, width, dark):
        """(what the probe found, what the console has)"""
        argv = [BROWSER, "--headless", "--disable-gpu", f"--window-size={width},900",
                f"--user-data-dir={self.folder}/browser", "--enable-logging=stderr",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--dump-dom",
                f"file://{self.folder}/probed.html"]
        if os.geteuid() == 0:
            argv.insert(1, "--no-sandbox")
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
        title = Page(done.stdout).texts["title"].partition("}")[0] + "}"
        return json.loads(title), [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    def test_windows_narrow_and_wide_light_and_dark(self):
        made_up.everything(self.folder, 1)
        for path in glob.glob(self.folder + "/perform/*.json"):
            tree = data.read(path)
            tree["wanted"]["commit"] += "-dirty-" + "long" * 20
            made_up.put(path, tree)
        self.run_report()
        text = self.text().replace("script-src ", f"script-src {page.source(PROBE)} ", 1)
        made_up.put(self.folder + "/probed.html",
                    text.replace("</body>", f"<script>{PROBE}</script></body>"))
        grounds = set()
        for width in (390, 1400):
            for dark in (False, True):
                found, console = self.look(width, dark)
                self.assertEqual(console, [])
                self.assertEqual((found["window"], found["dark"]), (width, dark))
                self.assertLessEqual(found["width"], width)
                self.assertIn("tcp4-receive-single, default, linux", found["detail"])
                self.assertIn("tcp4-receive-parallel, default, linux", found["moved"])
                self.assertEqual(found["stops"], 1)
                self.assertEqual(set(found["shown"]), {c.name for c in cases.cases(["udp4-send*"])})
                grounds.add(found["ground"])
        self.assertEqual(len(grounds), 2)


if __name__ == "__main__":
    unittest.main()
