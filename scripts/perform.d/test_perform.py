# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""scripts/perform without a machine: the guest is this host, counters are made up."""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
# pylint: disable=wrong-import-position
import cases        # noqa: E402
import ground       # noqa: E402
import places       # noqa: E402
import rfc2544      # noqa: E402
import states       # noqa: E402
import store        # noqa: E402
from runner import PROGRAMS, Runner   # noqa: E402

AGENT = [sys.executable, os.path.dirname(HERE) + "/qemu/peer-agent", "-"]
CASE = cases.Case("tcp", 4, "receive", "single", "", "made-up", "bits/s", ("default",), True)


def load(name):
    """scripts/perform as a module."""
    path = os.path.dirname(HERE) + "/" + name
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


perform = load("perform")


def test_of(repetition=1, stack="bsdnet"):
    return cases.Test(CASE, "default", "shared/backlog", stack, repetition)


class FakeGround(ground.Ground):
    """One whose counters are what the test says."""

    counted = iter(())

    def counters(self):
        return next(self.counted, {"udp.ipackets": 1})


class FakeYard:
    """A machine that is a process of this host."""

    release = "6.12"

    def __init__(self):
        self.guest, self.boots, self.trouble = None, 0, None

    def prepare(self, _setup, _mode):
        if self.trouble:
            raise self.trouble
        if not self.guest:
            self.boots += 1
            self.guest = places.Guest(AGENT)
            host = places.Host("left")
            self.grounds = {s: FakeGround(s, host, self.guest, host) for s in cases.STACKS}

    def end(self):
        if self.guest:
            self.guest.end()
            self.guest.process.stdout.close()
            self.guest = None


class WithYard(unittest.TestCase):
    """A folder and a machine for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.yard = FakeYard()
        self.addCleanup(self.yard.end)
        FakeGround.counted = iter(())

    def hurry(self):
        """From now on little time is given to programs: those that are to end in vain."""
        self.yard.prepare(None, None)
        for module in ("places", "traffic"):
            patience = mock.patch(module + ".PATIENCE", 1)
            patience.start()
            self.addCleanup(patience.stop)

    def result(self, program, test=None):
        """The result of a test that runs a function."""
        return Runner(self.yard, self.folder + "/logs", 0.1, {"made-up": program}).run(
            test or test_of())

    def state(self, program):
        return self.result(program)["state"]


class States(WithYard):
    """Each state is what something leads to."""

    def test_pass(self):
        r = self.result(lambda b: len(b.run(b.ground.machine, "echo", "abc")))
        self.assertEqual((r["state"], r["value"], r["text"]), ("PASS", 4, ""))

    def test_xpass_when_an_error_counter_moved(self):
        FakeGround.counted = iter([{"udp.badsum": 3, "udp.fullsock": 1},
                                   {"udp.badsum": 4, "udp.fullsock": 9}])
        r = self.result(lambda b: 1)
        self.assertEqual((r["state"], r["text"]), ("XPASS", "moved: udp.badsum"))
        self.assertEqual(r["counters"], {"udp.badsum": [3, 4], "udp.fullsock": [1, 9]})

    def test_drops_are_no_errors(self):
        FakeGround.counted = iter([{}, {"udp.fullsock": 9, "tcp.sndrexmit": 7,
                                        "Udp.RcvbufErrors": 2}])
        self.assertEqual(self.state(lambda b: 1), "PASS")

    def test_fail_without_value(self):
        self.assertEqual(self.state(lambda b: 0), "FAIL")

    def test_noexit(self):
        for place in ("machine", "left"):
            r = self.result(lambda b, p=place: b.run(getattr(b.ground, p), "sh", "-c",
                                                     "echo why >&2; exit 3"))
            self.assertEqual(r["state"], "NOEXIT")
            self.assertIn("status 3: why", r["text"])
            self.assertEqual(r["programs"][0]["status"], 3)

    def test_noterm_and_what_was_left_running_is_ended(self):
        self.hurry()
        for place in ("machine", "left"):
            jobs = []

            def program(bench, where=place, started=jobs):
                started.append(bench.start(getattr(bench.ground, where), "sleep", "100"))
                return bench.run(getattr(bench.ground, where), "sleep", "100")
            r = self.result(program)
            self.assertEqual(r["state"], "NOTERM")
            self.assertEqual([p["status"] for p in r["programs"]], [None, None if place ==
                                                                    "machine" else -9])

    def test_norun(self):
        path = self.folder + "/no-program"
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/nowhere/interpreter\n")
        os.chmod(path, 0o755)
        for place in ("machine", "left"):
            self.assertEqual(self.state(lambda b, p=place: b.run(getattr(b.ground, p), path)),
                             "NORUN")

    def test_noexist(self):
        for program in ("/nowhere/program", "no-such-program"):
            r = self.result(lambda b, p=program: b.run(b.ground.machine, p))
            self.assertEqual((r["state"], r["text"]), ("NOEXIST", program))

    def test_nolog(self):
        with open(self.folder + "/logs", "w", encoding="ascii"):
            pass
        self.assertEqual(self.state(lambda b: 1), "NOLOG")

    def test_noclean(self):
        self.yard.trouble = states.Trouble("NOEXIT", "ifconfig: no")
        r = self.result(lambda b: 1)
        self.assertEqual((r["state"], r["text"]), ("NOCLEAN", "ifconfig: no"))

    def test_skip_runs_nothing(self):
        with mock.patch("cases.SKIPPED", (("tcp4-*", "linux", "has none"),)):
            r = self.result(lambda b: 1, test_of(stack="linux"))
            self.assertEqual((r["state"], r["text"]), ("SKIP", "has none"))
            self.assertEqual(self.state(lambda b: 1), "PASS")

    def test_xfail_says_what_failed(self):
        with mock.patch("cases.EXPECTED", (("tcp4-*", "bsdnet", "not there yet"),)):
            r = self.result(lambda b: 0)
            self.assertEqual(r["state"], "XFAIL")
            self.assertIn("not there yet (FAIL", r["text"])
            self.assertEqual(self.state(lambda b: 1), "PASS")

    def test_all_are_known_to_the_schema(self):
        with open(HERE + "/schema.json", encoding="ascii") as f:
            self.assertEqual(json.load(f)["$defs"]["state"]["enum"], list(states.STATES))

    def test_a_machine_that_ends_fails_one_test(self):
        r = self.result(lambda b: b.run(b.ground.machine, "sh", "-c", "kill $PPID; sleep 5"))
        self.assertEqual((r["state"], r["text"]), ("NOEXIT", "the machine ended"))
        self.assertEqual(self.state(lambda b: 1), "PASS")
        self.assertEqual(self.yard.boots, 2)

    def test_a_machine_that_does_not_answer_is_given_up(self):
        self.hurry()
        r = self.result(lambda b: b.run(b.ground.machine, "sh", "-c", "kill -STOP $PPID"))
        self.assertEqual(r["state"], "NOTERM")
        self.assertEqual(self.state(lambda b: 1), "PASS")


    def test_reports_of_the_kernel_are_counted(self):
        yard = ground.Yard("debian-6.12", "no-such-net", self.folder)
        for status, reports in ((0, 0), (126, 1), (143, 1), (126, 2)):
            yard.guest = mock.Mock(end=lambda s=status: s)
            yard.end()
            self.assertEqual((yard.reports, yard.guest), (reports, None))


class Runs(WithYard):
    """What is kept, and how it goes on."""

    def go(self, program, tests, run):
        with contextlib.redirect_stderr(io.StringIO()):
            return perform.perform(run, tests, self.yard,
                                   Runner(self.yard, self.folder + "/logs", 0.1,
                                          {"made-up": program}))

    def begin(self, tests, name="a"):
        args = mock.Mock(kernel="debian-6.12")
        return store.Run.begin(f"{self.folder}/{name}.json", self.wanted(tests),
                               perform.facts(args))

    @staticmethod
    def wanted(tests):
        return {"commit": "abc", "kernel": "debian-6.12", "seconds": 1,
                "tests": [t.key for t in tests]}

    def test_interrupted_it_goes_on_where_it_was(self):
        tests = [test_of(i) for i in range(1, 6)]
        seen = []

        def program(bench):
            seen.append(bench.test.repetition)
            if len(seen) == 3:
                raise KeyboardInterrupt
            return 10 * bench.test.repetition
        with self.assertRaises(KeyboardInterrupt):
            self.go(program, tests, self.begin(tests))
        again = store.Run.unfinished(self.folder, self.wanted(tests))
        self.assertEqual(len(again.done), 2)
        self.assertTrue(self.go(program, tests, again))
        again.finish()
        self.assertEqual(seen, [1, 2, 3, 3, 4, 5])
        tree = store.read(again.path)
        self.assertEqual([r["value"] for r in tree["results"]], [10, 20, 30, 40, 50])
        self.assertEqual([(r["median"], r["low"], r["high"], r["n"]) for r in tree["summary"]],
                         [(30, 10, 50, 5)])
        self.assertIsNone(store.Run.unfinished(self.folder, self.wanted(tests)))

    def test_another_run_is_not_gone_on_with(self):
        tests = [test_of()]
        run = self.begin(tests)
        self.assertIsNone(store.Run.unfinished(self.folder, self.wanted([test_of(2)])))
        with self.assertRaises(ValueError):
            store.Run.unfinished(self.folder, self.wanted([test_of(2)]), run.path)
        run.finish()
        with self.assertRaises(ValueError):
            store.Run.unfinished(self.folder, self.wanted(tests), run.path)

    def test_a_file_is_old_or_new_when_writing_ends_early(self):
        run = self.begin([test_of()])
        with mock.patch("os.fsync", side_effect=OSError), self.assertRaises(OSError):
            run.add({"key": "x"})
        self.assertEqual(store.read(run.path)["results"], [])

    def test_it_stops_without_a_machine(self):
        tests = [test_of(i) for i in range(1, 9)]
        self.yard.trouble = states.Trouble("NOCLEAN", "no machine")
        run = self.begin(tests)
        self.assertFalse(self.go(lambda b: 1, tests, run))
        self.assertLess(len(run.done), perform.NO_MACHINE)

    def test_the_schema_knows_all(self):
        try:
            import jsonschema   # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("no jsonschema")
        tests = [test_of(1), test_of(1, "linux")]
        run = self.begin(tests)
        self.go(lambda b: len(b.run(b.ground.machine, "echo", "{}")), tests, run)
        run.finish()
        with open(HERE + "/schema.json", encoding="ascii") as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(store.read(run.path))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            perform.table(run)
        self.assertIn("1.00  PASS", said.getvalue())


class Table(unittest.TestCase):
    """The cases, and what is made of them."""

    def test_names_are_unlike(self):
        everything = cases.cases() + cases.cases(rows=cases.RATES)
        self.assertEqual(len({c.name for c in everything}), len(everything))

    def test_every_quick_pattern_is_a_case(self):
        for pattern in cases.QUICK:
            self.assertTrue(cases.cases([pattern]), pattern)

    def test_the_self_test_has_every_kind(self):
        tests = cases.self_test()
        everything = cases.cases() + cases.cases(rows=cases.RATES)
        for kind in ("program", "protocol", "direction", "load"):
            self.assertEqual({getattr(t.case, kind) for t in tests},
                             {getattr(c, kind) for c in everything})
        self.assertEqual({t.setup for t in tests}, set(cases.SETUPS))
        self.assertEqual({c.program for c in everything}, set(PROGRAMS))

    def test_stacks_take_turns(self):
        tests = cases.plan(cases.cases(["tcp4-send-single"]), ["default", "nolro", "notso"],
                           [cases.DEFAULT_MODE], cases.STACKS, 2)
        self.assertEqual([(t.setup, t.stack, t.repetition) for t in tests],
                         [(setup, stack, n) for n in (1, 2) for setup in ("default", "notso")
                          for stack in ("bsdnet", "linux")])

    def test_locks_are_tried_where_they_matter(self):
        udp = cases.cases(["udp4-receive-parallel-mtu"])[0]
        self.assertEqual(cases.modes_of(udp, "linux", "default", list(cases.MODES)), ["none"])
        tried = cases.modes_of(udp, "bsdnet", "default", list(cases.MODES))
        self.assertEqual([m for m in tried if m.startswith("shared")], ["shared/backlog"])
        self.assertIn("exclusive", tried)
        self.assertEqual(cases.modes_of(udp, "bsdnet", "jumbo", list(cases.MODES)),
                         ["shared/backlog"])

    def test_counters_of_both_stacks(self):
        self.assertEqual(ground.linux_counters("Ip: A B\nIp: 1 2\nUdp: C\nUdp: -1\n"),
                         {"Ip.A": 1, "Ip.B": 2, "Udp.C": -1})
        text = '{"a": {"b": "3", "c": {"0": {"d": 4}}, "m": "x"}}'
        self.assertEqual(ground.bsdnet_counters(text), {"a.b": 3, "a.c.0.d": 4})


def network(limit, hiccups=(), most=1e9):
    """Trials of a network that loses what is beyond a limit, and in these trials anyway."""
    trials = iter(range(1000))

    def trial(rate):
        sent = min(rate, most)
        lost = max(0, sent - limit) or (1 if next(trials) in hiccups else 0)
        return {"sent": sent, "received": sent - lost, "rate": sent}
    return trial


class Rates(unittest.TestCase):
    """The search for the rate without loss."""

    def test_it_finds_the_limit(self):
        for limit in (1000, 1999, 33333, 500000):
            best = rfc2544.Search(network(limit)).throughput()["rate"]
            self.assertTrue(limit / rfc2544.NEAR <= best <= limit, (limit, best))

    def test_one_loss_alone_changes_nothing(self):
        best = rfc2544.Search(network(20000, hiccups=range(0, 100, 2))).throughput()["rate"]
        self.assertTrue(20000 / rfc2544.NEAR <= best <= 20000)

    def test_no_rate_without_loss(self):
        self.assertIsNone(rfc2544.Search(network(rfc2544.FIRST / 2)).throughput())

    def test_what_was_not_offered_is_no_throughput(self):
        best = rfc2544.Search(network(1e9, most=5000)).throughput()["rate"]
        self.assertLessEqual(best, 5000)
        self.assertGreater(best, 4500)

    def test_loss_beyond(self):
        loss = rfc2544.Search(network(100)).loss(100)
        self.assertEqual([f["loss"] for f in loss], [0.2, 0.3333, 0.5])

    def test_the_table(self):
        with open(HERE + "/schema.json", encoding="ascii") as f:
            self.assertIn("detail", json.load(f)["$defs"]["result"]["required"])
        case = cases.cases(["*-74"], cases.RATES)[0]
        detail = {"throughput": {"latency_us": {"median": 5, "p99": 6, "max": 7}},
                  "loss": [{"rate": 2000, "loss": 0.25}]}
        results = [{"case": case.name, "size": "74", "stack": stack, "detail": detail}
                   for stack in cases.STACKS]
        rows = [{"case": case.name, "stack": stack, "median": value}
                for stack, value in zip(cases.STACKS, (30000, 20000))]
        lines = rfc2544.table(rows, results).splitlines()
        self.assertEqual(lines[2].split(), ["74", "30.00", "20.00", "1.50"])
        self.assertIn("2.0k: 25.0%", lines[-1])


if __name__ == "__main__":
    unittest.main()
