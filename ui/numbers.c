/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes numbers for people; knows units and rounding, nothing of devices or widgets. */
#include "ui/numbers.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define MINUS	       "\xe2\x88\x92" /* U+2212, as wide as a digit */
#define NO_BREAK_SPACE "\xc2\xa0"     /* U+00A0 */

enum {
	SECOND_US = 1000000,
	MINUTE_S = 60,
	HOUR_S = 60 * MINUTE_S,
	DAY_S = 24 * HOUR_S,
};

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
}

/* Half away from zero, as people round. */
static uint64_t divide_rounded(uint64_t value, uint64_t divisor)
{
	return value / divisor + (value % divisor >= divisor - value % divisor ? 1 : 0);
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
	return value < limit ? value : limit;
}

/* Writes sign and digits in groups of three: 1234567 is "1,234,567". */
static void write_grouped(bool is_negative, uint64_t value, char *ret_text, size_t size)
{
	const char *sign = is_negative ? MINUS : "";
	int written;

	assert(value <= SMI_NUMBER_POWER_LIMIT_W);
	if (value < 1000)
		written = snprintf(ret_text, size, "%s%" PRIu64, sign, value);
	else if (value < 1000000)
		written = snprintf(ret_text, size, "%s%" PRIu64 ",%03" PRIu64, sign, value / 1000,
				   value % 1000);
	else
		written = snprintf(ret_text, size, "%s%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, sign,
				   value / 1000000, value / 1000 % 1000, value % 1000);
	assert(written > 0 && (size_t)written < size);
}

static void write_decimals(bool is_negative, uint64_t value, unsigned int decimals,
			   struct smi_number *number)
{
	const uint64_t scale = decimals == 2 ? 100 : 10;
	const int written =
		snprintf(number->value, sizeof(number->value), "%s%" PRIu64 ".%0*" PRIu64,
			 is_negative ? MINUS : "", value / scale, (int)decimals, value % scale);

	assert(written > 0 && (size_t)written < sizeof(number->value));
}

static void write_unit(const char *unit, struct smi_number *number)
{
	const int written = snprintf(number->unit, sizeof(number->unit), "%s", unit);

	assert(written > 0 && (size_t)written < sizeof(number->unit));
}

void smi_number_power(int64_t power_mw, struct smi_number *ret_number)
{
	const uint64_t power = magnitude(power_mw);
	const uint64_t watts = divide_rounded(power, 1000);
	const bool is_negative = power_mw < 0 && watts > 0;

	if (watts == 0 && power_mw > 0) {
		(void)snprintf(ret_number->value, sizeof(ret_number->value), "<1");
		write_unit("W", ret_number);
	} else if (watts < 10000) {
		write_grouped(is_negative, watts, ret_number->value, sizeof(ret_number->value));
		write_unit("W", ret_number);
	} else {
		const uint64_t tens = divide_rounded(power, 10000);
		const uint64_t hundreds = divide_rounded(power, 100000);
		const uint64_t kilowatts = divide_rounded(power, 1000000);

		if (tens < 10000)
			write_decimals(is_negative, tens, 2, ret_number);
		else if (hundreds < 10000)
			write_decimals(is_negative, hundreds, 1, ret_number);
		else
			write_grouped(is_negative,
				      at_most(kilowatts, SMI_NUMBER_POWER_LIMIT_W / 1000),
				      ret_number->value, sizeof(ret_number->value));
		write_unit("kW", ret_number);
	}
}

void smi_number_energy(int64_t energy_mwh, struct smi_number *ret_number)
{
	const uint64_t energy = magnitude(energy_mwh);
	const uint64_t hundredths = divide_rounded(energy, 10000);
	const uint64_t tenths = divide_rounded(energy, 100000);
	const uint64_t whole = divide_rounded(energy, 1000000);
	const bool is_negative = energy_mwh < 0 && hundredths > 0;

	if (hundredths < 100)
		write_decimals(is_negative, hundredths, 2, ret_number);
	else if (tenths < 10000)
		write_decimals(is_negative, tenths, 1, ret_number);
	else
		write_grouped(is_negative, at_most(whole, SMI_NUMBER_ENERGY_LIMIT_KWH),
			      ret_number->value, sizeof(ret_number->value));
	write_unit("kWh", ret_number);
}

void smi_number_join(const struct smi_number *number, char *ret_text, size_t size)
{
	(void)snprintf(ret_text, size, "%s" NO_BREAK_SPACE "%s", number->value, number->unit);
}

void smi_number_power_text(int64_t power_mw, char *ret_text, size_t size)
{
	struct smi_number number;

	smi_number_power(power_mw, &number);
	smi_number_join(&number, ret_text, size);
}

void smi_number_age_text(int64_t age_us, char *ret_text, size_t size)
{
	const int64_t age_s = age_us / SECOND_US;

	if (age_s < 5)
		(void)snprintf(ret_text, size, "just now");
	else if (age_s < MINUTE_S)
		(void)snprintf(ret_text, size, "%" PRId64 NO_BREAK_SPACE "s ago", age_s);
	else if (age_s < HOUR_S)
		(void)snprintf(ret_text, size, "%" PRId64 NO_BREAK_SPACE "min ago",
			       age_s / MINUTE_S);
	else if (age_s < 2 * DAY_S)
		(void)snprintf(ret_text, size, "%" PRId64 NO_BREAK_SPACE "h ago", age_s / HOUR_S);
	else if (age_s < (int64_t)1000 * DAY_S)
		(void)snprintf(ret_text, size, "%" PRId64 NO_BREAK_SPACE "days ago", age_s / DAY_S);
	else
		(void)snprintf(ret_text, size, "long ago");
}

void smi_number_span_text(int64_t span_us, char *ret_text, size_t size)
{
	const int64_t span_s = span_us / SECOND_US;
	int64_t count = span_s / MINUTE_S;
	const char *unit = "minute";

	if (span_s >= 2 * DAY_S) {
		count = span_s / DAY_S;
		unit = "day";
	} else if (span_s >= 2 * HOUR_S) {
		count = span_s / HOUR_S;
		unit = "hour";
	}
	(void)snprintf(ret_text, size, "%" PRId64 " %s%s", count, unit, count == 1 ? "" : "s");
}

unsigned int smi_number_permille(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	if (part >= whole)
		return 1000;
	if (part > INT64_MAX / 1000)
		return (unsigned int)(part / (whole / 1000));
	return (unsigned int)(part * 1000 / whole);
}
