#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders every snapshot in light and dark at every size: the same bytes twice, nothing twice
alike; and what the command line refuses, it refuses by name."""

import pathlib
import struct
import subprocess
import sys
import tempfile

SIZES = [(800, 480), (480, 853), (360, 640)]
EX_USAGE = 64


def panel(program, *arguments):
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def render(program, snapshot, size, is_dark, target):
    arguments = ["--snapshot", snapshot, "--page", "now", "--size", f"{size[0]}x{size[1]}"]
    arguments += ["--png", target] + (["--dark"] if is_dark else [])
    answer = panel(program, *arguments)
    if answer.returncode != 0:
        return None, answer.stderr
    return target.read_bytes(), answer.stderr


def pictures(program, snapshots, folder):
    seen = {}
    faults = []
    for snapshot in snapshots:
        for size in SIZES:
            for is_dark in (False, True):
                scene = f"{snapshot.stem}-{size[0]}x{size[1]}{'-dark' if is_dark else ''}"
                data, said = render(program, snapshot, size, is_dark, folder / f"{scene}.png")
                if data is None or said:
                    faults.append(f"{scene}: {said}")
                    continue
                if struct.unpack(">II", data[16:24]) != size:
                    faults.append(f"{scene}: has another size")
                if data in seen.values():
                    faults.append(f"{scene}: looks like another scene")
                seen[scene] = data
                if size == SIZES[0] and render(
                    program, snapshot, size, is_dark, folder / "again.png"
                ) != (data, ""):
                    faults.append(f"{scene}: another run gives other bytes")
    return faults


BROKEN = {
    "nothing": ("", "line 1"),
    "half": ('{"/org/smihub/Hub1": {', "line 1"),
    "array": ("[]", "not an object of object paths"),
    "homeless": ("{}", "no object has the interface 'org.smihub.Hub1'"),
    "path": ('{"/a": 1}', "'/a' is not an object of interfaces"),
    "interface": ('{"/a": {"org.smihub.Hub1": 1}}', "'org.smihub.Hub1' of '/a'"),
    "type": ('{"/a": {"org.smihub.Hub1": {"PowerMw": "1"}}}', "'PowerMw' of '/a'"),
    "real": ('{"/a": {"org.smihub.Hub1": {"PowerMw": 1.5}}}', "'PowerMw' of '/a'"),
    "word": ('{"/a": {"org.smihub.Hub1": {"State": "fine"}}}', "'State' of '/a'"),
    "alarm": ('{"/a": {"org.smihub.Hub1": {"Alarms": [[1, "a"]]}}}', "'Alarms' of '/a'"),
    "large": ('{"/a": {"org.smihub.Hub1": {"PowerMw": 99999999999999999999}}}', "too big"),
    "twice": ('{"/a": {}, "/a": {}}', "duplicate"),
    "history": ('{"/a": {"org.smihub.Hub1": {}}, "x-history": [[1]]}', "'x-history' item 0"),
    "link": ('{"/a": {"org.smihub.Hub1": {}}, "x-link": "up"}', "'x-link'"),
}


def refusals(program, folder):
    faults = []
    cases = []
    for name, (text, what) in BROKEN.items():
        target = folder / f"{name}.json"
        target.write_text(text, encoding="utf-8")
        cases.append((["--snapshot", target, "--png", folder / "no.png"], [str(target), what]))
    missing = folder / "missing.json"
    good = folder / "good.json"
    good.write_text('{"/a": {"org.smihub.Hub1": {}}}', encoding="utf-8")
    cases += [
        (["--snapshot", missing], [str(missing)]),
        (["--snapshot", good, "--page", "later"], ["later", "now"]),
        (["--snapshot", good, "--size", "800"], ["'800'"]),
        (["--snapshot", good, "--size", "99999x99999"], ["'99999x99999'"]),
        (["--snapshot", good, "--size", "800x480x2"], ["'800x480x2'"]),
        (["--png", "a.png"], ["--png", "--snapshot"]),
        (["--node", "a b"], ["'a b'"]),
        (["--colour"], ["--colour"]),
        (["page"], ["'page'"]),
    ]
    for arguments, words in cases:
        answer = panel(program, *arguments)
        if answer.returncode != EX_USAGE or any(word not in answer.stderr for word in words):
            faults.append(f"{arguments}: {answer.returncode} {answer.stderr.strip()}")
    for option, word in (("--help", "--snapshot"), ("--version", "smi-panel ")):
        answer = panel(program, option)
        if answer.returncode != 0 or word not in answer.stdout:
            faults.append(f"{option}: {answer.returncode} {answer.stderr.strip()}")
    return faults


def main(program, snapshots):
    files = sorted(pathlib.Path(snapshots).glob("*.json"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        faults = pictures(program, files, folder) if files else ["no snapshots"]
        faults += refusals(program, folder)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
