# SPDX-License-Identifier: GPL-3.0-or-later
"""Every datagram on loopback, and whether it is DTLS 1.2 (RFC 6347) or tells what was measured."""

import socket
import struct
import threading

_ETH_P_ALL = 3
_UDP = 17
# change_cipher_spec, alert, handshake, application_data.
_CONTENT_TYPES = {20, 21, 22, 23}
_VERSIONS = {0xFEFF, 0xFEFD}
_RECORD = struct.Struct("!BHHHIH")


class Datagram:
    """One UDP datagram."""

    def __init__(self, source, target, payload):
        self.source, self.target, self.payload = source, target, payload


def parse(packet):
    """The UDP datagram of an IP packet, or None."""
    if packet[:1] and packet[0] >> 4 == 4:
        size = (packet[0] & 15) * 4
        protocol, hosts = packet[9], (packet[12:16], packet[16:20])
    elif packet[:1] and packet[0] >> 4 == 6:
        size, protocol, hosts = 40, packet[6], (packet[8:24], packet[24:40])
    else:
        return None
    if protocol != _UDP or len(packet) < size + 8:
        return None
    source, target, length = struct.unpack_from("!HHH", packet, size)
    return Datagram((hosts[0], source), (hosts[1], target), packet[size + 8:size + length])


def is_dtls(payload):
    """True if a datagram is whole DTLS records and nothing else."""
    offset = 0
    while offset < len(payload):
        if len(payload) - offset < _RECORD.size:
            return False
        kind, version, _, _, _, size = _RECORD.unpack_from(payload, offset)
        if kind not in _CONTENT_TYPES or version not in _VERSIONS:
            return False
        offset += _RECORD.size + size
    return offset == len(payload) and offset > 0


class Capture:
    """Listens on lo from `with` on; `datagrams` are those to or from a port."""

    def __init__(self, port):
        self.port = port
        self.datagrams = []
        self.dropped = 0
        self.is_done = False
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.socket.bind(("lo", 0))
        self.socket.settimeout(0.1)

    def __enter__(self):
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_done = True
        self.thread.join()
        # SOL_PACKET 263, PACKET_STATISTICS 6: packets and drops.
        _, self.dropped = struct.unpack("II", self.socket.getsockopt(263, 6, 8))
        self.socket.close()

    def _listen(self):
        while True:
            try:
                packet, address = self.socket.recvfrom(65536)
            except socket.timeout:
                if self.is_done:
                    return
                continue
            # Loopback shows each packet going out and coming in: once is enough.
            if address[2] == socket.PACKET_OUTGOING:
                continue
            datagram = parse(packet)
            if datagram and self.port in (datagram.source[1], datagram.target[1]):
                self.datagrams.append(datagram)
