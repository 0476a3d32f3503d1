# SPDX-License-Identifier: GPL-3.0-or-later
"""What ./run does once everything is built: a home, its screen, and its sum at the end."""

import argparse
import json
import os
import pathlib
import signal
import sys
import time

from . import process, stores, summary, truth
from .home import Home, HomeError, program
from .network import APPLIANCES_MAX, NetworkError
from .plan import DAY_US, SECOND_US, SPEED_MAX, Plan

GOOD, FAILED, USAGE = 0, 2, 64
SAY_EVERY_S = 10.0


def say(text):
    print(text, file=sys.stderr, flush=True)


class Stop(Exception):
    """Ctrl-C, or somebody else asked us to end."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        say(f"run: {message}")
        sys.exit(USAGE)


def _between(kind, low, high):
    def convert(text):
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be {low}..{high}")
        return value
    convert.__name__ = f"number of {low}..{high}"
    return convert


def parse(arguments):
    parser = Parser(
        prog="./run", allow_abbrev=False,
        description="A home on this machine: a hub that reads its appliances over DTLS, a ledger "
                    "on which they all vote, and a screen. Ctrl-C ends it.",
        epilog="./run smi ... and ./run panel ... talk to the running demonstration from another "
               "terminal.")
    parser.add_argument("--headless", action="store_true", help="no panel and no table")
    parser.add_argument("--for", dest="seconds", metavar="SECONDS",
                        type=_between(float, 1, 86400 * 30),
                        help="end by draining after this time of the wall clock")
    parser.add_argument("--traces", metavar="DIR",
                        help="replay recorded loads, one appliance a file")
    parser.add_argument("--appliances", metavar="N", type=_between(int, 1, APPLIANCES_MAX),
                        default=8, help="generated appliances where there are no recordings (8)")
    parser.add_argument("--speed", metavar="N", type=_between(int, 1, SPEED_MAX), default=1,
                        help="time of loads and readings runs N times faster")
    parser.add_argument("--interval", metavar="SECONDS", type=_between(int, 1, 86400),
                        help="length of a reading's interval (10, more at a high speed)")
    parser.add_argument("--seed", metavar="N", type=_between(int, 0, 10 ** 9), default=1,
                        help="of the generated loads (1)")
    parser.add_argument("--json", action="store_true", help="the sum as JSON, in the last line")
    parser.add_argument("--keep", metavar="DIR", help="keep keys, contract, ledgers and logs here")
    parser.add_argument("--security", choices=("dtls", "none"), default="dtls",
                        help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.keep and os.path.isdir(options.keep) and os.listdir(options.keep):
        parser.error(f"argument --keep: '{options.keep}' is not empty")
    return options


# --- the other terminal ------------------------------------------------------------------------

def run_state():
    """Where the newest demonstration of this checkout says how to reach it."""
    folder = os.environ.get("SMI_RUN_STATE")
    if not folder:
        folder = pathlib.Path(__file__).resolve().parents[2] / "build" / "run-state"
    return pathlib.Path(folder) / "current"


def announce(home):
    path = run_state()
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = ("DBUS_SYSTEM_BUS_ADDRESS", "TZ")
    content = {"pid": os.getpid(), "environment": {name: home.environment[name] for name in wanted
                                                   if name in home.environment}}
    draft = path.with_name(f"current.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def withdraw():
    path = run_state()
    try:
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()
    except (OSError, ValueError, KeyError):
        pass


def client(name, arguments):
    """Becomes smi or smi-panel on the demonstration's bus."""
    try:
        current = json.loads(run_state().read_text())
        os.kill(current["pid"], 0)
    except PermissionError:
        pass
    except (OSError, ValueError, KeyError):
        say("run: no demonstration is running; start one with ./run")
        return FAILED
    path = program(name)
    os.execve(path, [name, *arguments], dict(os.environ, **current["environment"]))


# --- the home ----------------------------------------------------------------------------------

def make_plan(options):
    """The plan and, with recordings, in which time zone their clock is shown."""
    plan = Plan(options.speed, options.seconds, options.interval)
    if not options.traces:
        plan.begin_at(int(time.time() * 1e6))
        return plan
    starts, ends = [], []
    for path in truth.find(options.traces).values():
        start_us, length_us = truth.days(path)
        starts.append(start_us)
        ends.append(start_us + length_us)
    now = time.localtime()
    time_of_day_us = (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec) * SECOND_US
    length_us = max(DAY_US, min(ends) - min(starts))
    plan.begin_in(min(starts), length_us, time_of_day_us)
    return plan


def make_home(options):
    home = Home(make_plan(options), keep=options.keep, security=options.security)
    try:
        if options.traces:
            home.environment["TZ"] = "UTC"
            home.add_traces(options.traces)
        else:
            home.add_generated(options.appliances, options.seed)
        if len(home.nodes) > APPLIANCES_MAX + 1:
            raise HomeError(f"more than {APPLIANCES_MAX} appliances")
        home.prepare()
    except BaseException:
        home.close()
        raise
    return home


def show(home, options):
    """Opens the panel or draws the table; returns what to look after, or None."""
    if options.headless:
        return None
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"):
        service = home.supervisor.add("smi-panel", [program("smi-panel")], restart=False)
        service.start()
        return None
    if not sys.stdout.isatty():
        return None
    return process.start([program("smi"), "devices", "--watch"], env=home.environment,
                         stdin=sys.stdin)


def watch_over(home, options):
    """Until the time is over; says now and then how it goes."""
    deadline = time.monotonic() + options.seconds if options.seconds else float("inf")
    if home.plan.to_us is not None:
        wall_s = (home.plan.to_us - home.reading_time_us) / home.plan.speed / SECOND_US
        deadline = time.monotonic() + max(wall_s, 0)
    next_word = time.monotonic() + SAY_EVERY_S
    while time.monotonic() < deadline:
        home.pump(min(0.2, max(0.0, deadline - time.monotonic())))
        node = home.failed()
        if node:
            raise HomeError(f"'{node.name}' does not stay up:\n  "
                            + "\n  ".join(node.service.log_tail()))
        if options.headless and time.monotonic() >= next_word:
            next_word += SAY_EVERY_S
            hub = home.watcher.get("hub")
            ledger = home.watcher.ledger("hub")
            say(f"{hub.get('PowerMw', 0) // 1000} W, block {ledger.get('Height', 0)}, "
                f"{ledger.get('ReadingsFinal', 0)} readings final")


def live(home, options):
    """Starts it and stays until its end; returns (drained, seconds, the table's process)."""
    home.start()
    seconds = home.wait_first_watt()
    if seconds is None:
        node = home.failed() or home.nodes[0]
        raise HomeError(f"no watt on the bus; '{node.name}' says:\n  "
                        + "\n  ".join(node.service.log_tail()))
    announce(home)
    say(f"first watt after {seconds:.2f} s; {len(home.nodes)} nodes on {home.network.prefix}; "
        "./run smi status in another terminal")
    table = show(home, options)
    try:
        watch_over(home, options)
    finally:
        if table:
            process.end(table, 2.0)
    if home.plan.to_us is None:
        return True, 0.0
    return home.drain()


def run(options):
    home = make_home(options)
    is_stopped, is_drained, seconds = False, True, 0.0
    try:
        try:
            is_drained, seconds = live(home, options)
            if not is_drained:
                say(f"run: not everything became final: {home.why_not_drained()}")
        except Stop:
            is_stopped = True
            say("")
        pids = {node.name: node.service.pid for node in home.running if node.service}
        finals = dict(home.watcher.finals) if home.watcher else {}
        is_clean = home.stop()
        if not is_clean:
            say("run: not every node ended by itself")
        result = GOOD if is_drained and is_clean else FAILED
        if is_stopped and home.plan.to_us is not None:
            result = 130
        if options.json and pids:
            found = summary.summarize(home, stores.read_stores(home.running), finals, pids,
                                      seconds)
            print(json.dumps(found), flush=True)
            if not (found["heads_equal"] or is_stopped):
                result = FAILED
        return result
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        withdraw()
        home.close()


def on_signal(_number, _frame):
    raise Stop


def main(arguments):
    try:
        if arguments[:1] == ["smi"]:
            return client("smi", arguments[1:])
        if arguments[:1] == ["panel"]:
            return client("smi-panel", arguments[1:])
        options = parse(arguments)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, on_signal)
        return run(options)
    except Stop:
        return 130
    except (HomeError, NetworkError) as error:
        say(f"run: {error}")
        return FAILED
    except truth.TraceError as error:
        say(f"run: {error}")
        return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
