/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The process's one clock. Reading time is what readings carry; it may run faster than the wall
 * clock in demonstrations. Monotonic time paces everything that waits and never scales.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_SPEED_MAX = 100 * 1000,
	CLOCK_SECOND_US = 1000 * 1000,
};

/** Reading time = epoch_us + (wall clock - origin_us) * speed, never beyond until_us. */
struct clock_settings {
	bool is_scaled;	  /**< False: reading time is the wall clock, epoch and origin do not count.
			   */
	int64_t epoch_us; /**< Reading time at origin_us. */
	int64_t origin_us;  /**< CLOCK_REALTIME, microseconds since 1970. */
	unsigned int speed; /**< 1 .. CLOCK_SPEED_MAX. */
	int64_t until_us;   /**< Reading time stops here; INT64_MAX: never. */
};

/** A local day in reading time: start_us <= time < end_us. */
struct clock_day {
	int64_t start_us;
	int64_t end_us;
};

/** Reading time at a time of the wall clock. Pure; what would overflow stays at the bound. */
int64_t clock_reading_at(const struct clock_settings *clock, int64_t realtime_us);

/** Wall microseconds until reading time is @target_us, 0 if it is or never will be. Pure. */
int64_t clock_delay_us(const struct clock_settings *clock, int64_t now_us, int64_t target_us);

/** Reading time now. */
int64_t clock_reading_us(const struct clock_settings *clock);

/** Monotonic time now, that of the event loop. */
int64_t clock_monotonic_us(void);

/** The local day (time zone of the process) that holds @time_us; a day may have 23 or 25 hours. */
struct clock_day clock_local_day(int64_t time_us);
