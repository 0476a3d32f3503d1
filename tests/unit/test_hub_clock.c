/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reading time out of the wall clock. */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "hub/clock.h"

#define HOUR_US (INT64_C(3600) * CLOCK_SECOND_US)

static const struct clock_settings scaled = {
	.is_scaled = true, .epoch_us = 1000, .origin_us = 500, .speed = 10, .until_us = 5000};

UNIT_TEST(reading_time_is_the_wall_clock_unless_told_otherwise)
{
	struct clock_settings clock = {.until_us = INT64_MAX};

	assert_int_equal(clock_reading_at(&clock, 1234567), 1234567);
	assert_int_equal(clock_reading_at(&clock, -5), 0);
}

UNIT_TEST(reading_time_runs_faster_and_stops_at_until)
{
	assert_int_equal(clock_reading_at(&scaled, 500), 1000);
	assert_int_equal(clock_reading_at(&scaled, 600), 2000);
	assert_int_equal(clock_reading_at(&scaled, 490), 1000); /* Not begun yet. */
	assert_int_equal(clock_reading_at(&scaled, 900), 5000);
	assert_int_equal(clock_reading_at(&scaled, 5000), 5000);
	assert_int_equal(clock_reading_at(&scaled, INT64_MAX), 5000);
	assert_int_equal(clock_reading_at(&scaled, INT64_MIN), 1000);
}

UNIT_TEST(a_delay_is_wall_time_rounded_up)
{
	assert_int_equal(clock_delay_us(&scaled, 1000, 1001), 1);
	assert_int_equal(clock_delay_us(&scaled, 1000, 1010), 1);
	assert_int_equal(clock_delay_us(&scaled, 1000, 1011), 2);
	assert_int_equal(clock_delay_us(&scaled, 1000, 1000), 0);
	assert_int_equal(clock_delay_us(&scaled, 1000, 900), 0);
	assert_int_equal(clock_delay_us(&scaled, 1000, 5001), 0);
}

UNIT_TEST(monotonic_time_does_not_run_back)
{
	int64_t before_us = clock_monotonic_us();

	assert_true(clock_monotonic_us() >= before_us);
}

UNIT_TEST(a_local_day_has_23_24_or_25_hours)
{
	/* 2026-03-29 and 2026-10-25, when Berlin changes its clocks; noon UTC. */
	struct clock_day spring;
	struct clock_day summer;
	struct clock_day autumn;

	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	spring = clock_local_day(INT64_C(1774785600) * CLOCK_SECOND_US);
	summer = clock_local_day(INT64_C(1782907200) * CLOCK_SECOND_US);
	autumn = clock_local_day(INT64_C(1792929600) * CLOCK_SECOND_US);
	assert_int_equal(spring.end_us - spring.start_us, 23 * HOUR_US);
	assert_int_equal(summer.end_us - summer.start_us, 24 * HOUR_US);
	assert_int_equal(autumn.end_us - autumn.start_us, 25 * HOUR_US);
	assert_int_equal(spring.start_us, INT64_C(1774738800) * CLOCK_SECOND_US);
}

UNIT_TEST(midnight_belongs_to_the_day_it_begins)
{
	struct clock_day day;

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	day = clock_local_day(INT64_C(86400) * CLOCK_SECOND_US);
	assert_int_equal(day.start_us, INT64_C(86400) * CLOCK_SECOND_US);
	assert_int_equal(clock_local_day(day.end_us - 1).start_us, day.start_us);
	assert_int_equal(clock_local_day(day.end_us).start_us, day.end_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_time_is_the_wall_clock_unless_told_otherwise),
		cmocka_unit_test(reading_time_runs_faster_and_stops_at_until),
		cmocka_unit_test(a_delay_is_wall_time_rounded_up),
		cmocka_unit_test(monotonic_time_does_not_run_back),
		cmocka_unit_test(a_local_day_has_23_24_or_25_hours),
		cmocka_unit_test(midnight_belongs_to_the_day_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
