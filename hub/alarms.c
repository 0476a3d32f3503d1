/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A short list kept newest first; the oldest falls off its end. */
#include "alarms.h"

#include <inttypes.h>
#include <stdio.h>

enum { COUNT_TEXT_MAX = 64 };

/** Copies what fits, cut between characters of UTF-8. */
static void copy_text(char *target, size_t size, const char *text)
{
	size_t length = strnlen(text, size);

	if (length == size) {
		length = size - 1;
		while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
			length--;
	}
	memmove(target, text, length);
	target[length] = '\0';
}

static size_t find(const struct alarms *alarms, const char *who, const char *what)
{
	char cut_who[sizeof(alarms->list[0].newest.who)];
	char cut_what[sizeof(alarms->list[0].newest.what)];
	size_t index;

	copy_text(cut_who, sizeof(cut_who), who);
	copy_text(cut_what, sizeof(cut_what), what);
	for (index = 0; index < alarms->count; index++)
		if (strcmp(alarms->list[index].newest.who, cut_who) == 0 &&
		    strcmp(alarms->list[index].newest.what, cut_what) == 0)
			break;
	return index;
}

bool alarms_raise(struct alarms *alarms, int64_t time_us, int64_t monotonic_us, const char *who,
		  const char *what, const char *why)
{
	size_t index = find(alarms, who, what);
	bool is_new = index == alarms->count;
	struct alarm alarm = {.first_monotonic_us = monotonic_us};

	if (!is_new) {
		alarm = alarms->list[index];
	} else if (alarms->count < VIEW_ALARMS_MAX) {
		alarms->count++;
	} else {
		index--;
		alarms->forgotten++;
	}
	alarm.newest.time_us = time_us;
	copy_text(alarm.newest.who, sizeof(alarm.newest.who), who);
	copy_text(alarm.newest.what, sizeof(alarm.newest.what), what);
	copy_text(alarm.newest.why, sizeof(alarm.newest.why), why);
	alarm.newest_monotonic_us = monotonic_us;
	alarm.count++;
	memmove(&alarms->list[1], &alarms->list[0], index * sizeof(alarms->list[0]));
	alarms->list[0] = alarm;
	return is_new;
}

const struct alarm *alarms_newest(const struct alarms *alarms, int64_t monotonic_us,
				  int64_t within_us)
{
	const struct alarm *newest = &alarms->list[0];

	if (alarms->count == 0 || monotonic_us - newest->newest_monotonic_us > within_us)
		return NULL;
	return newest;
}

/** "(312 times, 25 a second)"; empty for what happened once. */
static void count_text(const struct alarm *alarm, char text[static COUNT_TEXT_MAX])
{
	uint64_t span_ms =
		(uint64_t)(alarm->newest_monotonic_us - alarm->first_monotonic_us) / 1000;
	uint64_t repeats = alarm->count - 1;
	double per_second = span_ms > 0 ? (double)repeats * 1000.0 / (double)span_ms : 0.0;

	text[0] = '\0';
	if (repeats == 0)
		return;
	if (per_second >= 1.0)
		(void)snprintf(text, COUNT_TEXT_MAX, " (%" PRIu64 " times, %.0f a second)",
			       alarm->count, per_second);
	else if (per_second * 60.0 >= 1.0)
		(void)snprintf(text, COUNT_TEXT_MAX, " (%" PRIu64 " times, %.0f a minute)",
			       alarm->count, per_second * 60.0);
	else
		(void)snprintf(text, COUNT_TEXT_MAX, " (%" PRIu64 " times)", alarm->count);
}

void alarms_show(const struct alarms *alarms, struct view *view)
{
	view->alarm_count = alarms->count;
	for (size_t index = 0; index < alarms->count; index++) {
		const struct alarm *alarm = &alarms->list[index];
		struct view_alarm *shown = &view->alarms[index];
		char count[COUNT_TEXT_MAX];
		size_t size;

		count_text(alarm, count);
		*shown = alarm->newest;
		/* The count is never cut off: a long sentence gives way to it. */
		copy_text(shown->why, sizeof(shown->why) - strlen(count), alarm->newest.why);
		size = strlen(shown->why);
		memcpy(shown->why + size, count, strlen(count) + 1);
	}
}
