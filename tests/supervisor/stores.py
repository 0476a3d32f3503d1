# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members' stores hold, read by `smi ledger ... --state` from closed or living stores."""

import collections
import json
import os
import subprocess
from concurrent import futures

from .home import HomeError, program


def _ask(verb, node):
    """(exit code, what smi prints of a state directory as JSON, its errors)."""
    command = [program("smi"), "ledger", verb, "--state", str(node.folder), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace").strip()


class Store:
    """One member's copy of the ledger; reading it verifies it from its first block."""

    def __init__(self, node):
        self.name = node.name
        code, output, errors = _ask("head", node)
        if code != 0:
            raise HomeError(f"the ledger of '{node.name}' cannot be read: {errors}")
        head = json.loads(output)
        self.head, self.height = head["head"], head["height"]
        code, output, self.error = _ask("readings", node)
        self.is_good = code == 0
        self.readings = [json.loads(line) for line in output.splitlines() if line.strip()]

    def accepted(self, device):
        return [reading for reading in self.readings
                if reading["device"] == device and reading["accepted"]]

    def finals(self):
        """{(device, sequence): register} of what is final; None for a rejected one."""
        return {(reading["device"], reading["sequence"]):
                reading["import_mwh"] if reading["accepted"] else None
                for reading in self.readings}

    def rejected(self):
        """{reason: count}"""
        return dict(collections.Counter(reading["reason"] for reading in self.readings
                                        if not reading["accepted"]))

    def duplicates(self):
        """Readings whose place or whose interval another one has already."""
        places = collections.Counter((reading["device"], reading["incarnation"],
                                      reading["sequence"]) for reading in self.readings)
        ends = collections.Counter((reading["device"], reading["end_us"])
                                   for reading in self.readings if reading["accepted"])
        return sum(count - 1 for counts in (places, ends) for count in counts.values())

    def register_mwh(self, device, at_us):
        """The import register as the newest accepted reading at or before a time has it."""
        ends = [reading for reading in self.accepted(device) if reading["end_us"] <= at_us]
        return max(ends, key=lambda reading: reading["end_us"])["import_mwh"] if ends else 0

    def last_end_us(self, device):
        return max((reading["end_us"] for reading in self.accepted(device)), default=0)


def read_stores(nodes):
    """All of them, as many at a time as there are processors."""
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(Store, nodes))
