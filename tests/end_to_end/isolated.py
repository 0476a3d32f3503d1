# SPDX-License-Identifier: GPL-3.0-or-later
"""A user, network and, if asked for, mount namespace of its own for each end-to-end test.

`main(mounts=False)` instead of unittest.main(). Where the kernel allows none, the test is skipped.
"""

import os
import subprocess
import sys
import unittest

SKIP = 77
_MARK = "SMI_ISOLATED"


def _enter(mounts):
    """Executes ourselves again inside; returns only if that cannot be."""
    letters = "nm" if mounts else "n"
    choices = [f"-Ur{letters}"] + ([f"-{letters}"] if os.getuid() == 0 else [])
    for flags in choices:
        try:
            works = subprocess.run(["unshare", flags, "true"], stderr=subprocess.DEVNULL,
                                   check=False).returncode == 0
        except FileNotFoundError:
            break
        if works:
            os.environ[_MARK] = "1"
            os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])


def main(mounts=False, addresses=()):
    if _MARK not in os.environ:
        _enter(mounts)
        print("skipped: this kernel gives no network namespace to this user")
        sys.exit(SKIP)
    del os.environ[_MARK]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in addresses:
        subprocess.run(["ip", "-6", "address", "add", address, "dev", "lo", "nodad"], check=True)
    result = unittest.main(exit=False, verbosity=2).result
    if result.wasSuccessful() and len(result.skipped) == result.testsRun and result.testsRun:
        print(f"skipped: {result.skipped[0][1]}")
        sys.exit(SKIP)
    sys.exit(not result.wasSuccessful())
