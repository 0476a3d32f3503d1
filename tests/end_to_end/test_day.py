# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole recorded day in a minute: ./run as a person starts it, and the sum it prints.

`test_day.py own` replays tests/traces, `real` what SMI_TRACES names, `short` is a day in 15 s.
"""

import json
import os
import pathlib
import subprocess
import sys

import isolated
from case import HomeCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY_US = 86400 * 1000 * 1000
FIELDS = {"from_us", "to_us", "appliances", "main_meter", "members", "heads_equal", "blocks",
          "readings_final", "verdicts_per_reading", "rejected", "duplicates", "lost_final",
          "seconds_to_first_watt"}


def traces_of(kind):
    if kind != "real":
        return ROOT / "tests" / "traces"
    return pathlib.Path(os.environ.get("SMI_TRACES", ROOT.parent / "shared" / "traces"))


class Day(HomeCase):
    kind = "own"

    def test_energy_of_a_day_is_right_in_every_ledger(self):
        traces = traces_of(self.kind)
        if not traces.is_dir():
            self.skipTest("SMI_TRACES names no folder with real recordings")
        seconds, speed = (15, 5760) if self.kind == "short" else (60, 1440)
        done = subprocess.run(
            [sys.executable, "-m", "supervisor", "--headless", "--for", str(seconds), "--speed",
             str(speed), "--traces", str(traces), "--json"],
            stdout=subprocess.PIPE, check=False, timeout=seconds + 120)
        self.assertEqual(done.returncode, 0)
        found = json.loads(done.stdout.decode().splitlines()[-1])
        print(json.dumps(found))
        self.assertLessEqual(FIELDS, set(found))
        self.assertEqual(found["to_us"] - found["from_us"], DAY_US)
        self.assertGreaterEqual(len(found["appliances"]), 4)
        self.assert_energy(found)
        self.assertEqual({appliance["readings_final"] for appliance in found["appliances"]},
                         {DAY_US // found["interval_us"]})
        self.assert_ledgers(found)
        self.assertEqual([member["restarts"] for member in found["members"]],
                         [0] * len(found["members"]))
        self.assertGreater(found["verdicts_per_reading"], len(found["members"]) * 0.51)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Day.kind = sys.argv[1]
        # The namespace executes us again and needs the word; unittest must not see it.
        if "SMI_ISOLATED" in os.environ:
            sys.argv.pop()
    isolated.main()
