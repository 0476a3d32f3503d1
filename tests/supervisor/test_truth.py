# SPDX-License-Identifier: GPL-3.0-or-later
"""truth.py against cases computed by hand."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from supervisor import truth  # noqa: E402

S = truth.SECOND_US
# 20 January 2012, 00:00 UTC: `date -u -d 2012-01-20 +%s`.
MIDNIGHT = 1327017600 * S


def trace(*lines):
    return truth.Trace("\n".join(lines))


class Truth(unittest.TestCase):
    def test_day_begins_at_midnight_utc(self):
        one = trace("20/01/2012 13:00:00;5")
        self.assertEqual(one.start_us, MIDNIGHT)
        self.assertEqual(one.length_us, 86400 * S)

    def test_sample_holds_until_the_next(self):
        # 3600 W for 10 s are 10 Wh, then 1800 W for 20 s are 10 Wh.
        one = trace("20/01/2012 00:00:00;3600;9", "20/01/2012 00:00:10;1800;9",
                    "20/01/2012 00:00:30;0;0")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 30 * S), 20000)
        self.assertEqual(one.energy_mwh(MIDNIGHT + 5 * S, MIDNIGHT + 11 * S), 5000 + 500)

    def test_sample_holds_at_most_a_minute(self):
        # 60 s of 60 W are 1 Wh; the four minutes after them are a gap.
        one = trace("20/01/2012 00:00:00;60", "20/01/2012 00:05:00;0")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 300 * S), 1000)
        self.assertEqual(one.gaps(MIDNIGHT, MIDNIGHT + 360 * S), 1)
        self.assertEqual(one.gaps(MIDNIGHT, MIDNIGHT + 60 * S), 0)

    def test_minute_exactly_is_no_gap(self):
        one = trace("20/01/2012 00:00:00;60", "20/01/2012 00:01:00;60")
        self.assertEqual(one.gaps(MIDNIGHT, MIDNIGHT + 120 * S), 0)
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 120 * S), 2000)

    def test_last_of_equal_time_stamps_wins(self):
        one = trace("20/01/2012 00:00:00;9999", "20/01/2012 00:00:00;36", "20/01/2012 00:00:10;0")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 10 * S), 100)

    def test_lines_out_of_order_are_sorted(self):
        one = trace("20/01/2012 00:00:10;0", "20/01/2012 00:00:00;36")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 20 * S), 100)

    def test_wrong_lines_are_left_out(self):
        one = trace("20/01/2012 00:00:00;36", "nonsense", "20/01/2012 00:00:05;-7",
                    "31/02/2012 00:00:05;7", "20/01/2012 24:00:05;7", "20/01/2012 00:00:05;7x",
                    "20/01/2012 00:00:05;1000001", "", "20/01/2012 00:00:10;0")
        self.assertEqual(one.refused_lines, 6)
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 10 * S), 100)

    def test_recording_repeats_by_days(self):
        one = trace("20/01/2012 12:00:00;3600", "20/01/2012 12:00:10;0")
        noon = MIDNIGHT + 12 * 3600 * S
        for day in (-3, 0, 1, 40):
            base = noon + day * truth.DAY_US
            self.assertEqual(one.energy_mwh(base - S, base + 60 * S), 10000)
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 5 * truth.DAY_US), 50000)

    def test_two_days_are_one_period(self):
        one = trace("20/01/2012 12:00:00;3600", "20/01/2012 12:00:10;0", "21/01/2012 01:00:00;0")
        self.assertEqual(one.length_us, 2 * truth.DAY_US)
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 4 * truth.DAY_US), 20000)

    def test_last_sample_ends_with_the_recording(self):
        # From 23:59:50 it holds 10 s, not 60: the next day begins with what it has at midnight.
        one = trace("20/01/2012 00:00:30;0", "20/01/2012 23:59:50;3600")
        end = MIDNIGHT + truth.DAY_US
        self.assertEqual(one.energy_mwh(end - 60 * S, end + 30 * S), 10000)

    def test_before_the_first_sample_is_a_gap(self):
        one = trace("20/01/2012 00:00:30;36")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 40 * S), 100)
        self.assertEqual(one.gaps(MIDNIGHT, MIDNIGHT + 90 * S), 1)
        self.assertEqual(one.gaps(MIDNIGHT, MIDNIGHT + 91 * S), 2)

    def test_fraction_of_a_watt_counts(self):
        one = trace("20/01/2012 00:00:00;3.6", "20/01/2012 00:00:10;0")
        self.assertEqual(one.energy_mwh(MIDNIGHT, MIDNIGHT + 10 * S), 10)

    def test_empty_recording_is_refused(self):
        with self.assertRaises(truth.TraceError):
            trace("nonsense")

    def test_days_are_those_of_the_whole_recording(self):
        for lines in (("21/01/2012 00:00:00;1", "20/01/2012 23:00:00;1"),
                      ("20/01/2012 00:00:00;x", "20/01/2012 01:00:00;1", "21/01/2012 01:00:00;1")):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "x.csv"
                path.write_text("\r\n".join(lines))
                self.assertEqual(truth.days(path), (MIDNIGHT, 2 * truth.DAY_US))

    def test_it_agrees_with_those_who_made_our_own_day(self):
        folder = pathlib.Path(__file__).resolve().parents[1] / "traces"
        made = dict(line.split(";") for line in (folder / "energies.txt").read_text().split())
        found = {}
        for name, path in truth.find(folder).items():
            day = truth.load(path)
            found[name] = day.energy_mwh(day.start_us, day.start_us + truth.DAY_US)
        self.assertEqual(found, {name: int(energy) for name, energy in made.items()})

    def test_names_come_from_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("tea maker.csv", "hub.csv", "lamp.csv.gz", "README.md"):
                (pathlib.Path(folder) / name).write_bytes(b"")
            self.assertEqual(sorted(truth.find(folder)), ["hub-2", "lamp", "tea-maker"])

    def test_folder_without_recordings_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(truth.TraceError):
                truth.find(folder)


if __name__ == "__main__":
    unittest.main()
