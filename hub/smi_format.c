/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Writes numbers for people; knows units and rounding, nothing of the bus. */
#include "smi_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

enum {
	SECOND_US = 1000 * 1000,
	MINUTE_S = 60,
	HOUR_S = 60 * MINUTE_S,
	DAY_S = 24 * HOUR_S,
	EIGHTHS = 8,
};

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
}

/** Half away from zero, as people round. */
static uint64_t divide_rounded(uint64_t value, uint64_t divisor)
{
	return value / divisor + (value % divisor >= divisor - value % divisor ? 1 : 0);
}

void smi_count_text(uint64_t count, char ret_text[static SMI_TEXT_MAX])
{
	char digits[SMI_TEXT_MAX];
	size_t size = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t written = 0;

	for (size_t index = 0; index < size; index++) {
		if (index > 0 && (size - index) % 3 == 0)
			ret_text[written++] = ',';
		ret_text[written++] = digits[index];
	}
	ret_text[written] = '\0';
}

/** @value in units of 10^-decimals: "-1,234.56 kW". */
static void write_number(bool is_negative, uint64_t value, unsigned int decimals, const char *unit,
			 char ret_text[static SMI_TEXT_MAX])
{
	static const unsigned int scales[] = {1, 10, 100, 1000};
	const uint64_t scale = scales[decimals];
	const char *sign = is_negative && value > 0 ? "-" : "";
	char whole[SMI_TEXT_MAX];

	smi_count_text(value / scale, whole);
	if (decimals == 0)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%s%.32s %s", sign, whole, unit);
	else
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%s%.32s.%0*" PRIu64 " %s", sign, whole,
			       (int)decimals, value % scale, unit);
}

void smi_power_text(int64_t power_mw, char ret_text[static SMI_TEXT_MAX])
{
	const uint64_t power = magnitude(power_mw);
	const uint64_t watts = divide_rounded(power, 1000);
	const bool is_negative = power_mw < 0;

	if (watts == 0 && power_mw > 0)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "<1 W");
	else if (watts < 10 * 1000)
		write_number(is_negative, watts, 0, "W", ret_text);
	else if (divide_rounded(power, 10 * 1000) < 10 * 1000)
		write_number(is_negative, divide_rounded(power, 10 * 1000), 2, "kW", ret_text);
	else if (divide_rounded(power, 100 * 1000) < 10 * 1000)
		write_number(is_negative, divide_rounded(power, 100 * 1000), 1, "kW", ret_text);
	else
		write_number(is_negative, divide_rounded(power, 1000 * 1000), 0, "kW", ret_text);
}

void smi_energy_text(int64_t energy_mwh, char ret_text[static SMI_TEXT_MAX])
{
	const uint64_t energy = magnitude(energy_mwh);
	const uint64_t hundredths = divide_rounded(energy, 10 * 1000);
	const uint64_t tenths = divide_rounded(energy, 100 * 1000);
	const bool is_negative = energy_mwh < 0;

	if (hundredths < 100)
		write_number(is_negative, hundredths, 2, "kWh", ret_text);
	else if (tenths < 10 * 1000)
		write_number(is_negative, tenths, 1, "kWh", ret_text);
	else
		write_number(is_negative, divide_rounded(energy, 1000 * 1000), 0, "kWh", ret_text);
}

void smi_register_text(int64_t energy_mwh, char ret_text[static SMI_TEXT_MAX])
{
	/* A meter's register does not round up: what it shows has been reached. */
	write_number(energy_mwh < 0, magnitude(energy_mwh) / 1000, 3, "kWh", ret_text);
}

void smi_age_text(int64_t age_us, char ret_text[static SMI_TEXT_MAX])
{
	const int64_t age_s = age_us / SECOND_US;

	if (age_s < 5)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "just now");
	else if (age_s < MINUTE_S)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%" PRId64 " s ago", age_s);
	else if (age_s < HOUR_S)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%" PRId64 " min ago", age_s / MINUTE_S);
	else if (age_s < 2 * DAY_S)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%" PRId64 " h ago", age_s / HOUR_S);
	else if (age_s < (int64_t)1000 * DAY_S)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "%" PRId64 " days ago", age_s / DAY_S);
	else
		(void)snprintf(ret_text, SMI_TEXT_MAX, "long ago");
}

/** Local calendar of @time_us. False for times before 1970 and after the year 9999. */
static bool to_calendar(int64_t time_us, struct tm *ret_calendar)
{
	const time_t seconds = time_us / SECOND_US;

	return time_us > 0 && localtime_r(&seconds, ret_calendar) &&
	       ret_calendar->tm_year < 9999 - 1900;
}

void smi_time_text(int64_t time_us, char ret_text[static SMI_TEXT_MAX])
{
	struct tm calendar;

	if (!to_calendar(time_us, &calendar) ||
	    strftime(ret_text, SMI_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &calendar) == 0)
		(void)snprintf(ret_text, SMI_TEXT_MAX, "-");
}

void smi_clock_text(int64_t time_us, int64_t now_us, char ret_text[static SMI_TEXT_MAX])
{
	struct tm calendar;
	struct tm now;

	if (!to_calendar(time_us, &calendar) || !to_calendar(now_us, &now) ||
	    calendar.tm_yday != now.tm_yday || calendar.tm_year != now.tm_year ||
	    strftime(ret_text, SMI_TEXT_MAX, "%H:%M:%S", &calendar) == 0)
		smi_time_text(time_us, ret_text);
}

static unsigned int eighths_of(int64_t part, int64_t whole, unsigned int cells)
{
	const unsigned int full = cells * EIGHTHS;
	unsigned int filled;

	if (part <= 0 || whole <= 0)
		return 0;
	if (part >= whole)
		return full;
	filled = (unsigned int)((double)part / (double)whole * (double)full + 0.5);
	return filled == 0 ? 1 : filled;
}

void smi_bar_text(int64_t part, int64_t whole, unsigned int cells, bool is_utf8,
		  char ret_text[static SMI_BAR_MAX])
{
	/* U+258F to U+2588: one eighth to the whole of a block; three bytes, the last counts down.
	 */
	const unsigned char block[] = {0xe2, 0x96, 0x90};
	const unsigned int width = cells < SMI_BAR_CELLS_MAX ? cells : SMI_BAR_CELLS_MAX;
	const unsigned int filled = eighths_of(part, whole, width);
	size_t size = 0;

	for (unsigned int cell = 0; cell < width; cell++) {
		const unsigned int left = filled > cell * EIGHTHS ? filled - cell * EIGHTHS : 0;
		const unsigned int eighths = left < EIGHTHS ? left : EIGHTHS;

		if (eighths == 0) {
			ret_text[size++] = ' ';
		} else if (!is_utf8) {
			ret_text[size++] = eighths >= EIGHTHS / 2 || cell == 0 ? '#' : ' ';
		} else {
			ret_text[size++] = (char)block[0];
			ret_text[size++] = (char)block[1];
			ret_text[size++] = (char)(block[2] - eighths);
		}
	}
	ret_text[size] = '\0';
}

void smi_line_clean(const char *text, char *ret_text, size_t size)
{
	const size_t length = strnlen(text, size - 1);
	const bool is_clean = utf8_is_printable(BYTES((const uint8_t *)text, length));

	for (size_t index = 0; index < length; index++) {
		const char byte = text[index];

		ret_text[index] = is_clean || (byte >= ' ' && byte <= '~') ? byte : '?';
	}
	ret_text[length] = '\0';
}
