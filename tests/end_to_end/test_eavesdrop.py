# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens on the wire sees DTLS records only; the same scan finds a plain run's readings."""

import isolated
from capture import Capture, is_dtls
from case import HomeCase, home
from supervisor.network import PORT
from supervisor.plan import Plan

SENML_NAME = b"/3305/0/"


def told(datagrams, devices):
    """What the payloads tell: whose readings travel as transactions, and whether SenML does."""
    found = {name for name, device in devices.items()
             if any(device in datagram.payload for datagram in datagrams)}
    if any(SENML_NAME in datagram.payload for datagram in datagrams):
        found.add("senml")
    return found


class Eavesdrop(HomeCase):
    def listen(self, security):
        """(datagrams, device ids) of a home that has agreed on some readings."""
        with Capture(PORT) as capture, home(Plan(60, 5), security=security) as made:
            self.assert_up(made)
            self.assert_soon(made, lambda: made.reading_time_us >= made.plan.to_us, 30, "no end")
            self.assert_drained(made)
            devices = {node.name: bytes.fromhex(node.keys["id"]) for node in made.nodes}
            found = self.finish(made)
        self.assert_ledgers(found)
        self.assertGreaterEqual(found["readings_final"], 3 * len(devices))
        self.assertEqual(capture.dropped, 0)
        self.assertGreater(len(capture.datagrams), 100)
        return capture.datagrams, devices

    def test_every_packet_is_a_dtls_record(self):
        datagrams, devices = self.listen("dtls")
        for datagram in datagrams:
            self.assertTrue(is_dtls(datagram.payload), datagram.payload[:32].hex())
        self.assertEqual(told(datagrams, devices), set())
        print(f"{len(datagrams)} datagrams, all DTLS")

    def test_control_run_in_plain_tells_everything(self):
        datagrams, devices = self.listen("none")
        self.assertEqual(told(datagrams, devices), set(devices) | {"senml"})
        self.assertFalse(any(is_dtls(datagram.payload) for datagram in datagrams))


if __name__ == "__main__":
    isolated.main()
