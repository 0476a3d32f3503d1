#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command on a display of its own, which nobody sees and which ends with it."""

import os
import subprocess
import sys

ENVIRONMENT = {
    "ADW_DISABLE_PORTAL": "1",
    "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    "GDK_BACKEND": "x11",
    "GTK_A11Y": "test",
    "GSETTINGS_BACKEND": "memory",
    "GSK_RENDERER": "cairo",
    "G_DEBUG": "fatal-warnings",
    "LC_ALL": "C.UTF-8",
    "NO_AT_BRIDGE": "1",
    "TZ": "Europe/Berlin",
}


def main(command):
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1024x1024x24", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        if not number:
            sys.exit("with_display: Xvfb did not start")
        environment = {**os.environ, **ENVIRONMENT, "DISPLAY": ":" + number}
        environment.pop("WAYLAND_DISPLAY", None)
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
