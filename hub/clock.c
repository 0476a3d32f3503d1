/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Wall clock to reading time; the only file of the daemon that asks the system for the time. */
#include "clock.h"

#include <time.h>

#include "base/checked.h"

static int64_t clock_system_us(clockid_t id)
{
	struct timespec now;

	/* Cannot fail for the clocks that this file asks for. */
	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_reading_at(const struct clock_settings *clock, int64_t realtime_us)
{
	int64_t time_us = realtime_us;

	if (clock->is_scaled) {
		int64_t elapsed_us;

		/* Before its origin a demonstration's clock stands still. */
		if (realtime_us <= clock->origin_us)
			elapsed_us = 0;
		else if (checked_subtract(realtime_us, clock->origin_us, &elapsed_us) < 0)
			return clock->until_us;
		if (checked_multiply(elapsed_us, clock->speed, &elapsed_us) < 0 ||
		    checked_add(clock->epoch_us, elapsed_us, &time_us) < 0)
			time_us = INT64_MAX;
	}
	if (time_us < 0)
		return 0;
	return time_us < clock->until_us ? time_us : clock->until_us;
}

int64_t clock_delay_us(const struct clock_settings *clock, int64_t now_us, int64_t target_us)
{
	int64_t speed = clock->is_scaled ? clock->speed : 1;
	int64_t left_us;

	if (target_us > clock->until_us || checked_subtract(target_us, now_us, &left_us) < 0 ||
	    left_us <= 0)
		return 0;
	return left_us / speed + (left_us % speed != 0);
}

int64_t clock_reading_us(const struct clock_settings *clock)
{
	return clock_reading_at(clock, clock_system_us(CLOCK_REALTIME));
}

int64_t clock_monotonic_us(void)
{
	return clock_system_us(CLOCK_MONOTONIC);
}

/** Midnight @days after that of @local, in microseconds. */
static int64_t clock_midnight_us(const struct tm *local, int days)
{
	struct tm midnight = {
		.tm_year = local->tm_year,
		.tm_mon = local->tm_mon,
		.tm_mday = local->tm_mday + days,
		.tm_isdst = -1,
	};

	return (int64_t)mktime(&midnight) * CLOCK_SECOND_US;
}

struct clock_day clock_local_day(int64_t time_us)
{
	time_t seconds = (time_t)(time_us / CLOCK_SECOND_US);
	struct clock_day day = {.start_us = 0, .end_us = INT64_MAX};
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return day;
	day.start_us = clock_midnight_us(&local, 0);
	day.end_us = clock_midnight_us(&local, 1);
	/* Where midnight itself is skipped by a change of the hour, mktime may land after us. */
	if (day.start_us > time_us)
		day.start_us = time_us;
	if (day.end_us <= time_us)
		day.end_us = time_us + CLOCK_SECOND_US;
	return day;
}
