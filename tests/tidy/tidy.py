# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the rules of rules.py over the whole tree. `tidy.py ROOT`"""

import pathlib
import sys

import rules

FOLDERS = ("base", "drivers", "ledger", "hub", "ui", "systemd", "image", "tests", "subprojects")
# Sources that are not C but obey licence and line length.
OTHER = (".py", ".sh", ".css", ".ui", ".xml", ".build")
SCRIPTS = ("run", "test", ".ci/run", "subprojects/setup")
# Not ours to shape: fixes in the form of what they mend, lists, recorded data.
TEXTS = (".md", ".c", ".h", ".txt", ".ini", ".conf", ".service", ".rules", ".lock",
         ".patch", ".in", ".json") + OTHER


def files(root):
    """Every file of ours, relative to the root."""
    names = [root / name for name in SCRIPTS]
    names += [path for path in root.iterdir() if path.is_file()]
    for folder in FOLDERS:
        names += (root / folder).rglob("*")
    for path in sorted(set(names)):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix(), path


def findings_of(name, text, root):
    if rules.is_c(name):
        for rule in rules.C_RULES:
            yield from rule(name, text)
    elif name.endswith(OTHER) or name in SCRIPTS:
        for rule in rules.OTHER_RULES:
            # Data in XML has lines as long as its values.
            if not (rule is rules.lines and name.endswith((".ui", ".xml"))):
                yield from rule(name, text)
    if name.endswith(TEXTS) or "." not in name:
        yield from rules.places(name, text, str(root))


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    count = looked_at = 0
    for name, path in files(root):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        looked_at += 1
        for line, sentence in findings_of(name, text, root):
            print(f"{name}:{line}: {sentence}")
            count += 1
    for folder in FOLDERS:
        inside = root / folder
        if inside.is_dir() and any(inside.iterdir()) and not (inside / "README.md").is_file():
            print(f"{folder}/README.md:1: is missing: what it is for, what may not be done here")
            count += 1
    print(f"{looked_at} files, {count} findings")
    return 1 if count or looked_at < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
