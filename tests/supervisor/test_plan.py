# SPDX-License-Identifier: GPL-3.0-or-later
"""plan.py: windows and intervals."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from supervisor.plan import DAY_US, SECOND_US, SPEED_MAX, Plan, interval_for  # noqa: E402

MIDNIGHT = 1327017600 * SECOND_US
HOUR_US = 3600 * SECOND_US


class Plans(unittest.TestCase):
    def test_interval_lasts_a_fifth_of_a_second(self):
        speeds = (1, 50, 51, 150, 301, 1440, 1501, 18000)
        self.assertEqual([interval_for(speed) for speed in speeds],
                         [10, 10, 30, 30, 300, 300, 900, 3600])
        self.assertEqual(SPEED_MAX, 18000)

    def test_a_minute_at_1440_is_the_whole_day(self):
        plan = Plan(1440, 60)
        plan.begin_in(MIDNIGHT, DAY_US, 17 * HOUR_US)
        self.assertEqual((plan.from_us, plan.to_us), (MIDNIGHT, MIDNIGHT + DAY_US))

    def test_it_begins_at_this_time_of_day(self):
        plan = Plan(1, 60)
        plan.begin_in(MIDNIGHT, DAY_US, 17 * HOUR_US + 3 * SECOND_US)
        self.assertEqual(plan.from_us, MIDNIGHT + 17 * HOUR_US)
        self.assertEqual(plan.to_us - plan.from_us, 60 * SECOND_US)

    def test_it_moves_back_to_fit(self):
        plan = Plan(60, 60)
        plan.begin_in(MIDNIGHT, DAY_US, 23 * HOUR_US + 30 * 60 * SECOND_US)
        self.assertEqual(plan.to_us, MIDNIGHT + DAY_US)
        self.assertEqual(plan.from_us, MIDNIGHT + 23 * HOUR_US)

    def test_never_before_the_first_midnight(self):
        plan = Plan(1440, 120)
        plan.begin_in(MIDNIGHT, DAY_US, HOUR_US)
        self.assertEqual((plan.from_us, plan.to_us), (MIDNIGHT, MIDNIGHT + 2 * DAY_US))

    def test_ends_are_multiples_of_the_interval(self):
        plan = Plan(7, 33)
        plan.begin_at(MIDNIGHT + 12345678)
        self.assertEqual(plan.from_us % plan.interval_us, 0)
        self.assertEqual(plan.to_us % plan.interval_us, 0)
        self.assertEqual(plan.epoch_us, plan.from_us)

    def test_at_speed_1_it_is_the_wall_clock(self):
        plan = Plan(1)
        plan.begin_at(MIDNIGHT + 12345678)
        self.assertEqual((plan.from_us, plan.epoch_us),
                         (MIDNIGHT + 10 * SECOND_US, MIDNIGHT + 12345678))

    def test_without_an_end_there_is_none(self):
        plan = Plan(1)
        plan.begin_at(MIDNIGHT)
        self.assertIsNone(plan.to_us)

    def test_at_speed_1_it_lasts_as_long_as_asked_and_ends_with_an_interval(self):
        plan = Plan(1, 12)
        plan.begin_at(MIDNIGHT + 9 * SECOND_US)
        self.assertEqual(plan.to_us, MIDNIGHT + 30 * SECOND_US)

    def test_shortest_run_has_one_interval(self):
        plan = Plan(10, 0.3)
        plan.begin_at(MIDNIGHT)
        self.assertEqual(plan.to_us - plan.from_us, 10 * SECOND_US)


if __name__ == "__main__":
    unittest.main()
