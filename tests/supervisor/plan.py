# SPDX-License-Identifier: GPL-3.0-or-later
"""The times of a demonstration: when its reading time begins and ends, and its intervals. Pure."""

import math

SECOND_US = 1000 * 1000
DAY_US = 24 * 3600 * SECOND_US
INTERVALS_S = (10, 30, 60, 300, 900, 3600)
INTERVAL_WALL_MIN_S = 0.2
SPEED_MAX = int(INTERVALS_S[-1] / INTERVAL_WALL_MIN_S)
SKEW_MAX_S = 3600
RATE_MAX = 1000


def interval_for(speed):
    """The shortest interval that lasts long enough on the wall to be agreed on one by one."""
    for interval_s in INTERVALS_S:
        if interval_s / speed >= INTERVAL_WALL_MIN_S:
            return interval_s
    return INTERVALS_S[-1]


class Plan:
    """from_us .. to_us of reading time; to_us is None where no end was asked for."""

    def __init__(self, speed=1, seconds=None, interval_s=None):
        self.speed = speed
        self.interval_s = interval_s or interval_for(speed)
        self.interval_us = self.interval_s * SECOND_US
        self.seconds, self.window_us = seconds, None
        if seconds is not None:
            count = max(1, int(seconds * speed * SECOND_US) // self.interval_us)
            self.window_us = count * self.interval_us
        self.from_us = self.epoch_us = self.to_us = None
        self.is_wall_clock = False

    def begin_at(self, now_us):
        """Now: at speed 1 reading time is the wall clock's, also before the first interval."""
        self._set_from(now_us - now_us % self.interval_us)
        self.is_wall_clock = self.speed == 1
        self.epoch_us = now_us if self.is_wall_clock else self.from_us
        if self.is_wall_clock and self.seconds is not None:
            end_us = now_us + int(self.seconds * SECOND_US)
            self.to_us = -(-end_us // self.interval_us) * self.interval_us

    def begin_in(self, start_us, length_us, time_of_day_us):
        """
        On a recording's first day at this time of day; earlier if it would else end before the
        window does, but never before its first midnight.
        """
        begin_us = start_us + time_of_day_us
        if self.window_us is not None:
            begin_us = min(begin_us, max(start_us, start_us + length_us - self.window_us))
        self._set_from(begin_us - begin_us % self.interval_us)
        self.epoch_us = self.from_us

    def _set_from(self, from_us):
        self.from_us = from_us
        self.to_us = None if self.window_us is None else from_us + self.window_us

    def contract(self):
        """The numbers of a contract that hang on the pace."""
        interval_wall_s = self.interval_s / self.speed
        return {
            "interval_s": self.interval_s,
            "skew_s": min(SKEW_MAX_S, max(2, 2 * self.speed)),
            "window": 64,
            "rate": min(RATE_MAX, max(8, math.ceil(10 / interval_wall_s))),
            "collect_ms": 300,
            "verdict_ms": 20,
            "timeout_ms": 1000,
            "timeout_max_ms": 4000,
            "standstill_ms": 1000,
        }
