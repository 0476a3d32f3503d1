# SPDX-License-Identifier: GPL-3.0-or-later
"""A real dbus-daemon of a test's own, and programs that are run on it."""
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time

ROOT = "/org/smihub/Hub1"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
{policy}
</busconfig>
"""
OPEN = """  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>"""


class PrivateBus:
    """`with PrivateBus() as bus:`; bus.environment makes programs take it for the system bus."""

    def __init__(self, policy=OPEN):
        self.policy = policy
        self.folder = None
        self.daemon = None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="smi-bus-")
        os.chmod(self.folder.name, 0o755)
        self.socket = os.path.join(self.folder.name, "socket")
        self.config = os.path.join(self.folder.name, "bus.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(socket=self.socket, policy=self.policy))
        self.address = "unix:path=" + self.socket
        self.environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address, TZ="UTC",
                                LC_ALL="C.UTF-8")
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.daemon = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + self.config,
             "--print-address=1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not self.daemon.stdout.readline():
            raise RuntimeError("dbus-daemon: " + self.daemon.stderr.read())

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()
        self.errors = self.daemon.stderr.read()
        self.daemon.stderr.close()

    def run(self, *command, environment=None):
        """Runs to the end; returns what subprocess.run() does, with text output."""
        return subprocess.run(command, env=environment or self.environment, text=True,
                              capture_output=True, timeout=60, check=False)

    def busctl(self, *arguments):
        return self.run("busctl", "--address=" + self.address, *arguments)


class Server:
    """view_server on a bus: `with Server(bus, program) as server: server.say("power 1000")`."""

    def __init__(self, bus, program, name="org.smihub.Hub1", user=None):
        self.process = subprocess.Popen([program, name], env=bus.environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        user=user)
        self.expect("ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(timeout=10)
        self.process.stdout.close()
        if code != 0:
            raise AssertionError(f"view_server ended with {code}")

    def expect(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise AssertionError(f"view_server said '{line}', not '{word}'")

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.expect("done")

    def ask(self, command):
        """The line that the server says before it is done."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        self.expect("done")
        return answer

    def kill(self):
        """Ends it without a word to the bus; not to be used as a context any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        self.process.stdin.close()
        self.process.stdout.close()


class Helper:
    """Any program that says "ready" and then stays until it is stopped."""

    def __init__(self, bus, *command):
        self.process = subprocess.Popen(command, env=bus.environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline().strip() != "ready":
            raise AssertionError(f"{command[0]} is not ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Lines:
    """A program that goes on; its output line by line, with a time-out."""

    def __init__(self, bus, *command):
        self.process = subprocess.Popen(command, env=bus.environment, text=False,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=10)
        self.selector.close()
        self.process.stdout.close()
        self.process.stderr.close()

    def next(self, timeout_s=10.0):
        """The next line, or None if none came in time."""
        end = time.monotonic() + timeout_s
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not self.selector.select(left):
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def next_json(self, timeout_s=10.0):
        line = self.next(timeout_s)
        return None if line is None else json.loads(line)
