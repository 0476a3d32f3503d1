/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A recorded trace from text to a profile; the bytes come from load_file.c.
 *
 *	20/01/2012 07:14:03;1998;1997
 *	day/month/year hour:minute:second;watts[;anything]
 *
 * A sample holds until the next, at most LOAD_HOLD_US and never past the recording's end: what
 * follows a gap of a minute, or the last midnight, is not known. So one whole day of a recording
 * has the same energy whichever repetition it is.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "load_private.h"

enum {
	HOLD_S = LOAD_HOLD_US / 1000000,
	SAMPLES_FIRST = 4096, /* Room for the first samples; grows by doubling. */
	YEAR_MIN = 1970,
	YEAR_MAX = 2999,
	WATTS_MAX = LOAD_POWER_MW_MAX / 1000,
};

struct sample {
	int64_t time_s;
	uint32_t power_mw;
	uint32_t line; /* Of two samples of one second the later line counts. */
};

struct samples {
	struct sample *data;
	size_t count;
	size_t capacity;
};

struct cursor {
	const uint8_t *next;
	const uint8_t *end;
};

_printf_(3, 4) static int refuse(struct load_error *error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return code;
}

/** 1..@digits_max digits; false leaves *ret_value alone. */
static bool take_number(struct cursor *cursor, unsigned int digits_max, unsigned int *ret_value)
{
	unsigned int value = 0;
	unsigned int digits = 0;

	while (cursor->next < cursor->end && *cursor->next >= '0' && *cursor->next <= '9') {
		if (++digits > digits_max)
			return false;
		value = value * 10 + (unsigned int)(*cursor->next++ - '0');
	}
	if (digits == 0)
		return false;
	*ret_value = value;
	return true;
}

static bool take_byte(struct cursor *cursor, char byte)
{
	if (cursor->next == cursor->end || *cursor->next != (uint8_t)byte)
		return false;
	cursor->next++;
	return true;
}

static bool is_leap_year(unsigned int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int days_of_month(unsigned int year, unsigned int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap_year(year) ? 1u : 0u);
}

/** Days since 1970-01-01, Gregorian calendar. */
static int64_t days_since_epoch(unsigned int year, unsigned int month, unsigned int day)
{
	int64_t before = (int64_t)year - 1;
	int64_t days = before * 365 + before / 4 - before / 100 + before / 400;

	for (unsigned int passed = 1; passed < month; passed++)
		days += days_of_month(year, passed);
	return days + day - 1 - 719162;
}

static bool take_time(struct cursor *cursor, int64_t *ret_time_s)
{
	unsigned int day;
	unsigned int month;
	unsigned int year;
	unsigned int hour;
	unsigned int minute;
	unsigned int second;

	if (!take_number(cursor, 2, &day) || !take_byte(cursor, '/') ||
	    !take_number(cursor, 2, &month) || !take_byte(cursor, '/') ||
	    !take_number(cursor, 4, &year) || !take_byte(cursor, ' ') ||
	    !take_number(cursor, 2, &hour) || !take_byte(cursor, ':') ||
	    !take_number(cursor, 2, &minute) || !take_byte(cursor, ':') ||
	    !take_number(cursor, 2, &second))
		return false;
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_time_s = days_since_epoch(year, month, day) * LOAD_DAY_S + (int64_t)hour * 3600 +
		      (int64_t)minute * 60 + (int64_t)second;
	return true;
}

/** Watts with up to three decimals. */
static bool take_watts(struct cursor *cursor, uint32_t *ret_power_mw)
{
	unsigned int watts;
	unsigned int scale = 1000;
	unsigned int milliwatts = 0;

	if (!take_number(cursor, 7, &watts) || watts > WATTS_MAX)
		return false;
	if (take_byte(cursor, '.')) {
		const uint8_t *decimals = cursor->next;

		if (!take_number(cursor, 3, &milliwatts))
			return false;
		for (; decimals < cursor->next; decimals++)
			scale /= 10;
	}
	milliwatts = watts * 1000 + milliwatts * scale;
	if (milliwatts > LOAD_POWER_MW_MAX)
		return false;
	*ret_power_mw = milliwatts;
	return true;
}

static bool parse_line(struct bytes line, struct sample *ret_sample)
{
	struct cursor cursor = {.next = line.data, .end = line.data + line.size};

	if (!take_time(&cursor, &ret_sample->time_s) || !take_byte(&cursor, ';') ||
	    !take_watts(&cursor, &ret_sample->power_mw))
		return false;
	return cursor.next == cursor.end || *cursor.next == ';';
}

static int add_sample(struct samples *samples, const struct sample *sample)
{
	size_t capacity = samples->capacity > 0 ? 2 * samples->capacity : SAMPLES_FIRST;
	struct sample *data;

	if (samples->count == LOAD_SAMPLES_MAX)
		return -EFBIG;
	if (samples->count == samples->capacity) {
		data = realloc(samples->data, capacity * sizeof(*data));
		if (!data)
			return -ENOMEM;
		samples->data = data;
		samples->capacity = capacity;
	}
	samples->data[samples->count++] = *sample;
	return 0;
}

static struct bytes take_line(struct bytes *text)
{
	const uint8_t *newline = memchr(text->data, '\n', text->size);
	size_t size = newline ? (size_t)(newline - text->data) : text->size;
	size_t taken = newline ? size + 1 : size;
	struct bytes line = BYTES(text->data, size);

	*text = BYTES(text->data + taken, text->size - taken);
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

/** Good lines go to @samples; @ret_first_refused is the first other one, 0 if there is none. */
static int read_lines(struct bytes text, struct samples *samples, unsigned int *ret_refused,
		      unsigned int *ret_first_refused)
{
	unsigned int line_number = 0;
	unsigned int refused = 0;

	*ret_first_refused = 0;
	while (text.size > 0) {
		struct bytes line = take_line(&text);
		struct sample sample = {.line = ++line_number};

		if (line.size == 0)
			continue;
		if (parse_line(line, &sample)) {
			int r = add_sample(samples, &sample);

			if (r < 0)
				return r;
		} else if (refused++ == 0) {
			*ret_first_refused = line_number;
		}
	}
	*ret_refused = refused;
	return 0;
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *first = a;
	const struct sample *second = b;

	if (first->time_s != second->time_s)
		return first->time_s < second->time_s ? -1 : 1;
	return first->line < second->line ? -1 : 1;
}

static void sort_samples(struct samples *samples)
{
	bool is_sorted = true;

	for (size_t index = 1; index < samples->count && is_sorted; index++)
		is_sorted = compare_samples(&samples->data[index - 1], &samples->data[index]) < 0;
	if (!is_sorted)
		qsort(samples->data, samples->count, sizeof(*samples->data), compare_samples);
}

/** Each sample becomes at most a step and a gap behind it. */
static void fill_profile(struct load_profile *profile, const struct samples *samples,
			 int64_t start_s, uint32_t length_s)
{
	for (size_t index = 0; index < samples->count; index++) {
		const struct sample *sample = &samples->data[index];
		uint32_t time_s = (uint32_t)(sample->time_s - start_s);
		uint32_t next_s = length_s;

		if (index + 1 < samples->count)
			next_s = (uint32_t)(sample[1].time_s - start_s);
		load_profile_append(profile, time_s, LOAD_PROFILE_GAP);
		load_profile_append(profile, next_s - time_s > HOLD_S ? time_s + HOLD_S : next_s,
				    sample->power_mw);
	}
	load_profile_append(profile, length_s, LOAD_PROFILE_GAP);
}

static int new_recording(const struct samples *samples, struct load **ret_load,
			 struct load_error *error)
{
	_cleanup_(freep) struct load *load = calloc(1, sizeof(*load));
	int64_t first_day = samples->data[0].time_s / LOAD_DAY_S;
	int64_t days = samples->data[samples->count - 1].time_s / LOAD_DAY_S - first_day + 1;

	if (days > LOAD_DAYS_MAX)
		return refuse(error, -EFBIG, "spans %lld days, more than %d", (long long)days,
			      LOAD_DAYS_MAX);
	if (!load || load_profile_init(&load->profile, 2 * samples->count + 1) < 0)
		return refuse(error, -ENOMEM, "no memory for %zu samples", samples->count);
	fill_profile(&load->profile, samples, first_day * LOAD_DAY_S,
		     (uint32_t)(days * LOAD_DAY_S));
	load_profile_shrink(&load->profile);
	load->start_us = first_day * LOAD_DAY_US;
	load->length_us = days * LOAD_DAY_US;
	*ret_load = TAKE(load);
	return 0;
}

int load_new_trace(struct bytes text, struct load **ret_load, struct load_error *error)
{
	struct samples samples = {0};
	_cleanup_(freep) struct sample *owned = NULL;
	unsigned int refused = 0;
	unsigned int first_refused;
	int r;

	if (text.size > LOAD_TRACE_SIZE_MAX)
		return refuse(error, -EFBIG, "more than %d bytes", LOAD_TRACE_SIZE_MAX);
	r = read_lines(text, &samples, &refused, &first_refused);
	owned = samples.data;
	if (r == -EFBIG)
		return refuse(error, r, "more than %d samples", LOAD_SAMPLES_MAX);
	if (r < 0)
		return refuse(error, r, "no memory for more than %zu samples", samples.count);
	if (samples.count == 0 && first_refused > 0)
		return refuse(
			error, -EBADMSG,
			"line %u: not 'day/month/year hour:minute:second;watts', nor any other",
			first_refused);
	if (samples.count == 0)
		return refuse(error, -EBADMSG, "not one line");
	sort_samples(&samples);
	r = new_recording(&samples, ret_load, error);
	if (r == 0)
		(*ret_load)->refused_lines = refused;
	return r;
}
