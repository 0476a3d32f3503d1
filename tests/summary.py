# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up what the test runs of several build folders have recorded; the last line is the sum."""

import argparse
import json
import pathlib
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP", "IGNORED"}


def records(folder):
    """What meson wrote of the run, one object a test."""
    log = folder / "meson-logs" / "testlog.json"
    if not log.is_file():
        return None
    return [json.loads(line) for line in log.read_text().splitlines() if line.strip()]


def reason(record):
    """The last thing a skipped test said."""
    lines = (record.get("stdout", "") + record.get("stderr", "")).strip().splitlines()
    return lines[-1].strip() if lines else "it does not say why"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broken", type=int, default=0, help="builds that failed")
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    passed, failed, skipped = 0, options.broken, 0
    for folder in options.folders:
        found = records(folder)
        if found is None:
            print(f"{folder.name}: no test ran")
            failed += 1
            continue
        for record in found:
            name = f"{folder.name}: {record['name']}"
            if record["result"] in PASSED:
                passed += 1
            elif record["result"] in SKIPPED:
                skipped += 1
                print(f"skipped  {name}: {reason(record)}")
            else:
                failed += 1
                print(f"{record['result'].lower():8} {name}")
    sys.stdout.write(f"{passed} passed, {failed} failed, {skipped} skipped\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
