#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records a snapshot of a real home for the documentation, and draws it: the README's picture.

    PYTHONPATH=tests SMI_BUILD=build/run tests/ui/record.py --traces DIR --at 22:50 --png ui/now.png

Lives through the recorded day up to that time of day, with every process real; the line of the last
minutes is what the hub said on the bus.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from supervisor import truth
from supervisor.home import HUB, Home, program
from supervisor.plan import DAY_US, SECOND_US, Plan
from supervisor.watcher import bus_name

HISTORY_S = 600  # Of the wall clock, as the panel keeps it.
POINTS_MAX = 300


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--traces", required=True)
    parser.add_argument("--at", required=True, metavar="HH:MM")
    parser.add_argument("--speed", type=int, default=120)
    parser.add_argument("--png", required=True)
    return parser.parse_args()


def record(options, at_us):
    """Lives up to @at_us of the recorded day; returns the snapshot with its history."""
    start_us = min(truth.days(path)[0] for path in truth.find(options.traces).values())
    plan = Plan(options.speed, DAY_US / SECOND_US / options.speed)
    plan.begin_in(start_us, DAY_US, 0)
    history = []
    with Home(plan) as home:
        home.environment["TZ"] = "UTC"
        home.add_traces(options.traces)
        home.prepare()

        def on_change(name, _path, interface, properties):
            if (name, interface) == (bus_name(HUB), "org.smihub.Hub1") and "PowerMw" in properties:
                hub = home.watcher.get(HUB)
                history.append([hub["TimeUs"], properties["PowerMw"]])
        home.start()
        if home.wait_first_watt() is None:
            sys.exit("record: the home does not come up")
        home.watcher.on_change = on_change
        while home.reading_time_us < start_us + at_us:
            home.pump(0.2)
        text = subprocess.run([program("smi"), "snapshot"], env=home.environment, check=True,
                              capture_output=True, text=True).stdout
    snapshot = json.loads(text)
    newest = snapshot["/org/smihub/Hub1"]["org.smihub.Hub1"]["TimeUs"]
    history = [one for one in history
               if newest - HISTORY_S * SECOND_US * options.speed <= one[0] <= newest]
    snapshot["x-history"] = history[::len(history) // POINTS_MAX + 1]
    return snapshot


def main():
    options = parse()
    hours, minutes = options.at.split(":")
    snapshot = record(options, (int(hours) * 3600 + int(minutes) * 60) * SECOND_US)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "snapshot.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(snapshot, file)
        os.environ["TZ"] = "UTC"
        return subprocess.run(["xvfb-run", "-a", program("smi-panel"), "--snapshot", path, "--page",
                               "now", "--size", "800x480", "--png", options.png],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
