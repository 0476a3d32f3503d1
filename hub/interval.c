/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Ends on multiples of the contract's interval, in order, the last one exactly at until_us. */
#include "interval.h"

#include <assert.h>

enum {
	/** A difference of the clocks that is a jump and not a busy machine, in monotonic time. */
	INTERVAL_JUMP_US = 2 * 1000 * 1000,
};

static int64_t multiple_before(const struct intervals *intervals, int64_t time_us)
{
	return time_us - time_us % intervals->interval_us;
}

void intervals_init(struct intervals *intervals, int64_t interval_us, int64_t until_us,
		    int64_t zero_us, int64_t speed, int64_t now_us, int64_t monotonic_us)
{
	assert(interval_us > 0 && speed > 0);
	*intervals = (struct intervals){
		.interval_us = interval_us,
		.until_us = until_us,
		.zero_us = zero_us,
		.speed = speed,
		.observed_from_us = now_us,
		.seen_us = now_us,
		.seen_monotonic_us = monotonic_us,
	};
	/* Before the register began there was nothing to measure. */
	intervals->next_end_us =
		multiple_before(intervals, now_us > zero_us ? now_us : zero_us) + interval_us;
	if (intervals->next_end_us > until_us)
		intervals->next_end_us = multiple_before(intervals, until_us);
}

void intervals_watch(struct intervals *intervals, int64_t now_us, int64_t monotonic_us)
{
	int64_t jump_us = now_us - intervals->seen_us -
			  (monotonic_us - intervals->seen_monotonic_us) * intervals->speed;
	int64_t allowed_us = INTERVAL_JUMP_US * intervals->speed;

	intervals->seen_us = now_us;
	intervals->seen_monotonic_us = monotonic_us;
	/* At until_us reading time stands still: that is no jump. */
	if ((jump_us >= -allowed_us && jump_us <= allowed_us) || now_us >= intervals->until_us)
		return;
	intervals->observed_from_us = now_us;
	/* Set back: what has been submitted bounds the next end, see intervals_due(). */
	if (jump_us < 0)
		intervals->next_end_us =
			multiple_before(intervals, now_us) + intervals->interval_us;
}

/** The end that is due: the next one, or a later one if too many have passed. */
static int64_t due_end_us(const struct intervals *intervals, int64_t now_us, int64_t own_end_us)
{
	int64_t end_us = intervals->next_end_us;
	int64_t newest_us = multiple_before(intervals, now_us);

	if (end_us <= own_end_us)
		end_us = multiple_before(intervals, own_end_us) + intervals->interval_us;
	if ((newest_us - end_us) / intervals->interval_us >= INTERVAL_BACKLOG_MAX)
		end_us = newest_us;
	return end_us;
}

static bool is_last_missing(const struct intervals *intervals, int64_t now_us, int64_t monotonic_us,
			    int64_t own_end_us)
{
	return now_us >= intervals->until_us && own_end_us < intervals->until_us &&
	       monotonic_us >= intervals->retry_monotonic_us;
}

bool intervals_due(const struct intervals *intervals, int64_t now_us, int64_t monotonic_us,
		   int64_t own_end_us, struct reading_body *ret_reading)
{
	int64_t end_us = due_end_us(intervals, now_us, own_end_us);
	int64_t start_us = own_end_us;
	int64_t hole_us;

	if (end_us > intervals->until_us &&
	    is_last_missing(intervals, now_us, monotonic_us, own_end_us))
		end_us = intervals->until_us;
	if (end_us > now_us || end_us > intervals->until_us)
		return false;
	if (own_end_us == 0)
		start_us = intervals->zero_us >= 0 && intervals->zero_us < end_us
				   ? intervals->zero_us
				   : end_us - intervals->interval_us;
	hole_us = intervals->observed_from_us - start_us;
	if (hole_us < 0)
		hole_us = 0;
	if (hole_us > end_us - start_us)
		hole_us = end_us - start_us;
	*ret_reading = (struct reading_body){
		.start_us = start_us,
		.end_us = end_us,
		.observed_us = end_us - start_us - hole_us,
		/* The first reading of all begins late by nature, if only by part of an interval.
		 */
		.quality = hole_us > (own_end_us == 0 ? intervals->interval_us : 0)
				   ? READING_RECOVERED
				   : READING_LIVE,
	};
	return true;
}

void intervals_submitted(struct intervals *intervals, int64_t end_us, int64_t monotonic_us)
{
	intervals->next_end_us = end_us + intervals->interval_us;
	intervals->retry_monotonic_us = monotonic_us + INTERVAL_RETRY_US;
}

int64_t intervals_next_us(const struct intervals *intervals)
{
	return intervals->next_end_us <= intervals->until_us ? intervals->next_end_us : INT64_MAX;
}
