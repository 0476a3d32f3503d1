# SPDX-License-Identifier: GPL-3.0-or-later
"""What an appliance truly consumed, computed from its recording alone, never from a node.

A recording has lines `day/month/year hour:minute:second;watts[;more]`. The first watt column
counts, times are UTC, a sample holds until the next one but at most 60 s (what is beyond is a gap
and has no energy), the last of equal time stamps wins. The recording repeats with a period of whole
days from midnight of its first day; its last sample does not hold beyond the period's end.
"""

import calendar
import gzip
import pathlib
import re

SECOND_US = 1000 * 1000
DAY_US = 24 * 3600 * SECOND_US
HOLD_US = 60 * SECOND_US
MW_US_PER_MWH = 3600 * SECOND_US
WATTS_MAX = 1000 * 1000
RESERVED = {"hub", "config", "log"}

_LINE = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{1,4}) ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2});"
    r"([0-9]{1,7})(?:\.([0-9]{1,3}))?(?:;.*)?$")
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class TraceError(Exception):
    """A file or folder that is not a recording; says which and why."""


def _parse_line(line):
    """(time_us, power_mw), or None for a line that is wrong."""
    match = _LINE.match(line)
    if not match:
        return None
    day, month, year, hour, minute, second, watts = (int(part) for part in match.groups()[:7])
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60 and year >= 1970):
        return None
    leap = month == 2 and calendar.isleap(year)
    if not 1 <= day <= _DAYS_IN_MONTH[month - 1] + leap:
        return None
    power_mw = watts * 1000 + int((match.group(8) or "0").ljust(3, "0"))
    if power_mw > WATTS_MAX * 1000:
        return None
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    return seconds * SECOND_US, power_mw


class Trace:
    """One recording as spans of constant power within one period."""

    def __init__(self, text, name="trace"):
        samples = {}
        self.refused_lines = 0
        for line in text.split("\n"):
            line = line[:-1] if line.endswith("\r") else line
            if not line:
                continue
            sample = _parse_line(line)
            if sample is None:
                self.refused_lines += 1
            else:
                samples[sample[0]] = sample[1]
        if not samples:
            raise TraceError(f"'{name}' has not one good line")
        times = sorted(samples)
        self.start_us = times[0] - times[0] % DAY_US
        self.length_us = (times[-1] // DAY_US + 1) * DAY_US - self.start_us
        self.spans = []
        for time_us, next_us in zip(times, times[1:] + [self.start_us + self.length_us]):
            end_us = min(next_us, time_us + HOLD_US)
            self.spans.append((time_us - self.start_us, end_us - self.start_us, samples[time_us]))

    def _clipped(self, from_us, to_us):
        """(start, end, mw) of what holds in from..to, in order."""
        period = (from_us - self.start_us) // self.length_us
        while True:
            base_us = self.start_us + period * self.length_us
            if base_us >= to_us:
                return
            for start_us, end_us, power_mw in self.spans:
                start_us = max(base_us + start_us, from_us)
                end_us = min(base_us + end_us, to_us)
                if start_us < end_us:
                    yield start_us, end_us, power_mw
            period += 1

    def energy_mw_us(self, from_us, to_us):
        """Exact energy in milliwatt-microseconds."""
        return sum((end - start) * power for start, end, power in self._clipped(from_us, to_us))

    def energy_mwh(self, from_us, to_us):
        """As a register that was 0 at from_us shows it at to_us."""
        return self.energy_mw_us(from_us, to_us) // MW_US_PER_MWH

    def gaps(self, from_us, to_us):
        """How many times in from..to no sample holds."""
        count = 0
        covered_us = from_us
        for start_us, end_us, _ in self._clipped(from_us, to_us):
            count += start_us > covered_us
            covered_us = end_us
        return count + (covered_us < to_us)


def _read(path):
    path = pathlib.Path(path)
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError, ValueError) as error:
        raise TraceError(f"'{path}' cannot be read: {error}") from error
    return data.decode("utf-8", "replace")


def load(path):
    """Reads one recording, compressed or not."""
    return Trace(_read(path), pathlib.Path(path).name)


def days(path):
    """(start_us, length_us) of a recording as Trace has them, without looking at every sample."""
    found = {}
    for line in _read(path).split("\n"):
        found.setdefault(line.split(" ", 1)[0], line)
    # One line of a day may be wrong where another is good: then all of it is read.
    samples = [_parse_line(line.rstrip("\r")) for line in found.values() if line]
    if not samples or None in samples:
        trace = load(path)
        return trace.start_us, trace.length_us
    starts = [time_us - time_us % DAY_US for time_us, _ in samples]
    return min(starts), max(starts) + DAY_US - min(starts)


def find(directory):
    """The recordings of a folder, as {name: path} in order of name; one appliance a file."""
    found = {}
    directory = pathlib.Path(directory)
    if not directory.is_dir():
        raise TraceError(f"'{directory}' is not a folder")
    for path in sorted(directory.iterdir()):
        match = re.match(r"(.+?)\.csv(\.gz)?$", path.name)
        if not match or not path.is_file():
            continue
        name = re.sub(r"[^A-Za-z0-9_-]", "-", match.group(1))[:28]
        if name[0].isdigit():
            name = f"n{name}"
        if name in RESERVED or name in found:
            name += "-2"
        found[name] = path
    if not found:
        raise TraceError(f"'{directory}' has no recordings (NAME.csv or NAME.csv.gz)")
    return found
