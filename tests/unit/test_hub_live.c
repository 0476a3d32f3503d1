/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The live home: sums, ages, days. */
#include "unit.h"

#include "hub/live.h"

#define S INT64_C(1000000)

enum {
	KETTLE = 0,
	LAMP = 1,
	POWER_MW_MAX = 25 * 1000 * 1000,
};

static struct live new_home(void)
{
	struct live live;
	struct clock_day day = {.start_us = 1, .end_us = 1000 * S};

	live_init(&live, 2, 1, POWER_MW_MAX);
	live_begin_day(&live, &day);
	live_connect(&live, KETTLE, true, 0);
	live_connect(&live, LAMP, true, 0);
	return live;
}

static enum register_event sample(struct live *live, unsigned int source, int64_t power_mw,
				  int64_t energy_mwh, int64_t monotonic_us)
{
	struct reading reading = {
		.source = source,
		.time_us = 50 * S + monotonic_us,
		.has_power = power_mw >= 0,
		.power_mw = power_mw,
		.has_energy = true,
		.energy_mwh = energy_mwh,
	};

	return live_sample(live, &reading, monotonic_us);
}

static void assert_home(const struct live *live, int64_t monotonic_us, int64_t power_mw,
			int64_t not_attributed_mw)
{
	struct live_home home = live_home(live, monotonic_us);

	assert_true(home.is_known);
	assert_int_equal(home.power_mw, power_mw);
	assert_int_equal(home.not_attributed_mw, not_attributed_mw);
}

UNIT_TEST(nothing_is_known_before_the_first_sample)
{
	struct live live = new_home();

	assert_false(live_home(&live, S).is_known);
	assert_int_equal(live_state(&live, KETTLE, S), VIEW_DEVICE_ABSENT);
	assert_int_equal(live_state(&live, KETTLE, 4 * S), VIEW_DEVICE_STALE);
}

UNIT_TEST(without_a_main_meter_the_home_is_its_devices)
{
	struct live live = new_home();

	(void)sample(&live, KETTLE, 2000000, 10, S);
	(void)sample(&live, LAMP, 9000, 10, S);
	assert_home(&live, S, 2009000, -1);
}

UNIT_TEST(the_main_meter_shows_what_no_device_accounts_for)
{
	struct live live = new_home();

	(void)sample(&live, KETTLE, 2000000, 10, S);
	(void)sample(&live, LIVE_MAIN, 2300000, 10, S);
	assert_home(&live, S, 2300000, 300000);
}

UNIT_TEST(a_home_is_never_less_than_its_devices)
{
	struct live live = new_home();

	/* Pulses tell of a kettle only when the next one comes. */
	(void)sample(&live, LIVE_MAIN, 100000, 10, S);
	(void)sample(&live, KETTLE, 2000000, 10, S);
	assert_home(&live, S, 2000000, 0);
}

UNIT_TEST(a_silent_device_is_stale_after_three_periods_and_not_counted)
{
	struct live live = new_home();

	(void)sample(&live, KETTLE, 2000000, 10, S);
	(void)sample(&live, LAMP, 9000, 10, 4 * S);
	assert_int_equal(live_state(&live, KETTLE, 4 * S), VIEW_DEVICE_LIVE);
	assert_home(&live, 4 * S, 2009000, -1);
	assert_int_equal(live_state(&live, KETTLE, 4 * S + 1), VIEW_DEVICE_STALE);
	assert_home(&live, 4 * S + 1, 9000, -1);
}

UNIT_TEST(a_device_without_a_session_is_absent)
{
	struct live live = new_home();

	(void)sample(&live, KETTLE, 2000000, 10, S);
	live_connect(&live, KETTLE, false, S);
	assert_int_equal(live_state(&live, KETTLE, S), VIEW_DEVICE_ABSENT);
	assert_false(live_home(&live, S).is_known);
}

UNIT_TEST(a_gap_in_the_power_is_shown_as_stale_with_the_last_value)
{
	struct live live = new_home();
	struct view view = {0};

	(void)sample(&live, KETTLE, 2000000, 10, S);
	for (int64_t second = 2; second <= 5; second++)
		(void)sample(&live, KETTLE, -1, 11, second * S);
	live_show(&live, 4 * S, &view);
	assert_int_equal(view.devices[KETTLE].state, VIEW_DEVICE_LIVE);
	live_show(&live, 5 * S, &view);
	assert_int_equal(view.devices[KETTLE].state, VIEW_DEVICE_STALE);
	assert_int_equal(view.devices[KETTLE].power_mw, 2000000);
	assert_int_equal(view.devices[KETTLE].energy_mwh, 11);
}

UNIT_TEST(today_begins_at_midnight_for_all)
{
	struct live live = new_home();
	struct clock_day tomorrow = {.start_us = 1000 * S, .end_us = 2000 * S};
	struct view view = {0};

	(void)sample(&live, KETTLE, 0, 1000, S);
	(void)sample(&live, KETTLE, 0, 1500, 2 * S);
	(void)sample(&live, LIVE_MAIN, 0, 7000, 2 * S);
	live_show(&live, 2 * S, &view);
	assert_int_equal(view.devices[KETTLE].energy_today_mwh, 500);
	live_begin_day(&live, &tomorrow);
	(void)sample(&live, KETTLE, 0, 1600, 3 * S);
	live_begin_day(&live, &tomorrow);
	(void)sample(&live, LIVE_MAIN, 0, 7300, 3 * S);
	live_show(&live, 3 * S, &view);
	assert_int_equal(view.devices[KETTLE].energy_today_mwh, 100);
	assert_int_equal(view.energy_today_mwh, 300);
	assert_int_equal(view.energy_mwh, 7300);
}

UNIT_TEST(a_day_goes_on_after_a_restart)
{
	struct live live = new_home();
	struct view view = {0};

	live_resume_day(&live, KETTLE, 1, 400);
	(void)sample(&live, KETTLE, 0, 1000, S);
	/* Another day's midnight is of no use. */
	live_resume_day(&live, LAMP, 77, 400);
	(void)sample(&live, LAMP, 0, 1000, S);
	live_show(&live, S, &view);
	assert_int_equal(view.devices[KETTLE].energy_today_mwh, 600);
	assert_int_equal(view.devices[LAMP].energy_today_mwh, 0);
}

UNIT_TEST(a_register_that_dips_is_held_and_told)
{
	struct live live = new_home();

	assert_int_equal(sample(&live, KETTLE, 0, 1000, S), REGISTER_FIRST);
	assert_int_equal(sample(&live, KETTLE, 0, 3, 2 * S), REGISTER_DIP);
	assert_int_equal(live.sources[KETTLE].energy.energy_mwh, 1000);
}

UNIT_TEST(sums_beyond_the_range_are_bounded)
{
	struct live live = new_home();

	(void)sample(&live, KETTLE, INT64_MAX, 10, S);
	(void)sample(&live, LAMP, INT64_MAX, 10, S);
	assert_home(&live, S, INT64_MAX, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_the_first_sample),
		cmocka_unit_test(without_a_main_meter_the_home_is_its_devices),
		cmocka_unit_test(the_main_meter_shows_what_no_device_accounts_for),
		cmocka_unit_test(a_home_is_never_less_than_its_devices),
		cmocka_unit_test(a_silent_device_is_stale_after_three_periods_and_not_counted),
		cmocka_unit_test(a_device_without_a_session_is_absent),
		cmocka_unit_test(a_gap_in_the_power_is_shown_as_stale_with_the_last_value),
		cmocka_unit_test(today_begins_at_midnight_for_all),
		cmocka_unit_test(a_day_goes_on_after_a_restart),
		cmocka_unit_test(a_register_that_dips_is_held_and_told),
		cmocka_unit_test(sums_beyond_the_range_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
