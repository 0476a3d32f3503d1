# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes kept as systemd keeps a Type=notify service: readiness, watchdog, restart, start limit.

One Supervisor is one loop of one thread; everything happens within `pump`. A process dies with its
supervisor, however that ends (PR_SET_PDEATHSIG), and is alone in its process group.
"""

import ctypes
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import time

RESTART_S = 0.5
START_LIMIT = 8
START_LIMIT_S = 30.0
STOP_S = 10.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with(parent):
    """In the child, before exec: it gets SIGKILL when its parent is gone."""
    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return prepare


def start(command, **arguments):
    """subprocess.Popen in a process group of its own that ends when we end."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with(os.getpid()),
                            **arguments)


def end(process, timeout=STOP_S):
    """SIGTERM, then SIGKILL, to a whole group; returns its exit status."""
    for number, wait_s in ((signal.SIGTERM, timeout), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            return process.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
    return None


class Service:
    """One supervised program. States: stopped, starting, ready, waiting (for a restart), failed."""

    def __init__(self, supervisor, name, command, environment=None, watchdog_s=0.0, restart=True):
        self.supervisor, self.name, self.command = supervisor, name, list(command)
        self.environment = dict(environment or {})
        self.watchdog_s, self.restart = watchdog_s, restart
        self.state, self.status = "stopped", ""
        self.process = None
        self.restarts = 0
        self.watchdog_kills = 0
        self.exit_statuses = []
        self.starts = []
        self.started_at = self.ready_at = self.next_start = self.watchdog_at = None
        self.resources = {}
        self.log_path = supervisor.logs / f"{name}.log"
        self._notify = None
        self._pidfd = -1

    @property
    def pid(self):
        return self.process.pid if self.process else 0

    def start(self):
        """Executes it now."""
        if self.process:
            return
        self.next_start = None
        now = time.monotonic()
        self.starts = [at for at in self.starts if now - at < START_LIMIT_S] + [now]
        environment = dict(self.supervisor.environment, **self.environment)
        environment["NOTIFY_SOCKET"] = str(self._open_notify())
        if self.watchdog_s:
            environment["WATCHDOG_USEC"] = str(int(self.watchdog_s * 1e6))
        with open(self.log_path, "ab") as log:
            self.process = start(self.command, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log)
        self.started_at = now
        self.ready_at = None
        self.state = "starting"
        self.watchdog_at = now + self.watchdog_s + 10.0 if self.watchdog_s else None
        self._pidfd = os.pidfd_open(self.process.pid)
        self.supervisor.watch(self._pidfd, self._on_exit)

    def _open_notify(self):
        path = self.supervisor.folder / f"{self.name}.notify"
        if self._notify is None:
            self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
                                         | socket.SOCK_NONBLOCK)
            self._notify.bind(str(path))
            self.supervisor.watch(self._notify.fileno(), self._on_notify)
        return path

    def _on_notify(self):
        while True:
            try:
                data = self._notify.recv(4096)
            except BlockingIOError:
                return
            for line in data.decode("utf-8", "replace").split("\n"):
                key, _, value = line.partition("=")
                if key == "READY" and value == "1" and self.state == "starting":
                    self.state, self.ready_at = "ready", time.monotonic()
                    self._feed()
                elif key == "STATUS":
                    self.status = value
                elif key == "WATCHDOG" and value == "1":
                    self._feed()

    def _feed(self):
        if self.watchdog_s:
            self.watchdog_at = time.monotonic() + self.watchdog_s

    def _on_exit(self):
        self._forget_process()
        status = self.exit_statuses[-1]
        if self.state == "stopping" or status == 0:
            self.state = "stopped"
        # A wrong configuration is not mended by another start.
        elif not self.restart or status == 64 or len(self.starts) >= START_LIMIT:
            self.state = "failed"
        else:
            self.state = "waiting"
            self.next_start = time.monotonic() + RESTART_S

    def _forget_process(self):
        self.supervisor.unwatch(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.exit_statuses.append(self.process.wait())
        self.process = None
        self.watchdog_at = None

    def tick(self, now):
        if self.state == "waiting" and now >= self.next_start:
            self.restarts += 1
            self.start()
        elif self.process and self.watchdog_at is not None and now > self.watchdog_at:
            self.watchdog_kills += 1
            self.watchdog_at = None
            self.signal(signal.SIGABRT)

    def signal(self, number):
        if self.process:
            self.process.send_signal(number)

    def kill(self):
        """What a power cut does to it; the supervisor will start it again."""
        self.signal(signal.SIGKILL)

    def stop(self):
        """SIGTERM and no restart; `Supervisor.stop` waits."""
        self.next_start = None
        if self.process:
            self.state = "stopping"
            self.signal(signal.SIGTERM)
        elif self.state != "failed":
            self.state = "stopped"

    def measure(self):
        """Memory and processor time now, from /proc; remembers the last good answer."""
        if not self.process:
            return self.resources
        try:
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return self.resources
        memory = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if "VmRSS" in memory:
            ticks = int(fields[11]) + int(fields[12])
            self.resources = {"rss_anon_kib": int(memory["RssAnon"].split()[0]),
                              "rss_kib": int(memory["VmRSS"].split()[0]),
                              "cpu_s": round(ticks / os.sysconf("SC_CLK_TCK"), 2)}
        return self.resources

    def close(self):
        if self._notify is not None:
            self.supervisor.unwatch(self._notify.fileno())
            self._notify.close()
            self._notify = None

    def log_tail(self, lines=12):
        try:
            return self.log_path.read_text(errors="replace").splitlines()[-lines:]
        except OSError:
            return []


class Supervisor:
    """The loop and all its services."""

    def __init__(self, folder, logs, environment):
        """Sockets go to `folder`, whose path is short, what programs say to `logs`."""
        self.folder, self.logs = pathlib.Path(folder), pathlib.Path(logs)
        self.environment = dict(environment)
        self.selector = selectors.DefaultSelector()
        self.services = []

    def add(self, name, command, **arguments):
        service = Service(self, name, command, **arguments)
        self.services.append(service)
        return service

    def watch(self, descriptor, callback):
        self.selector.register(descriptor, selectors.EVENT_READ, callback)

    def unwatch(self, descriptor):
        self.selector.unregister(descriptor)

    def pump(self, seconds=0.0):
        """Runs the loop for a while."""
        deadline = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            for service in self.services:
                service.tick(now)
            for key, _ in self.selector.select(max(0.0, min(deadline - now, 0.05))):
                if key.fd in self.selector.get_map():
                    key.data()
            if time.monotonic() >= deadline:
                return

    def wait(self, is_done, timeout):
        """Runs the loop until is_done() or the time is over; returns whether it is done."""
        deadline = time.monotonic() + timeout
        while not is_done():
            if time.monotonic() >= deadline:
                return False
            self.pump(0.02)
        return True

    def stop(self, services=None, timeout=STOP_S):
        """SIGTERM to all, SIGKILL to those that do not listen; True if all went by themselves."""
        services = self.services if services is None else services
        for service in services:
            service.stop()
        is_good = self.wait(lambda: all(not service.process for service in services), timeout)
        for service in services:
            if service.process:
                service.kill()
        self.wait(lambda: all(not service.process for service in services), 5.0)
        return is_good

    def close(self):
        self.stop()
        for service in self.services:
            service.close()
        self.selector.close()
