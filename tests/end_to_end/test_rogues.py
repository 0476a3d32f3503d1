# SPDX-License-Identifier: GPL-3.0-or-later
"""Members and strangers that cheat: each is refused with its reason, and the others go on."""

import os
import pathlib
import subprocess
import time

import isolated
from case import FOUR, HUB, HomeCase, home, smi
from supervisor import process
from supervisor.home import program
from supervisor.plan import Plan
from supervisor.stores import Store

ROGUE = "toaster"
STRANGE_ADDRESS = 77
SECONDS = 8


class Rogues(HomeCase):
    def deed(self, made, deed, keys=None, address=None, victim=""):
        """Starts the rogue; it ends by itself."""
        node = made.node(ROGUE)
        interval_us = made.plan.interval_us
        end_us = int(time.time() * 1e6) // interval_us * interval_us - interval_us
        with open(self.log(made), "ab") as log:
            cheat = process.start(
                [os.environ["SMI_ROGUE"], str(node.folder / "contract"),
                 str(keys or node.folder / "keys"), address or node.address, deed, str(end_us),
                 str(SECONDS), victim], stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(process.end, cheat, 1.0)

    @staticmethod
    def log(made):
        return made.supervisor.logs / "rogue.log"

    def begin(self, made):
        made.node(ROGUE).is_enrolled_only = True
        self.assert_up(made)

    def assert_alarm(self, made, who, what, timeout=8):
        """`smi status` shows it within some seconds."""
        deadline = time.monotonic() + timeout
        while True:
            _, status = smi(made, "status")
            for alarm in status["alarms"]:
                if alarm["what"] == what and who in alarm["who"]:
                    print(f"{alarm['who']}: {alarm['what']}: {alarm['why']}")
                    self.assertGreater(len(alarm["why"]), 10)
                    return status
            if time.monotonic() > deadline:
                self.fail(f"no alarm '{what}' of '{who}': {status['alarms']}, refused "
                          f"{status['refused']}\n{self.log(made).read_text()}")
            made.pump(0.3)

    def assert_others_go_on(self, made):
        """Two more readings of every honest appliance become final."""
        def finals():
            return {name: device.get("FinalSequence", 0)
                    for name, device in made.watcher.devices().items() if name in FOUR}
        before = finals()
        self.assertEqual(len(before), len(FOUR))
        self.assert_soon(made, lambda: all(finals()[name] >= before[name] + 2 for name in before),
                         15, lambda: f"the others stand: {before}, {finals()}")

    def finish_clean(self, made, rejected, accepted):
        """The stores: what was rejected, and how many readings of the rogue were stored."""
        self.assert_soon(made, lambda: len({made.watcher.ledger(name).get("Head")
                                            for name in (HUB, *FOUR)}) == 1, 15, "heads differ")
        found = self.finish(made)
        self.assertTrue(found["heads_equal"])
        self.assertEqual((found["duplicates"], found["lost_final"]), (0, 0))
        self.assertEqual(found["rejected"], rejected)
        self.assertEqual(len(Store(made.node(HUB)).accepted(ROGUE)), accepted)

    def rogue_home(self):
        return home(Plan(1, interval_s=1), names=(*FOUR, ROGUE), rate=4)

    def test_honest_one_is_believed(self):
        """The control: without a deed the same program's reading is stored."""
        with self.rogue_home() as made:
            self.begin(made)
            self.deed(made, "honest")
            self.assert_soon(made, lambda: made.watcher.devices().get(ROGUE, {})
                             .get("FinalSequence") == 1, 8, "its reading is not stored")
            self.finish_clean(made, {}, 1)

    def test_register_that_runs_back(self):
        with self.rogue_home() as made:
            self.begin(made)
            self.deed(made, "register")
            self.assert_alarm(made, ROGUE, "register")
            self.assert_others_go_on(made)
            self.finish_clean(made, {"the register ran back": 1}, 1)

    def test_unknown_key(self):
        with self.rogue_home() as made:
            self.begin(made)
            keys = pathlib.Path(made.folder) / "strange-keys"
            subprocess.run([program("smi"), "keys", "make", str(keys)], check=True,
                           stdout=subprocess.DEVNULL)
            address = f"{made.network.base}.{STRANGE_ADDRESS}"
            self.deed(made, "honest", keys=keys, address=address)
            status = self.assert_alarm(made, address, "key")
            self.assertGreater(status["refused"]["session-key"], 0)
            self.assert_others_go_on(made)
            self.finish_clean(made, {}, 0)

    def test_signature_for_another(self):
        with self.rogue_home() as made:
            self.begin(made)
            self.deed(made, "other", victim="kettle")
            status = self.assert_alarm(made, ROGUE, "sender")
            self.assertGreater(status["refused"]["sender"], 0)
            self.assert_others_go_on(made)
            self.finish_clean(made, {}, 0)

    def test_address_that_is_not_its_own(self):
        with self.rogue_home() as made:
            self.begin(made)
            self.deed(made, "honest", address=f"{made.network.base}.{STRANGE_ADDRESS}")
            self.assert_alarm(made, ROGUE, "address")
            self.assert_others_go_on(made)
            self.finish_clean(made, {"came from another address": 1}, 0)

    def test_thousand_readings_a_second(self):
        with self.rogue_home() as made:
            self.begin(made)
            self.deed(made, "flood")
            self.assert_alarm(made, ROGUE, "rate")
            self.assert_soon(made, lambda: made.watcher.get(HUB)["Refused"].get("rate", 0) > 1000,
                             SECONDS, lambda: f"refused: {made.watcher.get(HUB)['Refused']}")
            self.assert_others_go_on(made)
            for name in (HUB, *FOUR):
                self.assertEqual(made.node(name).service.restarts, 0)


if __name__ == "__main__":
    isolated.main()
