# SPDX-License-Identifier: GPL-3.0-or-later
"""./run as a person uses it: a second terminal, Ctrl-C, kill -9, two at once, wrong options."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import isolated


def processes(mark):
    """Living processes whose environment has the mark."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                if (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append(f"{entry.name} {(entry / 'comm').read_text().strip()}")
        except OSError:
            continue
    return found


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.started = []

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()
        self.folder.cleanup()

    def environment(self, mark):
        return dict(os.environ, SMI_RUN_STATE=f"{self.folder.name}/{mark}", SMI_TEST_MARK=mark)

    def start(self, mark, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "supervisor", "--headless", *arguments],
            env=self.environment(mark), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)
        self.started.append(process)
        return process

    def start_until_watt(self, mark, *arguments):
        process = self.start(mark, *arguments)
        lines = []
        while "first watt" not in "".join(lines):
            line = process.stderr.readline()
            self.assertTrue(line, "".join(lines))
            lines.append(line)
        return process

    def smi(self, mark, *arguments):
        done = subprocess.run([sys.executable, "-m", "supervisor", "smi", *arguments, "--json"],
                              env=self.environment(mark), stdout=subprocess.PIPE, check=False,
                              timeout=30)
        return done.returncode, json.loads(done.stdout)

    def assert_gone(self, mark):
        deadline = time.monotonic() + 5
        while processes(f"SMI_TEST_MARK={mark}") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(processes(f"SMI_TEST_MARK={mark}"), [])

    def test_second_terminal_sees_the_home_and_ctrl_c_ends_it(self):
        process = self.start_until_watt("terminal", "--appliances", "4")
        self.assertEqual(len(processes("SMI_TEST_MARK=terminal")), 7)
        code, status = self.smi("terminal", "status")
        self.assertIn(code, (0, 1))
        self.assertEqual((status["name"], status["role"]), ("hub", "meter"))
        _, devices = self.smi("terminal", "devices")
        self.assertEqual(len(devices["devices"]), 4)
        _, other = self.smi("terminal", "--node", "refrigerator", "status")
        self.assertEqual(other["name"], "refrigerator")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        self.assert_gone("terminal")
        self.assertFalse(os.path.exists(f"{self.folder.name}/terminal/current"))

    def test_killed_one_leaves_nothing_behind(self):
        process = self.start_until_watt("killed", "--appliances", "4")
        process.kill()
        process.wait()
        self.assert_gone("killed")

    def test_two_at_once_do_not_disturb_each_other(self):
        ends = [self.start(mark, "--appliances", "4", "--speed", "60", "--for", "8", "--json")
                for mark in ("one", "two")]
        sums = []
        for process in ends:
            output, errors = process.communicate(timeout=90)
            self.assertEqual(process.returncode, 0, errors)
            sums.append(json.loads(output.splitlines()[-1]))
        for found in sums:
            self.assertTrue(found["heads_equal"])
            self.assertEqual((found["rejected"], found["duplicates"], found["lost_final"]),
                             ({}, 0, 0))
            self.assertEqual(len(found["members"]), 5)
        self.assertNotEqual(sums[0]["members"][0]["head"], sums[1]["members"][0]["head"])

    def test_interrupted_run_has_its_own_exit_code(self):
        process = self.start_until_watt("cut", "--appliances", "4", "--for", "60")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assert_gone("cut")

    def test_wrong_use_exits_64(self):
        full = pathlib.Path(self.folder.name) / "full"
        full.mkdir()
        (full / "file").write_text("x")
        for arguments in (["--bogus"], ["--speed", "0"], ["--for", "x"], ["--keep", str(full)],
                          ["--traces", f"{self.folder.name}/nothing"]):
            process = self.start("wrong", *arguments)
            _, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 64, arguments)
            self.assertIn("run: ", errors)

    def test_kept_state_can_be_verified_later(self):
        keep = f"{self.folder.name}/kept"
        process = self.start("keep", "--appliances", "4", "--speed", "60", "--for", "4", "--keep",
                             keep)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        done = subprocess.run([f"{os.environ['SMI_BUILD']}/hub/smi", "ledger", "verify", "--state",
                               f"{keep}/hub"], stdout=subprocess.PIPE, check=False, timeout=30)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    isolated.main()
