# SPDX-License-Identifier: GPL-3.0-or-later
"""A home in a test: made as ./run makes it, looked at through its bus and its closed stores."""

import contextlib
import json
import subprocess
import time
import unittest

from supervisor import summary
from supervisor.home import HUB, Home, program
from supervisor.plan import Plan
from supervisor.stores import read_stores

FOUR = ("kettle", "refrigerator", "television", "lamp")


@contextlib.contextmanager
def home(plan=None, names=FOUR, traces=None, network=None, security="dtls", **numbers):
    """A prepared home; on an error of the test it says what its nodes said."""
    plan = plan or Plan(1)
    if plan.from_us is None:
        plan.begin_at(int(time.time() * 1e6))
    with Home(plan, network=network, security=security) as made:
        made.contract_numbers.update(numbers)
        if traces:
            made.environment["TZ"] = "UTC"
            made.add_traces(traces)
        else:
            for index, name in enumerate(names):
                made.add_appliance(name, kind=name, seed=index + 1)
        made.prepare()
        try:
            yield made
        except BaseException:
            for node in made.nodes:
                if node.service:
                    print(f"--- {node.name}: {node.service.state}, "
                          f"exits {node.service.exit_statuses}")
                    print("\n".join(node.service.log_tail(25)))
            raise


class HomeCase(unittest.TestCase):
    """Assertions in the words of the issue."""

    maxDiff = None

    def assert_up(self, made):
        made.start()
        self.assertIsNotNone(made.wait_first_watt(), "no watt on the bus")
        self.assertTrue(made.wait_connected(20), "not every node found every other one")

    def assert_drained(self, made, timeout=30):
        is_good, _ = made.drain(timeout)
        self.assertTrue(is_good, made.why_not_drained())

    def assert_soon(self, made, is_true, timeout, message):
        if not made.wait(is_true, timeout):
            self.fail(message() if callable(message) else message)

    def assert_energy(self, found):
        """At most half a percent wrong; of the main meter, or one of its pulses."""
        for appliance in found["appliances"]:
            truth_mwh = appliance["truth_mwh"]
            self.assertLessEqual(abs(appliance["error_mwh"]), max(truth_mwh * 0.005, 10),
                                 appliance)
            self.assertEqual(appliance["uncovered_us"], 0, appliance)
        main = found["main_meter"]
        self.assertLessEqual(abs(main["ledger_mwh"] - main["truth_mwh"]),
                             max(main["truth_mwh"] * 0.005, 2000), main)

    def assert_ledgers(self, found):
        """All the same, all verify, nothing twice, nothing lost, nothing rejected."""
        self.assertTrue(found["heads_equal"], found["members"])
        self.assertTrue(all(member["ledger_good"] for member in found["members"]),
                        found["members"])
        self.assertEqual((found["duplicates"], found["lost_final"], found["rejected"]), (0, 0, {}))

    def finish(self, made, finals=None):
        """Stops the home and sums up its closed stores."""
        pids = {node.name: node.service.pid for node in made.running}
        finals = {**made.watcher.finals, **(finals or {})}
        self.assertTrue(made.stop(), "not every node ended by itself")
        return summary.summarize(made, read_stores(made.running), finals, pids, None)


def smi(made, *arguments, node=None):
    """(exit code, JSON) of the command line tool on the home's bus."""
    command = [program("smi")] + (["--node", node] if node else []) + [*arguments, "--json"]
    done = subprocess.run(command, env=made.environment, stdout=subprocess.PIPE, check=False,
                          timeout=30)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None


__all__ = ["FOUR", "HUB", "HomeCase", "home", "smi"]
