# SPDX-License-Identifier: GPL-3.0-or-later
"""The units as systemd itself sees them; nothing is installed or started.

test_units.py SOURCE_DIR SMID SMI BUILT_UNIT...
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = SMID = SMI = ""
UNITS = []
EXPOSURE_MAX = 15  # In tenths.
# systemd-analyze makes this folder where systemd, not having started the machine, has not.
CAN_ANALYZE = os.path.isdir("/run/systemd") or os.geteuid() == 0


def run(*command):
    return subprocess.run(command, text=True, capture_output=True, timeout=60, check=False)


class UnitsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def place(self, unit):
        """A copy whose program exists: systemd-analyze looks for it on this machine."""
        with open(unit, encoding="utf-8") as file:
            text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", file.read(), flags=re.M)
        path = os.path.join(self.folder.name, os.path.basename(unit))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @unittest.skipUnless(CAN_ANALYZE, "systemd has not started this machine, and we are not root")
    def test_units_verify_without_a_word(self):
        for unit in UNITS:
            answer = run("systemd-analyze", "verify", "--man=no", self.place(unit))
            self.assertEqual((answer.returncode, answer.stdout + answer.stderr), (0, ""), unit)

    @unittest.skipUnless(CAN_ANALYZE, "systemd has not started this machine, and we are not root")
    def test_the_daemon_is_hardly_exposed(self):
        unit = self.place(next(unit for unit in UNITS if unit.endswith("/smid.service")))
        answer = run("systemd-analyze", "security", "--offline=yes",
                     f"--threshold={EXPOSURE_MAX}", unit)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_no_placeholder_is_left(self):
        for unit in UNITS:
            with open(unit, encoding="utf-8") as file:
                self.assertNotRegex(file.read(), "@[a-z]+@", unit)

    def test_users_and_groups_are_made(self):
        root = self.folder.name
        os.makedirs(os.path.join(root, "etc"))
        answer = run("systemd-sysusers", "--root=" + root,
                     os.path.join(SOURCE, "sysusers.conf"))
        if answer.returncode != 0 and os.geteuid() != 0:
            self.skipTest("takes root: " + answer.stderr.strip())
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(os.path.join(root, "etc/passwd"), encoding="utf-8") as file:
            users = {line.split(":")[0]: line.strip().split(":")[5:] for line in file}
        with open(os.path.join(root, "etc/group"), encoding="utf-8") as file:
            groups = {line.split(":")[0] for line in file}
        self.assertEqual(users["smi-hub"][0], "/var/lib/smi-hub")
        self.assertTrue(users["smi-hub"][1].endswith("nologin"))
        self.assertIn("smi-panel", users)
        self.assertLessEqual({"gpio", "smi-owner", "smi-installer", "smi-technician", "smi-hub"},
                             groups)

    def test_the_example_has_nothing_active(self):
        with open(os.path.join(SOURCE, "smid.conf.example"), encoding="utf-8") as file:
            self.assertEqual([line for line in file if not re.match(r"#|$", line)], [])

    def test_the_example_is_good_once_it_is_active(self):
        folder = self.folder.name
        with open(os.path.join(SOURCE, "smid.conf.example"), encoding="utf-8") as file:
            text = "".join(re.findall(r"^#(\[.*\n|[a-z_]+ = .*\n)", file.read(), flags=re.M))
        text = text.replace("/etc/smi-hub", folder).replace("/var/lib/smi-hub", folder)
        with open(os.path.join(folder, "smid.conf"), "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.path.join(folder, "contract"), "w", encoding="utf-8") as file:
            file.write("[contract]\nversion = 1\nlayer = lan\nname = home\n"
                       "prefixes = 192.168.1.0/24\n")
            for number, name, role in ((20, "hub", "meter"), (21, "dishwasher-2", "appliance")):
                keys = os.path.join(folder, "keys" if role == "meter" else name)
                made = run(SMI, "keys", "make", keys).stdout.split("\n", 1)[1]
                file.write(f"[member {name}]\nrole = {role}\naddress = 192.168.1.{number}\n"
                           + made)
        answer = run(SMID, "--config", os.path.join(folder, "smid.conf"), "--check")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)


if __name__ == "__main__":
    SOURCE, SMID, SMI = sys.argv[1:4]
    UNITS = sys.argv[4:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
