# SPDX-License-Identifier: GPL-3.0-or-later
"""process.py with small programs: readiness, restart, start limit, watchdog, and no orphans."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from supervisor import process  # noqa: E402

NOTIFY = """
import os, socket, sys, time
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
"""
READY = NOTIFY + "notify.send(b'READY=1\\nSTATUS=all well')\n"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Supervised(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.supervisor = process.Supervisor(self.folder.name, self.folder.name, os.environ)

    def tearDown(self):
        self.supervisor.close()
        self.folder.cleanup()

    def add(self, source, **arguments):
        service = self.supervisor.add("it", [sys.executable, "-c", source], **arguments)
        service.start()
        return service

    def wait(self, is_done, timeout=8):
        self.assertTrue(self.supervisor.wait(is_done, timeout))

    def test_readiness_is_told(self):
        service = self.add(READY + "time.sleep(60)")
        self.wait(lambda: service.state == "ready")
        self.assertEqual(service.status, "all well")

    def test_what_dies_is_started_again(self):
        service = self.add(READY + "time.sleep(60)")
        self.wait(lambda: service.state == "ready")
        first = service.pid
        service.kill()
        self.wait(lambda: service.restarts == 1 and service.state == "ready")
        self.assertNotEqual(service.pid, first)
        self.assertEqual(service.exit_statuses, [-signal.SIGKILL])

    def test_what_never_stays_up_is_given_up(self):
        process_restart, process.RESTART_S = process.RESTART_S, 0.01
        try:
            service = self.add("import sys; sys.exit(3)")
            self.wait(lambda: service.state == "failed")
        finally:
            process.RESTART_S = process_restart
        self.assertEqual(len(service.exit_statuses), process.START_LIMIT)

    def test_wrong_configuration_is_not_tried_again(self):
        service = self.add("import sys; print('line 3', file=sys.stderr); sys.exit(64)")
        self.wait(lambda: service.state == "failed")
        self.assertEqual((service.exit_statuses, service.log_tail()), ([64], ["line 3"]))

    def test_clean_end_is_no_failure(self):
        service = self.add("pass")
        self.wait(lambda: service.state == "stopped")
        self.assertEqual(service.restarts, 0)

    def test_silent_one_is_killed(self):
        service = self.add(READY + "time.sleep(60)", watchdog_s=0.3)
        self.wait(lambda: service.restarts == 1)
        self.assertEqual(service.watchdog_kills, 1)

    def test_one_that_feeds_its_watchdog_lives(self):
        service = self.add(READY + "while True:\n notify.send(b'WATCHDOG=1')\n time.sleep(0.1)",
                           watchdog_s=0.5)
        self.supervisor.pump(1.5)
        self.assertEqual((service.state, service.watchdog_kills), ("ready", 0))

    def test_stop_is_no_failure(self):
        service = self.add(READY + "time.sleep(60)")
        self.wait(lambda: service.state == "ready")
        self.assertTrue(self.supervisor.stop())
        self.assertEqual((service.state, service.restarts), ("stopped", 0))

    def test_deaf_one_is_killed_in_the_end(self):
        service = self.add("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                           + READY + "time.sleep(60)")
        self.wait(lambda: service.state == "ready")
        self.assertFalse(self.supervisor.stop(timeout=0.3))
        self.assertFalse(service.process)

    def test_its_children_go_with_it(self):
        service = self.add("import subprocess\n" + READY
                           + "p = subprocess.Popen(['sleep', '60'])\n"
                           "notify.send(b'STATUS=%d' % p.pid)\ntime.sleep(60)")
        self.wait(lambda: service.status.isdigit())
        child = int(service.status)
        service.restart = False
        service.kill()
        self.wait(lambda: not is_alive(child))

    def test_memory_and_time_are_measured(self):
        service = self.add(READY + "time.sleep(60)")
        self.wait(lambda: service.state == "ready")
        found = service.measure()
        self.assertGreater(found["rss_kib"], found["rss_anon_kib"])
        self.assertGreater(found["rss_anon_kib"], 100)


class Orphans(unittest.TestCase):
    def test_nothing_outlives_a_killed_supervisor(self):
        source = ("import sys; sys.path.insert(0, %r)\n"
                  "from supervisor import process\n"
                  "p = process.start(['sleep', '60'])\nprint(p.pid, flush=True)\np.wait()")
        parent = subprocess.Popen([sys.executable, "-c", source % sys.path[0]],
                                  stdout=subprocess.PIPE)
        child = int(parent.stdout.readline())
        self.assertTrue(is_alive(child))
        parent.kill()
        parent.wait()
        parent.stdout.close()
        deadline = time.monotonic() + 5
        while is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(is_alive(child))


if __name__ == "__main__":
    unittest.main()
