# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a home on this machine, one JSON line each. `bench.py NAME`"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from supervisor.home import HUB, Home
from supervisor.plan import Plan
from supervisor.stores import Store

ROOT = pathlib.Path(__file__).resolve().parents[2]


def home(appliances, interval_s=None, **numbers):
    plan = Plan(1, interval_s=interval_s)
    plan.begin_at(int(time.time() * 1e6))
    made = Home(plan)
    made.contract_numbers.update(numbers)
    made.add_generated(appliances)
    made.prepare()
    return made


def up(made):
    made.start()
    if made.wait_first_watt() is None or not made.wait_connected(30):
        raise SystemExit("the home does not come up")


def print_figure(name, value, unit, limit, **more):
    figure = {"benchmark": name, "value": value, "unit": unit, "limit": limit,
              "good": value <= limit, **more}
    print(json.dumps(figure), flush=True)


def resources():
    """Memory of hub and appliances, and the hub's share of a core at one live sample a second."""
    with home(12) as made:
        up(made)
        made.pump(10)
        hub = made.node(HUB).service
        before, began = hub.measure()["cpu_s"], time.monotonic()
        made.pump(30)
        found = hub.measure()
        percent = 100 * (found["cpu_s"] - before) / (time.monotonic() - began)
        others = [node.service.measure() for node in made.nodes if node.name != HUB]
    print_figure("hub memory of its own, 12 appliances", found["rss_anon_kib"] / 1024, "MiB", 16,
                 vm_rss_mib=found["rss_kib"] / 1024)
    worst = max(others, key=lambda one: one["rss_anon_kib"])
    print_figure("appliance memory of its own, the largest of 12", worst["rss_anon_kib"] / 1024,
                 "MiB", 8, vm_rss_mib=worst["rss_kib"] / 1024)
    print_figure("hub processor, 12 appliances at 1 Hz", round(percent, 2), "% of a core", 2)


def first_watt():
    """From the hub's exec to the first live watt on the bus, its appliances being up."""
    times, own = [], []
    with home(4) as made:
        up(made)
        for _ in range(7):
            made.watcher.first_watt_at = None
            service = made.node(HUB).service
            restarts = service.restarts
            service.starts.clear()
            service.kill()
            made.wait(lambda: service.restarts > restarts, 5)
            if not made.wait(lambda: made.watcher.first_watt_at is not None, 10):
                raise SystemExit("no watt after a restart")
            times.append((made.watcher.first_watt_at - service.started_at) * 1000)
            own.append(made.watcher.get(HUB).get("FirstWattMs"))
            made.pump(1.5)
    print_figure("first watt on the bus, appliances up", round(max(times)), "ms", 500,
                 median=round(statistics.median(times)), first_watt_ms=own)


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * percent // 100)]


def delays_ms(collect_ms):
    """From each reading's making to the time that all five members show it as final."""
    shown = {}
    with home(4, interval_s=1, collect_ms=collect_ms) as made:
        def on_change(name, _path, _interface, properties):
            if "ReadingsFinal" in properties:
                shown.setdefault(name, []).append((properties["ReadingsFinal"], time.time()))
        up(made)
        made.pump(2)
        made.watcher.on_change = on_change
        made.pump(40)
        made.stop()
        readings = Store(made.node(HUB)).readings
        members = len(made.nodes)
    # A member that shows n readings has the first n of the log, whole blocks of them.
    first = max(events[0][0] for events in shown.values())
    last = min(events[-1][0] for events in shown.values())
    delays = []
    for place, reading in enumerate(readings, 1):
        if first < place <= last and reading["device"] != HUB:
            at = [next(when for count, when in events if count >= place)
                  for events in shown.values()]
            delays.append(max(at) * 1000 - reading["time_us"] / 1000)
    if len(delays) < 100 or len(shown) != members:
        raise SystemExit(f"only {len(delays)} readings of {len(shown)} members")
    return delays


def latency():
    """As the members' bus objects show it, which they do up to 20 ms late."""
    for collect_ms in (0, Plan(1).contract()["collect_ms"]):
        delays = delays_ms(collect_ms)
        print_figure(f"reading to final on all of 5 members, p95, leaders collect {collect_ms} ms",
                     round(percentile(delays, 95)), "ms", 100,
                     p50=round(percentile(delays, 50)), readings=len(delays))


def second_start():
    """`./run` when everything is built: from the command to the first watt."""
    times = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            process = subprocess.Popen([str(ROOT / "run"), "--headless"], text=True,
                                       env=dict(os.environ, SMI_RUN_STATE=folder),
                                       stderr=subprocess.PIPE)
            for line in process.stderr:
                if "first watt" in line:
                    times.append(time.monotonic() - began)
                    break
            process.terminate()
            process.communicate(timeout=20)
    # The first of them may have had to build.
    print_figure("second start of ./run to the first watt", round(min(times), 2), "s", 3,
                 all=[round(one, 2) for one in times])


BENCHMARKS = {function.__name__: function
              for function in (resources, first_watt, latency, second_start)}

if __name__ == "__main__":
    BENCHMARKS[sys.argv[1]]()
