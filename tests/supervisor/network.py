# SPDX-License-Identifier: GPL-3.0-or-later
"""A network on loopback that no other demonstration on this machine has."""

import random
import socket

PORT = 5684
FIRST_APPLIANCE = 10
APPLIANCES_MAX = 60


class NetworkError(Exception):
    """No free network was found."""


def _lock(name):
    """A name that one process of this network namespace has; None if another has it."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        lock.bind(f"\0smi-hub/{name}")
    except OSError:
        lock.close()
        return None
    return lock


def _can_bind(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


class Network:
    """`127.a.b.0/24` with random a and b, locked as long as this object lives."""

    def __init__(self, seed=None):
        chooser = random.Random(seed) if seed is not None else random.SystemRandom()
        for _ in range(200):
            self.base = f"127.{chooser.randint(1, 254)}.{chooser.randint(0, 255)}"
            self._lock = _lock(self.base)
            if self._lock is None:
                continue
            if all(_can_bind(f"{self.base}.{last}", PORT)
                   for last in (1, *range(FIRST_APPLIANCE, FIRST_APPLIANCE + 3))):
                self.prefix = f"{self.base}.0/24"
                return
            self.close()
        raise NetworkError("no free network 127.a.b.0/24 was found")

    def hub(self):
        return f"{self.base}.1"

    def appliance(self, index):
        return f"{self.base}.{FIRST_APPLIANCE + index}"

    def close(self):
        self._lock.close()


class Network6:
    """`fd00::/64`, for a test that has a network namespace of its own with these addresses."""

    base = "fd00::"
    prefix = "fd00::/64"

    def hub(self):
        return "fd00::1"

    def appliance(self, index):
        return f"fd00::{FIRST_APPLIANCE + index:x}"

    def close(self):
        pass
