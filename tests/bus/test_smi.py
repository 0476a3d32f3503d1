# SPDX-License-Identifier: GPL-3.0-or-later
"""What smi prints and how it ends, against a served view and against nobody.

test_smi.py SERVER SMI HOSTILE_SERVER LEDGER_MAKER
"""
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import unittest

from private_bus import Helper, Lines, PrivateBus, Server, ROOT

SERVER = SMI = HOSTILE = MAKER = ""
START_US = 1791201600 * 1000000

STATUS = """\
hub (meter), smid 0.1.0, 2026-10-05 12:01:13
State      warning: Look at the washer.
Agreement  agreed: All readings are agreed.
Storage    good
Home       2,346 W, not attributed 40 W; today 6.4 kWh, register 1,234.567 kWh
Devices    2 live, 1 stale, 1 absent
           stale: dryer (1 min ago)
           absent: fridge (1 min ago)
Ledger     lan height 1,234, head 1d1d1d1d1d1d1d1d, last final 1 min ago
           12,345 readings final, 3 rejected, 2 pending (1 own)
Members    4 of 5 connected; 3 yes store a reading
           missing: dryer
Alarms     2, newest first
  12:00:03  127.3.4.9  register: Nobody's key.
  12:00:03  washer  register: The register ran back.
Refused    rate 1,000, register 2
"""

DEVICES = """\
DEVICE             POWER      TODAY  STATE
dryer            1,500 W   0.42 kWh  stale, 1 min ago
fridge                 -   0.42 kWh  absent, 1 min ago
kettle              <1 W   0.42 kWh  live
washer           1,000 W   0.42 kWh  live
not attributed      40 W
home             2,346 W    6.4 kWh  agreed
"""


class SmiTest(unittest.TestCase):
    def setUp(self):
        self.bus = PrivateBus()
        self.bus.__enter__()
        self.addCleanup(self.bus.__exit__)

    def serve(self, *commands, name="org.smihub.Hub1"):
        server = Server(self.bus, SERVER, name)
        self.addCleanup(server.__exit__)
        for command in commands:
            server.say(command)
        return server

    def smi(self, *arguments, code=0):
        """Runs smi, checks how it ends, returns what it says."""
        answer = self.bus.run(SMI, *arguments)
        self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
        return answer.stdout if code in (0, 1) or answer.stdout else answer.stderr

    def smi_json(self, *arguments, code=0):
        return json.loads(self.smi(*arguments, "--json", code=code))

    def serve_trouble(self):
        return self.serve("time 3", "alarm washer The register ran back.",
                          "alarm 127.3.4.9 Nobody's key.", "refuse rate 1000", "refuse register 2",
                          "lost 3", "is dryer 1", "is fridge 2", "draw kettle 12",
                          "state 1 Look at the washer.", "time 70")

    def test_status_is_one_screen(self):
        self.serve_trouble()
        self.assertEqual(self.smi("status", code=1), STATUS)

    def test_status_as_json_says_the_same(self):
        self.serve_trouble()
        status = self.smi_json("status", code=1)
        self.assertEqual(status["time_us"], START_US + 73 * 1000000)
        self.assertEqual(status["power_mw"], 2345678)
        self.assertEqual(status["devices"], {"live": 2, "stale": 1, "absent": 1})
        self.assertEqual(status["refused"], {"rate": 1000, "register": 2})
        self.assertEqual(status["alarms"][0], {"time_us": START_US + 3000000, "who": "127.3.4.9",
                                               "what": "register", "why": "Nobody's key."})
        self.assertEqual(status["ledger"]["height"], 1234)
        self.assertEqual([member["connected"] for member in status["ledger"]["members"]],
                         [True, True, True, False, True])

    def test_the_exit_code_is_the_state(self):
        server = self.serve()
        self.smi("status")
        server.say("state 1 So so.")
        self.smi("status", code=1)
        server.say("state 2 Broken.")
        self.smi("status", code=2)
        server.say("state 0 Good.")
        server.say("storage - No space left on device")
        self.assertIn("Storage    failing: No space left on device\n", self.smi("status", code=2))

    def test_power_that_is_not_known_is_not_zero(self):
        self.serve("unknown")
        self.assertIn("Home       not known yet; today", self.smi("status"))
        self.assertIsNone(self.smi_json("status")["power_mw"])
        self.assertIn("\nhome                   -  ", self.smi("devices"))

    def test_devices_is_an_aligned_table(self):
        self.serve_trouble()
        self.assertEqual(self.smi("devices"), DEVICES)
        devices = self.smi_json("devices")["devices"]
        self.assertEqual([device["name"] for device in devices],
                         ["dryer", "fridge", "kettle", "washer"])
        self.assertEqual(devices[0]["state"], "stale")
        self.assertEqual(devices[2]["power_mw"], 12)
        self.assertEqual(devices[2]["final_sequence"], 7)

    def test_the_ledger_s_head_is_shown_whole(self):
        self.serve()
        self.assertIn("Head     " + "1d" * 32 + "\n", self.smi("ledger", "head"))
        head = self.smi_json("ledger", "head")
        self.assertEqual((head["head"], head["height"], head["accept"]), ("1d" * 32, 1234, 3))

    def test_verify_ends_as_the_ledger_is(self):
        server = self.serve()
        self.assertEqual(self.smi("ledger", "verify"), "verified 1 times, cancelled 0 times\n")
        self.assertEqual(self.smi_json("ledger", "verify"),
                         {"good": True, "text": "verified 2 times, cancelled 0 times",
                          "blocks": 1234})
        server.say("state 2 broken")
        self.smi("ledger", "verify", code=2)

    def verify_on_terminal(self):
        """`smi ledger verify` with standard error on a terminal, and that terminal's other end."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen([SMI, "ledger", "verify"], env=self.bus.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, master

    def shown(self, terminal, end):
        """What a program writes up to END, which may come in pieces."""
        text = b""
        while end not in text and select.select([terminal], [], [], 10.0)[0]:
            text += os.read(terminal, 256)
        return text

    def test_a_long_verification_is_waited_for_and_a_terminal_told(self):
        server = self.serve("hold")
        process, terminal = self.verify_on_terminal()
        self.assertEqual(self.shown(terminal, b"\n"), b"verifying...\r\n")
        self.assertIsNone(process.poll())
        server.say("verified")
        self.assertEqual(process.communicate(timeout=10)[0],
                         "verified 1 times, cancelled 0 times\n")
        self.assertEqual(process.returncode, 0)

    def test_a_daemon_that_ends_while_it_verifies_is_not_waited_for(self):
        server = Server(self.bus, SERVER)
        server.say("hold")
        process, terminal = self.verify_on_terminal()
        self.assertEqual(self.shown(terminal, b"\n"), b"verifying...\r\n")
        server.kill()
        self.assertIn(b"has ended before it answered", self.shown(terminal, b"\n"))
        self.assertEqual(process.wait(timeout=10), 2)

    def test_the_contract_is_shown_as_its_file_says(self):
        self.serve()
        text = "# The rules of this home.\n[contract]\nlayer = lan\nname = home\n"
        self.assertEqual(self.smi("contract", "show"), text)
        self.assertEqual(self.smi_json("contract", "show"),
                         {"layer": "lan", "chain": "c4" * 32, "text": text})

    def test_a_snapshot_is_everything_on_the_bus(self):
        self.serve("add Küche/1 5000", "alarm washer Ran back.", "refuse key 1")
        snapshot = json.loads(self.smi("snapshot"))
        self.assertEqual(len(snapshot), 8)
        hub = snapshot[ROOT]["org.smihub.Hub1"]
        self.assertEqual(hub["Alarms"], [[START_US, "washer", "register", "Ran back."]])
        self.assertEqual(hub["Refused"], {"key": 1})
        self.assertIs(hub["PowerKnown"], True)
        self.assertEqual(
            snapshot[ROOT + "/device/K_c3_bcche_2f1"]["org.smihub.Device1"]["Name"], "Küche/1")
        self.assertEqual(snapshot[ROOT + "/ledger/lan"]["org.smihub.Ledger1"]["Members"][1],
                         ["kettle", "appliance", True, 1240])

    def test_hostile_names_do_not_drive_the_terminal(self):
        self.serve("add \x1b]0;x\x07 1", "alarm a\x1b[2J Why\x9b?")
        for verb in ("devices", "status", "snapshot"):
            said = self.smi(verb)
            self.assertNotIn("\x1b", said)
            self.assertNotIn("\x9b", said)
        self.assertIn("?]0;x?", self.smi("devices"))

    def test_another_node_is_asked_by_its_name(self):
        self.serve("power 77000", name="org.smihub.Hub1.kettle")
        self.assertEqual(self.smi_json("--node", "kettle", "status")["power_mw"], 77000)
        self.assertIn("'org.smihub.Hub1'", self.smi("status", code=2))

    def test_watch_says_each_update_and_lives_through_a_restart(self):
        server = Server(self.bus, SERVER)
        with Lines(self.bus, SMI, "devices", "--watch", "--json") as lines:
            self.assertEqual(lines.next_json()["power_mw"], 2345678)
            server.say("power 1000")
            self.assertEqual(lines.next_json()["power_mw"], 1000)
            server.say("add oven 3000")
            self.assertEqual(len(lines.next_json()["devices"]), 5)
            server.say("remove oven")
            self.assertEqual(len(lines.next_json()["devices"]), 4)
            server.kill()
            self.serve("power 5")
            while lines.next_json()["power_mw"] != 5:
                pass
            lines.process.send_signal(signal.SIGINT)
            self.assertEqual(lines.process.wait(timeout=10), 0)

    def test_watch_on_a_pipe_is_plain_lines(self):
        self.serve("is dryer 1", "is fridge 2")
        with Lines(self.bus, SMI, "devices", "--watch") as lines:
            self.assertEqual(lines.next(), "2026-10-05 12:00:00 home 2,346 W, not attributed 40 W, "
                             "dryer 1,500 W (stale), fridge absent, kettle 500 W, washer 1,000 W")

    def test_nobody_on_the_bus_is_said_with_what_to_do(self):
        for verb in (("status",), ("devices",), ("devices", "--watch"), ("ledger", "head"),
                     ("ledger", "verify"), ("contract", "show"), ("snapshot",)):
            said = self.smi(*verb, code=2)
            self.assertIn("no daemon answers as 'org.smihub.Hub1'", said)
            self.assertIn("systemctl status smid", said)
        self.bus.environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent"
        self.assertIn("the system bus does not answer", self.smi("status", code=2))

    def test_wrong_arguments_end_with_64(self):
        for words in ((), ("frob",), ("ledger",), ("ledger", "frob"), ("status", "x"),
                      ("status", "--watch"), ("status", "--state", "/"), ("keys", "make"),
                      ("keys", "make", "a", "b"), ("contract", "check"), ("--frob",), ("--node",),
                      ("--node", "9", "status"), ("--node", "a b", "status"),
                      ("--node", "", "status"), ("--node", "a", "keys", "make", "b"),
                      ("--node", "a", "ledger", "head", "--state", "/"),
                      ("ledger", "readings"), ("ledger", "head", "--contract", "x")):
            self.assertIn("smi", self.smi(*words, code=64), words)

    def test_help_fits_a_terminal_and_names_every_verb(self):
        said = self.smi("--help")
        self.assertEqual([line for line in said.splitlines() if len(line) > 80], [])
        for word in ("status", "devices", "head|verify|readings", "contract check FILE",
                     "keys make DIR", "snapshot", "Exit codes", "Examples"):
            self.assertIn(word, said)
        self.assertEqual(self.smi("--version"), "smi 0.1.0\n")

    def test_keys_are_made_once_and_only_for_their_owner(self):
        with tempfile.TemporaryDirectory() as folder:
            keys = os.path.join(folder, "keys")
            made = self.smi_json("keys", "make", keys)
            self.assertRegex(made["id"], "^[0-9a-f]{32}$")
            self.assertRegex(made["sign_key"], "^ed25519:[0-9a-f]{64}$")
            self.assertRegex(made["dtls_key"], "^3059[0-9a-f]{178}$")
            self.assertEqual(self.smi("keys", "make", keys),
                             f"# id {made['id']}\nsign_key = {made['sign_key']}\n"
                             f"dtls_key = {made['dtls_key']}\n")
            self.assertEqual({os.stat(os.path.join(keys, name)).st_mode & 0o777
                              for name in os.listdir(keys)}, {0o600})
            self.assertIn("smi: no keys in", self.smi("keys", "make", keys + "/sign.pem", code=2))

    def contract(self, folder, name="contract"):
        """The path of a contract of one member, whose keys are in the folder."""
        keys = self.smi("keys", "make", os.path.join(folder, "keys"))
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("[contract]\nversion = 1\nlayer = lan\nprefixes = 127.0.0.0/8\n"
                       f"name = home{'' if name == 'contract' else 2}\n"
                       "[member hub]\nrole = meter\naddress = 127.1.1.1\n" + keys)
        return path

    def test_a_contract_is_checked_before_it_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.contract(folder)
            self.assertIn("good: lan 'home', 1 members, 1 yes store", self.smi(
                "contract", "check", path))
            checked = self.smi_json("contract", "check", path)
            self.assertEqual(checked["members"], [{"name": "hub", "role": "meter"}])
            with open(path, "a", encoding="utf-8") as file:
                file.write("colour = blue\n")
            self.assertIn(f"{path}:12: [member hub] colour", self.smi(
                "contract", "check", path, code=2))
            self.assertIs(self.smi_json("contract", "check", path, code=2)["good"], False)

    def test_a_state_directory_without_a_ledger_is_said_to_be_one(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("cannot read the contract", self.smi(
                "ledger", "head", "--state", folder, code=2))
            self.contract(folder)
            for verb in ("head", "verify", "readings"):
                self.assertIn("there is no ledger in", self.smi(
                    "ledger", verb, "--state", folder, code=2))

    def test_a_ledger_is_read_while_it_is_kept_and_after(self):
        with tempfile.TemporaryDirectory() as folder:
            self.contract(folder)
            with Helper(self.bus, MAKER, folder):
                self.assert_ledger(folder)
            self.assert_ledger(folder)
            self.assertIn("of another contract", self.smi(
                "ledger", "head", "--state", folder, "--contract",
                self.contract(folder, name="other"), code=2))

    def assert_ledger(self, folder):
        readings = [json.loads(line) for line in self.smi(
            "ledger", "readings", "--state", folder, "--json").splitlines()]
        self.assertEqual([(reading["device"], reading["sequence"], reading["import_mwh"],
                           reading["accepted"], reading["reason"]) for reading in readings],
                         [("hub", number, 1500 * number, True, None) for number in (1, 2, 3)])
        self.assertEqual(readings[2]["end_us"] - readings[1]["end_us"], 60 * 1000000)
        self.assertRegex(self.smi("ledger", "readings", "--state", folder),
                         r"^hub +1  \d{4}-\d\d-\d\d \d\d:\d\d:00 +1500 mWh  accepted  height \d+\n")
        verified = self.smi_json("ledger", "verify", "--state", folder)
        self.assertIs(verified["good"], True)
        self.assertEqual(verified["readings_accepted"], 3)
        head = self.smi_json("ledger", "head", "--state", folder)
        self.assertEqual((head["head"], head["height"], head["readings_final"]),
                         (verified["head"], verified["blocks"], 3))
        self.assertEqual(head["members"][0]["import_mwh"], 4500)
        self.assertIn(head["head"], self.smi("ledger", "head", "--state", folder))

    def test_answers_that_make_no_sense_are_refused(self):
        for what, why in (("empty", "the node itself is missing"), ("bare", "Name: is not a text"),
                          ("many-properties", "did not answer as expected"),
                          ("many-objects", "did not answer as expected"),
                          ("long", "did not answer as expected"),
                          ("strange", "Role: is not a text"), ("number", "as expected"),
                          ("error", "?[31mred?line")):
            with self.subTest(what), Helper(self.bus, HOSTILE, what):
                for verb in (("status",), ("devices",)):
                    said = self.smi(*verb, code=2)
                    self.assertIn(why, said)
                    self.assertNotIn("\x1b", said)

    def test_a_daemon_that_does_not_answer_is_not_waited_for(self):
        with Helper(self.bus, HOSTILE, "silent"):
            self.assertIn("is there and does not answer", self.smi("status", code=2))

    def test_an_answer_that_could_not_be_written_is_a_failure(self):
        self.serve()
        with open("/dev/full", "w", encoding="utf-8") as full:
            answer = subprocess.run([SMI, "status"], env=self.bus.environment, stdout=full,
                                    stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("cannot write the answer", answer.stderr)


if __name__ == "__main__":
    SERVER, SMI, HOSTILE, MAKER = sys.argv[1:5]
    unittest.main(argv=sys.argv[:1], verbosity=2)
