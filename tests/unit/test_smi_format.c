/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Numbers of the command line at the edges where their form changes. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hub/smi_format.h"

enum { KILO = 1000 };

#define MEGA64 INT64_C(1000000)

static void assert_power(int64_t power_mw, const char *expected)
{
	char text[SMI_TEXT_MAX];

	smi_power_text(power_mw, text);
	assert_string_equal(text, expected);
}

UNIT_TEST(power_is_in_watts_up_to_ten_kilowatts)
{
	assert_power(0, "0 W");
	assert_power(1, "<1 W");
	assert_power(499, "<1 W");
	assert_power(500, "1 W");
	assert_power(999499, "999 W");
	assert_power(1234567, "1,235 W");
	assert_power(9999499, "9,999 W");
}

UNIT_TEST(power_beyond_is_in_kilowatts)
{
	assert_power(9999500, "10.00 kW");
	assert_power(12345678, "12.35 kW");
	assert_power(99994999, "99.99 kW");
	assert_power(99995000, "100.0 kW");
	assert_power(123456789, "123.5 kW");
	assert_power(INT64_C(1234567890), "1,235 kW");
	assert_power(INT64_MAX, "9,223,372,036,855 kW");
}

UNIT_TEST(power_may_be_negative)
{
	assert_power(-1, "0 W");
	assert_power(-1500, "-2 W");
	assert_power(-12345678, "-12.35 kW");
	assert_power(INT64_MIN, "-9,223,372,036,855 kW");
}

static void assert_energy(int64_t energy_mwh, const char *expected)
{
	char text[SMI_TEXT_MAX];

	smi_energy_text(energy_mwh, text);
	assert_string_equal(text, expected);
}

UNIT_TEST(energy_is_in_kilowatt_hours)
{
	assert_energy(0, "0.00 kWh");
	assert_energy(420 * KILO, "0.42 kWh");
	assert_energy(994999, "0.99 kWh");
	assert_energy(995000, "1.0 kWh");
	assert_energy(6420 * KILO, "6.4 kWh");
	assert_energy(999949 * KILO, "999.9 kWh");
	assert_energy(INT64_C(999950000), "1,000 kWh");
	assert_energy(-6420 * KILO, "-6.4 kWh");
	assert_energy(-1, "0.00 kWh");
	assert_energy(INT64_MIN, "-9,223,372,036,855 kWh");
}

UNIT_TEST(a_register_shows_what_has_been_reached)
{
	char text[SMI_TEXT_MAX];

	smi_register_text(0, text);
	assert_string_equal(text, "0.000 kWh");
	smi_register_text(INT64_C(1234567999), text);
	assert_string_equal(text, "1,234.567 kWh");
	smi_register_text(INT64_MAX, text);
	assert_string_equal(text, "9,223,372,036,854.775 kWh");
	smi_register_text(INT64_MIN, text);
	assert_string_equal(text, "-9,223,372,036,854.775 kWh");
}

UNIT_TEST(counts_are_grouped_by_three)
{
	static const struct {
		uint64_t count;
		const char *text;
	} cases[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1,000"},
		{1234567, "1,234,567"},
		{UINT64_MAX, "18,446,744,073,709,551,615"},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		char text[SMI_TEXT_MAX];

		smi_count_text(cases[index].count, text);
		assert_string_equal(text, cases[index].text);
	}
}

UNIT_TEST(ages_are_in_the_unit_that_fits)
{
	static const struct {
		int64_t age_us;
		const char *text;
	} cases[] = {
		{INT64_MIN, "just now"},
		{5 * MEGA64 - 1, "just now"},
		{5 * MEGA64, "5 s ago"},
		{60 * MEGA64 - 1, "59 s ago"},
		{60 * MEGA64, "1 min ago"},
		{3600 * MEGA64, "1 h ago"},
		{48 * 3600 * MEGA64 - 1, "47 h ago"},
		{48 * 3600 * MEGA64, "2 days ago"},
		{INT64_MAX, "long ago"},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		char text[SMI_TEXT_MAX];

		smi_age_text(cases[index].age_us, text);
		assert_string_equal(text, cases[index].text);
	}
}

UNIT_TEST(times_that_no_calendar_holds_are_a_dash)
{
	const int64_t noon_us = 1791201600 * MEGA64;
	char text[SMI_TEXT_MAX];

	smi_time_text(noon_us, text);
	assert_string_equal(text, "2026-10-05 12:00:00");
	smi_clock_text(noon_us, noon_us + 3600 * MEGA64, text);
	assert_string_equal(text, "12:00:00");
	smi_clock_text(noon_us, noon_us + 86400 * MEGA64, text);
	assert_string_equal(text, "2026-10-05 12:00:00");
	smi_clock_text(noon_us, 0, text);
	assert_string_equal(text, "2026-10-05 12:00:00");
	smi_time_text(0, text);
	assert_string_equal(text, "-");
	smi_time_text(-1, text);
	assert_string_equal(text, "-");
	smi_time_text(INT64_MAX, text);
	assert_string_equal(text, "-");
}

static void assert_bar(int64_t part, int64_t whole, bool is_utf8, const char *expected)
{
	char text[SMI_BAR_MAX];

	smi_bar_text(part, whole, 4, is_utf8, text);
	assert_string_equal(text, expected);
}

UNIT_TEST(a_bar_is_proportional_and_shows_what_is_not_zero)
{
	assert_bar(0, 100, true, "    ");
	assert_bar(-5, 100, true, "    ");
	assert_bar(5, 0, true, "    ");
	assert_bar(1, 1000 * 1000, true, "\xe2\x96\x8f   ");
	assert_bar(50, 100, true, "\xe2\x96\x88\xe2\x96\x88  ");
	assert_bar(100, 100, true, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88");
	assert_bar(INT64_MAX, 1, true, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88");
	assert_bar(1, 1000, false, "#   ");
	assert_bar(50, 100, false, "##  ");
	assert_bar(INT64_MAX - 1, INT64_MAX, false, "####");
}

UNIT_TEST(a_bar_never_outgrows_its_buffer)
{
	char text[SMI_BAR_MAX];

	smi_bar_text(1, 1, UINT32_MAX, true, text);
	assert_int_equal(strlen(text), SMI_BAR_CELLS_MAX * 3);
}

UNIT_TEST(a_line_never_drives_the_terminal)
{
	char text[8];

	smi_line_clean("K\xc3\xbc"
		       "che",
		       text, sizeof(text));
	assert_string_equal(text, "K\xc3\xbc"
				  "che");
	smi_line_clean("\x1b[2J", text, sizeof(text));
	assert_string_equal(text, "?[2J");
	smi_line_clean("a\nb\xc2\x9bx", text, sizeof(text));
	assert_string_equal(text, "a?b??x");
	smi_line_clean("abcdef\xc3\xbc", text, sizeof(text));
	assert_string_equal(text, "abcdef?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_is_in_watts_up_to_ten_kilowatts),
		cmocka_unit_test(power_beyond_is_in_kilowatts),
		cmocka_unit_test(power_may_be_negative),
		cmocka_unit_test(energy_is_in_kilowatt_hours),
		cmocka_unit_test(a_register_shows_what_has_been_reached),
		cmocka_unit_test(counts_are_grouped_by_three),
		cmocka_unit_test(ages_are_in_the_unit_that_fits),
		cmocka_unit_test(times_that_no_calendar_holds_are_a_dash),
		cmocka_unit_test(a_bar_is_proportional_and_shows_what_is_not_zero),
		cmocka_unit_test(a_bar_never_outgrows_its_buffer),
		cmocka_unit_test(a_line_never_drives_the_terminal),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
