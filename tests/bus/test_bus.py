# SPDX-License-Identifier: GPL-3.0-or-later
"""The bus interface as a client sees it: a served view, what changes of it, and who asks wrongly.

test_bus.py SERVER XML
"""
import json
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree

from private_bus import PrivateBus, Server, Lines, ROOT

SERVER = XML = ""
HUB = "org.smihub.Hub1"
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"


def shape(interface):
    """What an interface offers: its properties and methods, with names and types."""
    properties = {(item.get("name"), item.get("type"), item.get("access"))
                  for item in interface.findall("property")}
    methods = {(item.get("name"),
                tuple((argument.get("name"), argument.get("type"), argument.get("direction"))
                      for argument in item.findall("arg")))
               for item in interface.findall("method")}
    return properties, methods


def plain(value):
    """busctl's {"type": ..., "data": ...} without the types."""
    if isinstance(value, dict) and set(value) == {"type", "data"}:
        return plain(value["data"])
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def soon(is_true, timeout_s=15.0):
    """Whether it has become true in time."""
    end = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class BusTest(unittest.TestCase):
    def setUp(self):
        self.bus = self.enterContext_(PrivateBus())
        self.server = self.enterContext_(Server(self.bus, SERVER))

    def enterContext_(self, context):
        """unittest has this of its own only since Python 3.11."""
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def monitor(self):
        lines = Lines(self.bus, "busctl", "--address=" + self.bus.address, "--json=short",
                      f"--match=type='signal',sender='{HUB}'", "monitor")
        lines = self.enterContext_(lines)
        # With --json it says since systemd 256 no longer when it listens, but what it shows does.
        self.assertTrue(soon(lambda: self.hears(lines)), "busctl monitor hears nothing")
        self.signals(lines, "nothing differs")
        return lines

    def hears(self, lines):
        self.server.say("alarm begin begin")
        return lines.next(0.2) is not None

    def signals(self, lines, command):
        """What one command sends: [(path, member, first argument, second argument)]."""
        self.server.say(command)
        self.server.say("alarm end end")
        found = []
        while True:
            message = lines.next_json()
            self.assertIsNotNone(message, f"'{command}' did not end")
            if message.get("type") != "signal" or message["member"].startswith("Name"):
                continue
            first, second = [*plain(message["payload"]["data"]), None][:2]
            if message["member"] == "PropertiesChanged" and "Alarms" in second:
                if second["Alarms"] and second["Alarms"][0][1] == "end":
                    return found
            found.append((message["path"], message["member"], first, second))

    def managed(self):
        answer = self.bus.busctl("--json=short", "call", HUB, ROOT, MANAGER, "GetManagedObjects")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return plain(json.loads(answer.stdout))[0]

    def get(self, path, interface, name):
        answer = self.bus.busctl("--json=short", "get-property", HUB, path, interface, name)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return plain(json.loads(answer.stdout))

    def test_introspection_agrees_with_the_xml(self):
        told = {}
        for path in (ROOT, ROOT + "/device/kettle", ROOT + "/ledger/lan", ROOT + "/contract/lan"):
            answer = self.bus.busctl("introspect", "--xml-interface", HUB, path)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            for interface in ElementTree.fromstring(answer.stdout).findall("interface"):
                if interface.get("name").startswith("org.smihub."):
                    told[interface.get("name")] = shape(interface)
        written = {interface.get("name"): shape(interface)
                   for interface in ElementTree.parse(XML).getroot().findall("interface")}
        self.assertEqual(told, written)

    def test_all_objects_and_all_their_values_are_managed(self):
        objects = self.managed()
        ours = {path: {name for name in interfaces if name.startswith("org.smihub.")}
                for path, interfaces in objects.items()}
        self.assertEqual({path: names for path, names in ours.items() if names}, {
            ROOT: {HUB},
            ROOT + "/ledger/lan": {"org.smihub.Ledger1"},
            ROOT + "/contract/lan": {"org.smihub.Contract1"},
            **{f"{ROOT}/device/{name}": {"org.smihub.Device1"}
               for name in ("kettle", "washer", "dryer", "fridge")}})
        hub = objects[ROOT][HUB]
        self.assertEqual(hub["Role"], "meter")
        self.assertEqual(hub["PowerMw"], 2345678)
        self.assertIs(hub["PowerKnown"], True)
        self.assertEqual(hub["State"], "good")
        self.assertEqual(hub["Alarms"], [])
        ledger = objects[ROOT + "/ledger/lan"]["org.smihub.Ledger1"]
        self.assertEqual(ledger["Head"], "1d" * 32)
        self.assertEqual(ledger["Members"][0], ["hub", "meter", True, 1240])
        self.assertTrue(objects[ROOT + "/contract/lan"]["org.smihub.Contract1"]["Text"]
                        .startswith("# The rules of this home.\n"))

    def test_only_what_differs_is_sent_with_the_time(self):
        lines = self.monitor()
        now = self.get(ROOT, HUB, "TimeUs")
        self.assertEqual(self.signals(lines, "power 1000"), [
            (ROOT, "PropertiesChanged", HUB, {"PowerMw": 1000, "TimeUs": now})])
        self.assertEqual(self.signals(lines, "draw kettle 7000"), [
            (ROOT + "/device/kettle", "PropertiesChanged", "org.smihub.Device1",
             {"PowerMw": 7000}),
            (ROOT, "PropertiesChanged", HUB, {"TimeUs": now})])
        self.assertEqual(self.signals(lines, "height 1235"), [
            (ROOT + "/ledger/lan", "PropertiesChanged", "org.smihub.Ledger1", {"Height": 1235}),
            (ROOT, "PropertiesChanged", HUB, {"TimeUs": now})])
        self.assertEqual(self.signals(lines, "nothing differs"), [])
        self.assertEqual(self.signals(lines, "time 1"), [])
        self.assertEqual(self.get(ROOT, HUB, "TimeUs"), now + 1000000)

    def test_every_kind_of_change_is_sent(self):
        lines = self.monitor()
        for command, name, value in (("unknown", "PowerKnown", False),
                                     ("storage x No space left", "StorageError",
                                      "No space left"),
                                     ("state 1 Look", "State", "warning"),
                                     ("refuse address 3", "Refused", {"address": 3}),
                                     ("alarm washer Ran back.", "Alarms", None)):
            changed = self.signals(lines, command)[0][3]
            self.assertIn(name, changed)
            if value is not None:
                self.assertEqual(changed[name], value)
        members = self.signals(lines, "lost 2")[0][3]["Members"]
        self.assertEqual([member[2] for member in members], [True, True, False, True, True])

    def test_devices_come_and_go(self):
        lines = self.monitor()
        path = ROOT + "/device/K_c3_bcche_2f1"
        added = self.signals(lines, "add Küche/1 5000")
        self.assertEqual(added[0][:3], (ROOT, "InterfacesAdded", path))
        self.assertEqual(added[0][3]["org.smihub.Device1"]["Name"], "Küche/1")
        self.assertIn(path, self.managed())
        self.assertEqual(self.get(path, "org.smihub.Device1", "PowerMw"), 5000)
        removed = self.signals(lines, "remove Küche/1")
        self.assertEqual(removed[0][:4], (ROOT, "InterfacesRemoved", path,
                                          ["org.smihub.Device1"]))
        self.assertNotIn(path, self.managed())

    def test_names_that_are_not_text_are_shown_as_question_marks(self):
        self.server.say("add \x1b[2Jx 1")
        self.assertEqual(self.get(ROOT + "/device/_1b_5b2Jx", "org.smihub.Device1", "Name"),
                         "?[2Jx")

    VERIFY = ("--timeout=30", "--json=short", "call", HUB, ROOT + "/ledger/lan",
              "org.smihub.Ledger1", "Verify")

    def test_verify_reaches_the_node(self):
        self.assertEqual(plain(json.loads(self.bus.busctl(*self.VERIFY).stdout)),
                         [True, "verified 1 times, cancelled 0 times", 1234])
        self.server.say("state 2 broken")
        self.assertEqual(plain(json.loads(self.bus.busctl(*self.VERIFY).stdout)),
                         [False, "verified 2 times, cancelled 0 times", 1234])

    def verify_later(self, count):
        """Callers whose calls the node has, and has not answered."""
        asked = self.asked()
        callers = [self.enterContext_(Lines(self.bus, "busctl", "--address=" + self.bus.address,
                                            *self.VERIFY)) for _ in range(count)]
        self.assertTrue(soon(lambda: self.asked() == asked + count), self.asked())
        return callers

    def asked(self):
        """How often the node was asked to verify."""
        return int(self.server.ask("asked"))

    def test_all_who_wait_get_the_same_answer_and_the_node_goes_on(self):
        self.server.say("hold")
        callers = self.verify_later(2)
        self.server.say("power 4711")
        self.assertEqual(self.get(ROOT, HUB, "PowerMw"), 4711)
        self.server.say("verified")
        self.assertEqual([plain(caller.next_json()) for caller in callers],
                         [[True, "verified 2 times, cancelled 0 times", 1234]] * 2)

    def test_callers_beyond_the_bound_are_refused_and_the_others_answered(self):
        self.server.say("hold")
        callers = self.verify_later(32)
        refused = self.bus.busctl(*self.VERIFY)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("32 callers already wait", refused.stderr)
        self.server.say("verified")
        self.assertEqual({tuple(plain(caller.next_json())) for caller in callers},
                         {(True, "verified 32 times, cancelled 0 times", 1234)})

    def test_a_caller_that_has_gone_hinders_nobody(self):
        self.server.say("hold")
        gone, stays = self.verify_later(2)
        gone.process.kill()
        gone.process.wait()
        self.server.say("verified")
        self.assertEqual(plain(stays.next_json())[0], True)
        self.assertEqual(self.get(ROOT, HUB, "PowerMw"), 2345678)

    def test_a_verification_is_cancelled_when_the_bus_goes(self):
        self.server.say("hold")
        self.verify_later(1)
        self.bus.stop()
        self.assertTrue(soon(lambda: self.server.ask("cancelled") == "1"))
        self.server.say("verified")
        self.bus.start()
        self.assertTrue(soon(self.is_back))
        caller, = self.verify_later(1)
        self.server.say("verified")
        self.assertEqual(plain(caller.next_json()),
                         [True, "verified 2 times, cancelled 1 times", 1234])

    def is_back(self):
        return self.bus.busctl("get-property", HUB, ROOT, HUB, "PowerMw").returncode == 0

    def test_calls_that_are_wrong_are_refused_and_nothing_stops(self):
        for call in (("call", HUB, ROOT + "/ledger/lan", "org.smihub.Ledger1", "Verify", "s", "x"),
                     ("call", HUB, ROOT + "/ledger/han", "org.smihub.Ledger1", "Verify"),
                     ("call", HUB, ROOT + "/ledger/lan", "org.smihub.Ledger1", "Erase"),
                     ("call", HUB, ROOT, PROPERTIES, "Get", "s", "x"),
                     ("call", HUB, ROOT, PROPERTIES, "Get", "ss", HUB, "Nothing"),
                     ("set-property", HUB, ROOT, HUB, "PowerMw", "x", "1"),
                     ("get-property", HUB, ROOT + "/device/nobody", "org.smihub.Device1", "Name")):
            self.assertNotEqual(self.bus.busctl(*call).returncode, 0, call)
        self.assertEqual(self.get(ROOT, HUB, "PowerMw"), 2345678)

    def test_a_second_node_of_the_same_name_is_refused(self):
        answer = subprocess.run([SERVER, HUB], env=self.bus.environment, text=True, check=False,
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("File exists", answer.stderr)

    def test_it_comes_back_when_the_bus_does(self):
        self.bus.stop()
        self.server.say("power 4242")
        self.bus.start()
        self.assertTrue(soon(self.is_back))
        self.assertEqual(self.get(ROOT, HUB, "PowerMw"), 4242)
        self.server.say("power 4243")
        self.assertEqual(self.get(ROOT, HUB, "PowerMw"), 4243)


if __name__ == "__main__":
    SERVER, XML = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
