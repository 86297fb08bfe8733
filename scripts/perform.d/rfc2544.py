# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Throughput, latency and loss of forwarding. RFC 2544, 26.1 to 26.3

Datagrams go both ways at the same rate, from the host on the left to the one on the right
and back. Rates are of both directions together.
"""
from places import Host
from states import Trouble
from traffic import TOOLS, parsed

HEADERS = 14 + 20 + 8 + 4       # Ethernet, IP, UDP, checksum of the frame
FIRST = 1000                    # frames a second
NEAR = 1.05                     # the search ends when the bounds are so near
TRIES = 2                       # the host may have looked away for a moment
OFFERED = 0.95                  # of a rate, or there was no such trial
OVERLOAD = (1.25, 1.5, 2)       # times the throughput, for the loss
MOST = 1 << 20                  # frames a second: no end of the search below


class Search:
    """Trials at chosen rates; the same for any @trial: rate -> object that rate.c prints."""

    def __init__(self, trial):
        self.trial = trial
        self.best = None

    def free(self, rate):
        """Was nothing lost? False, too, when the sender cannot offer so much."""
        for _ in range(TRIES):
            found = self.trial(rate)
            if found["rate"] < OFFERED * rate:
                continue
            if found["received"] >= found["sent"] > 0:
                self.best = found
                return True
        return False

    def throughput(self):
        """The highest rate found without loss, of that trial; None: there is none."""
        low, high = 0, FIRST
        while high < MOST and self.free(high):
            low, high = high, 2 * high
        while low and high / low > NEAR:
            middle = (low + high) / 2
            if self.free(middle):
                low = middle
            else:
                high = middle
        return self.best

    def loss(self, rate):
        """[{rate, loss}] beyond the throughput: the rate that was offered, the part lost."""
        found = [self.trial(rate * times) for times in OVERLOAD]
        return [{"rate": f["rate"], "loss": round(1 - f["received"] / max(f["sent"], 1), 4)}
                for f in found]


def rfc2544(bench):
    """Frames a second, without loss."""
    ground = bench.ground
    wire = Host("wire")

    def trial(rate):
        return parsed(bench.run(
            wire, TOOLS + "rate", round(rate), int(bench.case.size) - HEADERS, bench.seconds,
            ground.left.namespace, ground.left_address,
            ground.right.namespace, ground.right_address, bench.port))

    trial(FIRST / 10)           # for ARP
    search = Search(trial)
    best = search.throughput()
    if best is None:
        raise Trouble("FAIL", f"frames are lost at {FIRST} a second")
    bench.detail = {"throughput": best, "loss": search.loss(best["rate"])}
    return best["rate"]


def table(rows, results):
    """Kilo frames a second, then what else was found, a line for each size of frame."""
    sizes = list(dict.fromkeys(r["size"] for r in results))
    stacks = list(dict.fromkeys(r["stack"] for r in results))
    median = {(r["case"], r["stack"]): r["median"] for r in rows}
    lines = ["Kilo frames per second, both directions", f"{'frame size':10} " +
             " ".join(f"{stack:>10}" for stack in stacks) + f" {'ratio':>7}"]
    for size in sizes:
        case = next(r["case"] for r in results if r["size"] == size)
        values = [median[case, stack] for stack in stacks]
        ratio = f"{values[0] / values[1]:7.2f}" if len(values) == 2 and all(values) else f"{'-':>7}"
        lines.append(f"{size:>10} " + " ".join(f"{v / 1e3:10.2f}" if v else f"{'-':>10}"
                                               for v in values) + " " + ratio)
    lines += ["", "At that rate: latency, microseconds; beyond it: rate and part lost",
              f"{'frame size':10} {'stack':8} {'median':>8} {'p99':>8} {'max':>8}  loss"]
    for r in results:
        if not r.get("detail"):
            lines.append(f"{r['size']:>10} {r['stack']:8} {r['state']} {r['text']}")
            continue
        us = r["detail"]["throughput"]["latency_us"]
        lines.append(f"{r['size']:>10} {r['stack']:8} {us['median']:8.0f} {us['p99']:8.0f} "
                     f"{us['max']:8.0f}  " + ", ".join(f"{f['rate'] / 1e3:.1f}k: {f['loss']:.1%}"
                                                       for f in r["detail"]["loss"]))
    return "\n".join(lines)
