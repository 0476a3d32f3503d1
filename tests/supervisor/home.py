# SPDX-License-Identifier: GPL-3.0-or-later
"""One home as real processes: a hub and appliances, each with keys, address, contract and store.

    folder/NAME/{keys,contract,ledger-lan}    what a node keeps
    folder/config/NAME.conf, log/NAME.log     what it is told, and what it says
    runtime/{bus,NAME.notify}                 sockets, gone at the end
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from . import dbus, process, truth
from .network import PORT, Network
from .watcher import BUS_NAME, Watcher

HUB = "hub"
# The first ones make a living home at any hour.
GENERATED = ("refrigerator", "freezer", "router", "heat-pump", "desktop-pc", "television", "kettle",
             "washing-machine", "lamp", "laptop", "coffee-maker", "dishwasher", "toaster",
             "laundry-dryer", "oven")
WATCHDOG_S = 10.0
LEAD_S = 1.0
LEAD_A_NODE_S = 0.06


class HomeError(Exception):
    """Why there is no home; a sentence for the person who asked for one."""


def program(name):
    """One of ours, from the build that SMI_BUILD names."""
    build = pathlib.Path(os.environ.get("SMI_BUILD", "build/run"))
    folder = "ui" if name == "smi-panel" else "hub"
    path = build / folder / name
    if not path.is_file():
        raise HomeError(f"'{path}' is not built")
    return str(path.resolve())


class Node:
    """One member: what is written for it before it is started."""

    def __init__(self, name, role, address, kind="", trace=None, seed=0):
        self.name, self.role, self.address = name, role, address
        self.kind, self.trace, self.seed = kind or name, trace, seed
        self.folder = None
        self.keys = {}
        self.service = None
        self.is_enrolled_only = False

    @property
    def config(self):
        return self.folder.parent / "config" / f"{self.name}.conf"

    def load(self):
        """The keys of a configuration that say what it consumes."""
        if self.trace:
            return [("trace", str(pathlib.Path(self.trace).resolve()))]
        return [("kind", self.kind), ("seed", self.seed)]


def generated_appliances(count, seed):
    """(name, kind, seed) of appliances after the paper's generator."""
    found = []
    for index in range(count):
        kind = GENERATED[index % len(GENERATED)]
        turn = index // len(GENERATED)
        found.append((kind if turn == 0 else f"{kind}-{turn + 1}", kind, seed * 1000 + index))
    return found


def text_of(sections):
    """The product's own text format."""
    lines = []
    for header, keys in sections:
        lines.append(f"[{header}]")
        lines += [f"{key} = {value}" for key, value in keys]
        lines.append("")
    return "\n".join(lines)


def make_runtime():
    """A short folder of our own; those of supervisors that were killed go now."""
    for left in pathlib.Path(tempfile.gettempdir()).glob("smi-hub-*"):
        try:
            pid = int((left / "pid").read_text())
            if left.owner() == pathlib.Path("/proc/self").owner():
                os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (OSError, ValueError, KeyError):
            continue
    runtime = pathlib.Path(tempfile.mkdtemp(prefix="smi-hub-"))
    (runtime / "pid").write_text(str(os.getpid()))
    return runtime


class Home:
    """Made, then prepared (files only), then started; closed in any case."""

    def __init__(self, plan, keep=None, network=None, security="dtls"):
        self.plan, self.security = plan, security
        self.runtime = make_runtime()
        self.folder = pathlib.Path(keep).resolve() if keep else self.runtime / "state"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.network = network or Network()
        self.nodes = []
        self.contract_numbers = dict(plan.contract())
        self.environment = dict(os.environ)
        self.watcher = self.bus = None
        self.origin_us = 0
        self.hub_exec_at = None
        for name in ("config", "log"):
            (self.folder / name).mkdir(exist_ok=True)
        self.supervisor = process.Supervisor(self.runtime, self.folder / "log", self.environment)
        self._add(Node(HUB, "meter", self.network.hub()))

    def _add(self, node):
        node.folder = self.folder / node.name
        self.nodes.append(node)
        return node

    def add_appliance(self, name, kind="", trace=None, seed=0):
        address = self.network.appliance(len(self.nodes) - 1)
        return self._add(Node(name, "appliance", address, kind, trace, seed))

    def add_traces(self, directory):
        for name, path in truth.find(directory).items():
            self.add_appliance(name, trace=path)

    def add_generated(self, count, seed=1):
        for name, kind, own_seed in generated_appliances(count, seed):
            self.add_appliance(name, kind, seed=own_seed)

    def node(self, name):
        return next(node for node in self.nodes if node.name == name)

    @property
    def running(self):
        """Nodes that this home starts; the others are only members of its contract."""
        return [node for node in self.nodes if not node.is_enrolled_only]

    # --- files ---------------------------------------------------------------------------------

    def prepare(self):
        """Keys, contract and configurations; nothing runs yet."""
        self._make_keys()
        contract = self.contract_text()
        for node in self.nodes:
            (node.folder / "contract").write_text(contract)
            self.write_config(node)

    def _make_keys(self):
        making = []
        for node in self.nodes:
            node.folder.mkdir(mode=0o700, exist_ok=True)
            making.append((node, process.start(
                [program("smi"), "keys", "make", str(node.folder / "keys"), "--json"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)))
        for node, maker in making:
            output, errors = maker.communicate(timeout=30)
            if maker.returncode != 0:
                raise HomeError(f"no keys for '{node.name}': {errors.decode().strip()}")
            node.keys = json.loads(output)

    def contract_text(self):
        head = [("version", 1), ("layer", "lan"), ("name", "demonstration"),
                ("prefixes", self.network.prefix)]
        sections = [("contract", head + list(self.contract_numbers.items()))]
        for node in self.nodes:
            sections.append((f"member {node.name}", [
                ("role", node.role), ("sign_key", node.keys["sign_key"]),
                ("dtls_key", node.keys["dtls_key"]), ("address", node.address)]))
        return text_of(sections)

    def _clock(self):
        keys = [("epoch_us", self.plan.epoch_us), ("origin_us", self.origin_us),
                ("speed", self.plan.speed)]
        if self.plan.to_us is not None:
            keys.append(("until_us", self.plan.to_us))
        return keys

    def config_sections(self, node):
        sections = [
            ("node", [("name", node.name), ("state", node.folder),
                      ("contract", node.folder / "contract")]),
            ("listen", [("address", node.address), ("port", PORT), ("security", self.security)]),
            ("clock", self._clock()),
        ]
        start = ("start_us", self.plan.from_us)
        if node.role == "appliance":
            source = "trace" if node.trace else "generator"
            sections.append(("appliance", [("source", source), *node.load(), start]))
            return sections
        sections.append(("meter main", [("driver", "simulated"), ("pulses_per_kwh", 1000), start]))
        for other in self.nodes:
            if other.role == "appliance":
                sections.append((f"load {other.name}", other.load()))
                sections.append((f"device {other.name}", [("kind", other.kind)]))
        if not any(other.trace for other in self.nodes):
            # What no device measures: the rest of a home.
            sections.append(("load base", [("kind", "base"), ("seed", 1)]))
        return sections

    def write_config(self, node):
        node.config.write_text(text_of(self.config_sections(node)))

    # --- processes -----------------------------------------------------------------------------

    def start_bus(self):
        """The private bus, and ourselves on it."""
        address, command = dbus.write_config(self.runtime)
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = address
        # Nothing of the desktop session is needed, and nothing of it shall be disturbed.
        self.supervisor.environment = self.environment
        self.bus = self.supervisor.add("dbus", command, restart=False)
        self.bus.start()
        deadline = time.monotonic() + 5
        while True:
            try:
                self.watcher = Watcher(address, self.supervisor)
                return
            except (OSError, dbus.BusError) as error:
                if time.monotonic() > deadline or self.bus.state == "failed":
                    raise HomeError(f"no private bus: {error}") from error
                self.supervisor.pump(0.01)

    def start(self):
        """Bus, hub, appliances; returns at once."""
        if self.bus is None:
            self.start_bus()
        self.origin_us = self.plan.epoch_us
        if not self.plan.is_wall_clock:
            # Reading time is still before the first interval while they find one another.
            lead_s = LEAD_S + LEAD_A_NODE_S * len(self.nodes)
            self.origin_us = int((time.time() + lead_s) * 1e6)
        for node in self.nodes:
            self.write_config(node)
        self.hub_exec_at = time.monotonic()
        for node in self.running:
            node.service = self.supervisor.add(
                node.name, [program("smid"), "--config", str(node.config)],
                watchdog_s=WATCHDOG_S)
            node.service.start()

    @property
    def reading_time_us(self):
        """What the nodes' clocks say now."""
        now_us = int(time.time() * 1e6)
        time_us = self.plan.epoch_us + (now_us - self.origin_us) * self.plan.speed
        return time_us if self.plan.to_us is None else min(time_us, self.plan.to_us)

    def pump(self, seconds):
        self.supervisor.pump(seconds)

    def wait(self, is_done, timeout):
        return self.supervisor.wait(is_done, timeout)

    def failed(self):
        """A service that was given up, or None."""
        for node in self.running:
            if node.service and node.service.state == "failed":
                return node
        return None

    def wait_first_watt(self, timeout=15.0):
        """Seconds from the first exec to the first watt on the bus, or None."""
        self.wait(lambda: self.watcher.first_watt_at is not None or self.failed(), timeout)
        return self.seconds_to_first_watt()

    def seconds_to_first_watt(self):
        if self.watcher is None or self.watcher.first_watt_at is None:
            return None
        return round(self.watcher.first_watt_at - self.hub_exec_at, 3)

    def wait_connected(self, timeout=15.0):
        """Every running node has a session with every other one."""
        names = {node.name for node in self.running}

        def is_whole():
            for name in names:
                members = self.watcher.ledger(name).get("Members", ())
                if not names <= {member[0] for member in members if member[2]}:
                    return False
            return True
        return self.wait(is_whole, timeout)

    # --- the end -------------------------------------------------------------------------------

    def is_drained(self):
        """Nothing is pending on any node, heads are equal, the last readings end at to_us."""
        heads = set()
        for node in self.running:
            ledger = self.watcher.ledger(node.name)
            if not ledger or ledger.get("OwnPending", 1) or ledger.get("Pending", 1):
                return False
            heads.add(ledger.get("Head"))
        devices = self.watcher.devices(HUB)
        ends = [devices.get(node.name, {}).get("FinalTimeUs", 0)
                for node in self.running if node.role == "appliance"]
        return len(heads) == 1 and all(end >= self.plan.to_us for end in ends)

    def why_not_drained(self):
        """A sentence on what is still missing."""
        parts = []
        for node in self.running:
            ledger = self.watcher.ledger(node.name)
            if not ledger:
                parts.append(f"'{node.name}' does not answer")
            elif ledger.get("OwnPending") or ledger.get("Pending"):
                parts.append(f"'{node.name}' has {ledger.get('Pending')} pending readings, "
                             f"{ledger.get('OwnPending')} of its own")
        heads = {self.watcher.ledger(node.name).get("Head") for node in self.running}
        if len(heads) != 1:
            parts.append(f"there are {len(heads)} heads")
        return "; ".join(parts) or "the last readings do not end with the run"

    def drain(self, timeout=30.0):
        """Waits until all that was measured is final; whether it is, and after how many seconds."""
        began = time.monotonic()
        is_good = self.wait(lambda: self.is_drained() or self.failed(), timeout)
        return is_good and not self.failed(), round(time.monotonic() - began, 2)

    def stop(self):
        """SIGTERM to the nodes; True if all ended by themselves with 0."""
        for node in self.running:
            if node.service:
                node.service.measure()
        services = [node.service for node in self.running if node.service]
        is_good = self.supervisor.stop(services)
        return is_good and all(service.exit_statuses[-1:] == [0] for service in services)

    def kill(self, names):
        """SIGKILL at one moment."""
        for name in names:
            self.node(name).service.kill()

    def close(self):
        """Ends everything that was started, and forgets what was not to be kept."""
        if self.watcher:
            self.watcher.close()
        self.supervisor.close()
        self.network.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


__all__ = ["BUS_NAME", "HUB", "Home", "HomeError", "Node", "program"]
