# SPDX-License-Identifier: GPL-3.0-or-later
"""A small D-Bus client (D-Bus specification, message protocol 1) and the private bus it talks to.

Enough to call methods and to follow signals from one thread; nothing is exported. It shares no code
with what it looks at.
"""

import os
import pathlib
import socket
import struct

BUS = "org.freedesktop.DBus"
_CALL, _REPLY, _ERROR, _SIGNAL = 1, 2, 3, 4
_MESSAGE_MAX = 128 * 1024 * 1024
_FIXED = {"y": ("B", 1), "b": ("I", 4), "n": ("h", 2), "q": ("H", 2), "i": ("i", 4),
          "u": ("I", 4), "x": ("q", 8), "t": ("Q", 8), "d": ("d", 8), "h": ("I", 4)}
_ALIGN = {"s": 4, "o": 4, "g": 1, "a": 4, "(": 8, "{": 8, "v": 1}


class BusError(Exception):
    """The bus or the other side said no."""


def _split(signature):
    """The single complete types of a signature."""
    types, position = [], 0
    while position < len(signature):
        start = position
        while signature[position] == "a":
            position += 1
        if signature[position] in "({":
            depth = 0
            while True:
                depth += (signature[position] in "({") - (signature[position] in ")}")
                position += 1
                if depth == 0:
                    break
        else:
            position += 1
        types.append(signature[start:position])
    return types


class _Writer:
    def __init__(self):
        self.data = bytearray()

    def align(self, size):
        self.data += bytes(-len(self.data) % size)

    def write(self, kind, value):
        if kind in _FIXED:
            code, size = _FIXED[kind]
            self.align(size)
            self.data += struct.pack("<" + code, value)
        elif kind in "so":
            raw = value.encode()
            self.align(4)
            self.data += struct.pack("<I", len(raw)) + raw + b"\0"
        elif kind == "g":
            self.data += struct.pack("B", len(value)) + value.encode() + b"\0"
        elif kind == "v":
            self.write("g", value[0])
            self.write(value[0], value[1])
        elif kind[0] == "(":
            self.align(8)
            for member, part in zip(_split(kind[1:-1]), value):
                self.write(member, part)
        elif kind[0] == "a":
            self.align(4)
            place = len(self.data)
            self.data += bytes(4)
            self.align(_FIXED[kind[1]][1] if kind[1] in _FIXED else _ALIGN[kind[1]])
            start = len(self.data)
            for part in value:
                self.write(kind[1:], part)
            struct.pack_into("<I", self.data, place, len(self.data) - start)
        else:
            raise ValueError(f"cannot write '{kind}'")


class _Reader:
    def __init__(self, data, order="<"):
        self.data, self.order, self.position = data, order, 0

    def align(self, size):
        self.position += -self.position % size

    def _take(self, size):
        part = self.data[self.position:self.position + size]
        self.position += size
        return part

    def read(self, kind):
        if kind in _FIXED:
            code, size = _FIXED[kind]
            self.align(size)
            value = struct.unpack_from(self.order + code, self.data, self.position)[0]
            self.position += size
            return bool(value) if kind == "b" else value
        if kind in "so":
            size = self.read("u")
            return str(self._take(size + 1)[:-1], "utf-8")
        if kind == "g":
            size = self.read("y")
            return str(self._take(size + 1)[:-1], "ascii")
        if kind == "v":
            return self.read(self.read("g"))
        if kind[0] in "({":
            self.align(8)
            return tuple(self.read(member) for member in _split(kind[1:-1]))
        return self._read_array(kind[1:])

    def _read_array(self, kind):
        size = self.read("u")
        self.align(_FIXED[kind][1] if kind in _FIXED else _ALIGN[kind[0]])
        end = self.position + size
        if kind == "y":
            return bytes(self._take(size))
        items = []
        while self.position < end:
            items.append(self.read(kind))
        return dict(items) if kind[0] == "{" else items


class Message:
    """One message that came in."""

    def __init__(self, data):
        order = "<" if data[:1] == b"l" else ">"
        reader = _Reader(data, order)
        _, self.kind, _, _, body_size, self.serial = (reader.read(c) for c in "yyyyuu")
        fields = dict(reader.read("a(yv)"))
        self.path, self.interface = fields.get(1), fields.get(2)
        self.member, self.error = fields.get(3), fields.get(4)
        self.reply_to, self.sender = fields.get(5), fields.get(7)
        reader.align(8)
        signature = fields.get(8, "")
        body = _Reader(data[reader.position:reader.position + body_size], order)
        self.body = [body.read(kind) for kind in _split(signature)]


class Connection:
    """A connection to a bus; `pump` handles what has come, `call` waits for its answer."""

    def __init__(self, address, timeout=5.0):
        path = address.split("unix:path=", 1)[1].split(",")[0]
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.socket.settimeout(timeout)
        self.timeout = timeout
        self.serial = 0
        self.buffer = bytearray()
        self.waiting = {}
        self.on_signal = None
        try:
            self.socket.connect(path)
            self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode()
                                + b"\r\n")
            answer = self.socket.recv(512)
            if not answer.startswith(b"OK "):
                raise BusError("the bus refused us")
            self.socket.sendall(b"BEGIN\r\n")
            self.name = self.call(BUS, "/org/freedesktop/DBus", BUS, "Hello")[0]
        except BaseException:
            self.socket.close()
            raise

    def close(self):
        self.socket.close()

    def fileno(self):
        return self.socket.fileno()

    def send(self, destination, path, interface, member, signature="", *arguments, on_reply=None):
        """Sends a call; on_reply(message) or nobody gets the answer."""
        self.serial += 1
        body = _Writer()
        for kind, argument in zip(_split(signature), arguments):
            body.write(kind, argument)
        fields = [(1, ("o", path)), (2, ("s", interface)), (3, ("s", member)),
                  (6, ("s", destination))]
        if signature:
            fields.append((8, ("g", signature)))
        head = _Writer()
        for code, value in zip("yyyyuu", (ord("l"), _CALL, 0, 1, len(body.data), self.serial)):
            head.write(code, value)
        head.write("a(yv)", fields)
        head.align(8)
        if on_reply:
            self.waiting[self.serial] = on_reply
        try:
            self.socket.sendall(head.data + body.data)
        except OSError as error:
            raise BusError(f"the bus is gone: {error}") from error
        return self.serial

    def call(self, *arguments):
        """Sends a call and returns the values of its answer."""
        answers = []
        self.send(*arguments, on_reply=answers.append)
        while not answers:
            self._receive()
            self.dispatch()
        if answers[0].kind == _ERROR:
            raise BusError(f"{answers[0].error}: {' '.join(map(str, answers[0].body))}")
        return answers[0].body

    def _receive(self):
        try:
            data = self.socket.recv(256 * 1024)
        except OSError as error:
            raise BusError(f"no answer from the bus: {error}") from error
        if not data:
            raise BusError("the bus closed the connection")
        self.buffer += data

    def _take_message(self):
        if len(self.buffer) < 16:
            return None
        order = "<" if self.buffer[:1] == b"l" else ">"
        body_size, = struct.unpack_from(order + "I", self.buffer, 4)
        fields_size, = struct.unpack_from(order + "I", self.buffer, 12)
        size = 16 + (fields_size + 7) // 8 * 8 + body_size
        if size > _MESSAGE_MAX:
            raise BusError("a message is too long")
        if len(self.buffer) < size:
            return None
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return Message(data)

    def dispatch(self):
        """Handles every whole message that is in the buffer."""
        while True:
            message = self._take_message()
            if message is None:
                return
            if message.kind in (_REPLY, _ERROR):
                on_reply = self.waiting.pop(message.reply_to, None)
                if on_reply:
                    on_reply(message)
            elif message.kind == _SIGNAL and self.on_signal:
                self.on_signal(message)

    def pump(self):
        """Handles what has come, without waiting for more."""
        self.socket.settimeout(0)
        try:
            while True:
                try:
                    data = self.socket.recv(256 * 1024)
                except (BlockingIOError, InterruptedError):
                    break
                if not data:
                    raise BusError("the bus closed the connection")
                self.buffer += data
        except OSError as error:
            raise BusError(f"the bus is gone: {error}") from error
        finally:
            self.socket.settimeout(self.timeout)
        self.dispatch()

    def add_match(self, rule):
        self.call(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", "s", rule)


def failed(message):
    """True if an answer is an error."""
    return message.kind == _ERROR


CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_type="method_return"/>
    <allow send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
</busconfig>
"""


def write_config(folder):
    """Writes the private bus's configuration; returns (address, command line of its daemon)."""
    folder = pathlib.Path(folder)
    path = folder / "bus"
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(path=path))
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
               "--nosyslog"]
    return f"unix:path={path}", command
