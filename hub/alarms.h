/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The newest alarms, newest first: bounded, and what repeats is one alarm with a count and a rate.
 * Pure.
 */
#pragma once

#include "view.h"

/** One thing that happened, once or many times. */
struct alarm {
	struct view_alarm newest; /**< As last reported, why without the count. */
	uint64_t count;
	int64_t first_monotonic_us;
	int64_t newest_monotonic_us;
};

struct alarms {
	struct alarm list[VIEW_ALARMS_MAX]; /**< Newest first. */
	size_t count;
	uint64_t forgotten; /**< Older ones that no longer fit. */
};

/**
 * Adds an alarm, or counts it to the one with the same @who and @what, which becomes the newest.
 * Texts are copied and cut where they are too long. True if it is a new one.
 */
bool alarms_raise(struct alarms *alarms, int64_t time_us, int64_t monotonic_us, const char *who,
		  const char *what, const char *why);

/** The newest alarm of the last @within_us of monotonic time, or NULL. Borrowed until the next
 * call. */
const struct alarm *alarms_newest(const struct alarms *alarms, int64_t monotonic_us,
				  int64_t within_us);

/** Fills the view's alarms; repeated ones say how often and how fast. */
void alarms_show(const struct alarms *alarms, struct view *view);
