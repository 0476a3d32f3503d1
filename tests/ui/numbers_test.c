/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the panel writes numbers. */
#include "ui/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct sample {
	int64_t number;
	const char *text;
};

#define NBSP  "\xc2\xa0"
#define MINUS "\xe2\x88\x92"

static void power_is_written_for_two_metres(void **state)
{
	static const struct sample samples[] = {
		{0, "0" NBSP "W"},
		{1, "<1" NBSP "W"},
		{499, "<1" NBSP "W"},
		{500, "1" NBSP "W"},
		{-499, "0" NBSP "W"},
		{-500, MINUS "1" NBSP "W"},
		{999499, "999" NBSP "W"},
		{1234000, "1,234" NBSP "W"},
		{9999499, "9,999" NBSP "W"},
		{9999500, "10.00" NBSP "kW"},
		{12345678, "12.35" NBSP "kW"},
		{-12345678, MINUS "12.35" NBSP "kW"},
		{99994999, "99.99" NBSP "kW"},
		{99995000, "100.0" NBSP "kW"},
		{1234567890, "1,235" NBSP "kW"},
		{INT64_MAX, "999,999" NBSP "kW"},
		{INT64_MIN, MINUS "999,999" NBSP "kW"},
	};
	char text[SMI_NUMBER_TEXT_MAX];

	(void)state;
	for (size_t k = 0; k < sizeof(samples) / sizeof(*samples); k++) {
		smi_number_power_text(samples[k].number, text, sizeof(text));
		assert_string_equal(text, samples[k].text);
	}
}

static void energy_is_in_kilowatt_hours(void **state)
{
	static const struct sample samples[] = {
		{0, "0.00" NBSP "kWh"},
		{4999, "0.00" NBSP "kWh"},
		{5000, "0.01" NBSP "kWh"},
		{994999, "0.99" NBSP "kWh"},
		{995000, "1.0" NBSP "kWh"},
		{6412000, "6.4" NBSP "kWh"},
		{999949999, "999.9" NBSP "kWh"},
		{999950000, "1,000" NBSP "kWh"},
		{1234567890, "1,235" NBSP "kWh"},
		{-6412000, MINUS "6.4" NBSP "kWh"},
		{INT64_MAX, "999,999,999" NBSP "kWh"},
	};
	char text[SMI_NUMBER_TEXT_MAX];
	struct smi_number number;

	(void)state;
	for (size_t k = 0; k < sizeof(samples) / sizeof(*samples); k++) {
		smi_number_energy(samples[k].number, &number);
		smi_number_join(&number, text, sizeof(text));
		assert_string_equal(text, samples[k].text);
	}
}

static void age_is_in_its_largest_unit(void **state)
{
	static const struct sample samples[] = {
		{INT64_MIN, "just now"},
		{-5, "just now"},
		{4, "just now"},
		{5, "5" NBSP "s ago"},
		{59, "59" NBSP "s ago"},
		{60, "1" NBSP "min ago"},
		{3599, "59" NBSP "min ago"},
		{3600, "1" NBSP "h ago"},
		{172799, "47" NBSP "h ago"},
		{172800, "2" NBSP "days ago"},
		{86400000, "long ago"},
	};
	char text[SMI_NUMBER_TEXT_MAX];

	(void)state;
	for (size_t k = 0; k < sizeof(samples) / sizeof(*samples); k++) {
		const int64_t age_s = samples[k].number;

		smi_number_age_text(age_s == INT64_MIN ? age_s : age_s * 1000000, text,
				    sizeof(text));
		assert_string_equal(text, samples[k].text);
	}
}

static void span_is_in_words(void **state)
{
	char text[SMI_NUMBER_TEXT_MAX];

	(void)state;
	smi_number_span_text(INT64_C(60) * 1000000, text, sizeof(text));
	assert_string_equal(text, "1 minute");
	smi_number_span_text(INT64_C(600) * 1000000, text, sizeof(text));
	assert_string_equal(text, "10 minutes");
	smi_number_span_text(INT64_C(36000) * 1000000, text, sizeof(text));
	assert_string_equal(text, "10 hours");
	smi_number_span_text(INT64_C(864000) * 1000000, text, sizeof(text));
	assert_string_equal(text, "10 days");
}

static void share_stays_between_nothing_and_all(void **state)
{
	(void)state;
	assert_int_equal(smi_number_permille(0, 0), 0);
	assert_int_equal(smi_number_permille(-5, 100), 0);
	assert_int_equal(smi_number_permille(5, -100), 0);
	assert_int_equal(smi_number_permille(1, 3), 333);
	assert_int_equal(smi_number_permille(7, 3), 1000);
	assert_int_equal(smi_number_permille(INT64_MAX / 2, INT64_MAX), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_is_written_for_two_metres),
		cmocka_unit_test(energy_is_in_kilowatt_hours),
		cmocka_unit_test(age_is_in_its_largest_unit),
		cmocka_unit_test(span_is_in_words),
		cmocka_unit_test(share_stays_between_nothing_and_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
