# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nodes of a home say on their bus, followed from outside by signals."""

import time

from . import dbus

BUS_NAME = "org.smihub.Hub1"
HUB, DEVICE = "org.smihub.Hub1", "org.smihub.Device1"
LEDGER, CONTRACT = "org.smihub.Ledger1", "org.smihub.Contract1"
ROOT = "/org/smihub/Hub1"
LAN = f"{ROOT}/ledger/lan"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_MANAGER = "org.freedesktop.DBus.ObjectManager"


def bus_name(node):
    """The hub has the name itself, every other node one below it."""
    return BUS_NAME if node == "hub" else f"{BUS_NAME}.{node}"


class Watcher:
    """A mirror of every node's objects; `finals` remembers each final reading that was shown."""

    def __init__(self, address, loop):
        self.connection = dbus.Connection(address)
        self.connection.on_signal = self._on_signal
        self.loop = loop
        self.owners = {}
        self.objects = {}
        self.finals = {}
        self.first_watt_at = None
        self.on_change = None
        self.is_gone = False
        for rule in (f"type='signal',sender='{dbus.BUS}',member='NameOwnerChanged',"
                     f"arg0namespace='{BUS_NAME}'",
                     f"type='signal',path_namespace='{ROOT}'"):
            self.connection.add_match(rule)
        loop.watch(self.connection.fileno(), self._on_readable)

    def close(self):
        if not self.is_gone:
            self.loop.unwatch(self.connection.fileno())
        self.is_gone = True
        self.connection.close()

    def _on_readable(self):
        try:
            self.connection.pump()
        except dbus.BusError:
            self.close()

    def _on_signal(self, message):
        if message.member == "NameOwnerChanged":
            name, _, owner = message.body
            self.objects.pop(name, None)
            self.owners = {key: value for key, value in self.owners.items() if value != name}
            if owner:
                self.owners[owner] = name
                self.objects[name] = {}
                self._ask(name)
            return
        name = self.owners.get(message.sender)
        if name is None:
            return
        if message.member == "PropertiesChanged":
            interface, changed, _ = message.body
            self._merge(name, message.path, {interface: changed})
        elif message.member == "InterfacesAdded":
            self._merge(name, *message.body)
        elif message.member == "InterfacesRemoved":
            path, interfaces = message.body
            for interface in interfaces:
                self.objects.get(name, {}).get(path, {}).pop(interface, None)

    def _ask(self, name):
        def on_reply(message):
            if not dbus.failed(message) and name in self.objects:
                for path, interfaces in message.body[0].items():
                    self._merge(name, path, interfaces)
        self.connection.send(name, ROOT, _MANAGER, "GetManagedObjects", on_reply=on_reply)

    def _merge(self, name, path, interfaces):
        for interface, properties in interfaces.items():
            known = self.objects.setdefault(name, {}).setdefault(path, {})
            values = known.setdefault(interface, {})
            values.update(properties)
            # A change that comes before the object itself is told again with its name.
            if interface == DEVICE and values.get("Name") and values.get("FinalSequence"):
                key = (values["Name"], values["FinalSequence"])
                self.finals[key] = values.get("FinalEnergyMwh")
            if interface == HUB and name == BUS_NAME and values.get("PowerKnown"):
                if self.first_watt_at is None:
                    self.first_watt_at = time.monotonic()
            if self.on_change:
                self.on_change(name, path, interface, properties)

    def get(self, node, path=ROOT, interface=HUB):
        """The properties that are known of an object; empty if it is not there."""
        return self.objects.get(bus_name(node), {}).get(path, {}).get(interface, {})

    def ledger(self, node):
        return self.get(node, LAN, LEDGER)

    def devices(self, node="hub"):
        """{name: properties} of what a node observes."""
        found = (interfaces.get(DEVICE) for interfaces
                 in self.objects.get(bus_name(node), {}).values())
        return {device["Name"]: device for device in found if device and "Name" in device}

    def fetch(self, node, path=ROOT, interface=HUB):
        """The properties as the node answers now; empty if it does not."""
        try:
            return self.connection.call(bus_name(node), path, _PROPERTIES, "GetAll", "s",
                                        interface)[0]
        except dbus.BusError:
            return {}

    def verify(self, node):
        """(good, text, blocks) of the node's own check of its ledger."""
        return tuple(self.connection.call(bus_name(node), LAN, LEDGER, "Verify"))
