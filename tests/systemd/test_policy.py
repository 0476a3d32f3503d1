# SPDX-License-Identifier: GPL-3.0-or-later
"""The bus policy on a real dbus-daemon: who may own the name, look at it, and hear it.

test_policy.py POLICY SERVER. The users of the policy are played by users of this machine; without
root nobody else can be played, and only what does not need it is tried.
"""
import grp
import os
import pwd
import shutil
import subprocess
import sys
import unittest

from bus.private_bus import PrivateBus, Server, ROOT

POLICY = SERVER = ""
HUB = "org.smihub.Hub1"
# As the system bus has it: nobody owns, nobody calls, unless a policy says so.
SYSTEM = """  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Introspectable"/>
  </policy>
"""
HUB_USER, PANEL_USER, OUTSIDER, READER_GROUP = "daemon", "games", "nobody", "mail"


def policy_text(**names):
    """The rules of the file, with users and groups of this machine in place of its own."""
    with open(POLICY, encoding="utf-8") as file:
        text = file.read()
    for name, other in names.items():
        text = text.replace(f'"{name.replace("_", "-")}"', f'"{other}"')
    return SYSTEM + text[text.index("<busconfig>") + len("<busconfig>"):
                         text.index("</busconfig>")]


class PolicyTest(unittest.TestCase):
    def open(self, text):
        bus = PrivateBus(text)
        bus.__enter__()
        self.addCleanup(bus.__exit__)
        os.chmod(bus.socket, 0o777)
        return bus

    def claim(self, bus):
        return bus.busctl("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                          "RequestName", "su", HUB, "4")

    def test_the_file_loads_as_it_is(self):
        bus = self.open(policy_text())
        if os.geteuid() != 0 and pwd.getpwuid(os.geteuid()).pw_name != "smi-hub":
            self.assertNotEqual(self.claim(bus).returncode, 0)

    def test_its_user_owns_the_name(self):
        me = pwd.getpwuid(os.geteuid()).pw_name
        self.assertEqual(self.claim(self.open(policy_text(smi_hub=me))).stdout, "u 1\n")

    @unittest.skipUnless(os.geteuid() == 0, "takes root, to be other users")
    def test_readers_read_and_nobody_else(self):
        bus = self.open(policy_text(smi_hub=HUB_USER, smi_panel=PANEL_USER,
                                    smi_technician=READER_GROUP))
        program = shutil.copy(SERVER, bus.folder.name)
        with Server(bus, program, user=HUB_USER) as server:
            server.say("power 1000")
            self.assertTrue(self.reads(bus, PANEL_USER))
            self.assertTrue(self.reads(bus, OUTSIDER, READER_GROUP))
            self.assertTrue(self.reads(bus, "root"))
            self.assertFalse(self.reads(bus, OUTSIDER))
            self.assertTrue(self.call(bus, OUTSIDER, READER_GROUP, "call", HUB,
                                      ROOT + "/ledger/lan", "org.smihub.Ledger1", "Verify"))
            self.assertFalse(self.call(bus, OUTSIDER, READER_GROUP, "call", HUB,
                                       ROOT, "org.smihub.Other1", "Verify"))
            self.assertTrue(self.hears(bus, server, PANEL_USER))
            self.assertFalse(self.hears(bus, server, OUTSIDER))

    @unittest.skipUnless(os.geteuid() == 0, "takes root, to be other users")
    def test_others_do_not_own_the_name(self):
        bus = self.open(policy_text(smi_hub=HUB_USER))
        claim = ("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                 "su", HUB, "4")
        self.assertTrue(self.call(bus, HUB_USER, None, *claim))
        self.assertFalse(self.call(bus, OUTSIDER, None, *claim))
        self.assertFalse(self.call(bus, "root", None, *claim))

    def start(self, bus, user, group, *command):
        groups = [grp.getgrnam(group).gr_gid] if group else []
        entry = pwd.getpwnam(user)
        return subprocess.Popen(command, env=bus.environment, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, user=entry.pw_uid, group=entry.pw_gid,
                                extra_groups=groups)

    def call(self, bus, user, group, *arguments):
        """True if it is answered; False if the bus denies it, which is all it may fail with."""
        process = self.start(bus, user, group, "busctl", "--address=" + bus.address, *arguments)
        _, errors = process.communicate(timeout=20)
        if process.returncode != 0:
            self.assertRegex(errors, "denied|rejected")
        return process.returncode == 0

    def reads(self, bus, user, group=None):
        return self.call(bus, user, group, "get-property", HUB, ROOT, HUB, "PowerMw")

    def hears(self, bus, server, user):
        process = self.start(bus, user, None, "dbus-monitor", "--address", bus.address,
                             f"type='signal',sender='{HUB}'")
        # It becomes no monitor but listens, and says so with its own NameAcquired.
        while "NameAcquired" not in process.stdout.readline():
            pass
        process.stdout.readline()
        server.say("power 2000")
        server.say("power 3000")
        try:
            said, _ = process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            process.terminate()
            said, _ = process.communicate(timeout=10)
        return "PropertiesChanged" in said


if __name__ == "__main__":
    POLICY, SERVER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
