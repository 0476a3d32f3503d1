# SPDX-License-Identifier: GPL-3.0-or-later
"""`meson install` into an empty folder: everything is where systemd, udev and dbus-daemon look.

test_install.py BUILD_DIR PREFIX
"""
import os
import subprocess
import sys
import tempfile

FILES = (
    "bin/smi",
    "libexec/smi-hub/smid",
    "lib/systemd/system/smid.service",
    "lib/systemd/system/smi-panel.service",
    "lib/sysusers.d/smi-hub.conf",
    "lib/tmpfiles.d/smi-hub.conf",
    "lib/udev/rules.d/60-smi-hub.rules",
    "share/dbus-1/system.d/org.smihub.Hub1.conf",
    "share/doc/smi-hub/smid.conf.example",
)


def main():
    build, prefix = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet",
                        "--destdir", folder], check=True, stdout=subprocess.DEVNULL)
        top = os.path.join(folder, prefix.lstrip("/"))
        missing = [name for name in FILES if not os.path.isfile(os.path.join(top, name))]
        with open(os.path.join(top, "lib/systemd/system/smid.service"), encoding="utf-8") as file:
            programs = [line.split()[0].split("=", 1)[1] for line in file
                        if line.startswith("ExecStart=")]
        missing += [name for name in programs if not os.access(folder + name, os.X_OK)]
    if missing:
        sys.exit("not installed: " + ", ".join(missing))


if __name__ == "__main__":
    main()
