/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Generated loads: a pure function of seed and time, exact, and like a home that lives. */
#include "unit.h"

#include <errno.h>

#include "drivers/load.h"
#include "failing_allocation.h"

#define SECOND_US INT64_C(1000000)
#define DAY_US	  (86400 * SECOND_US)
#define START_US  (19700 * DAY_US) /* 9 December 2023 */

enum { KINDS_MAX = 32 };

DEFINE_CLEANUP(struct load *, load_free);

static struct load *load_or_fail(const char *kind, uint64_t seed)
{
	struct load *load = NULL;

	assert_int_equal(load_new_generator(kind, seed, &load), 0);
	return load;
}

UNIT_TEST(every_listed_kind_can_be_made_and_no_other)
{
	unsigned int count = 0;
	struct load *none = NULL;

	for (const char *const *kind = load_kinds(); *kind; kind++, count++) {
		_cleanup_(load_freep) struct load *load = load_or_fail(*kind, 1);
		int64_t start_us;
		int64_t length_us;

		load_recording(load, &start_us, &length_us);
		assert_int_equal(start_us, 0);
		assert_int_equal(length_us, 0);
		assert_int_equal(load_refused_lines(load), 0);
		assert_true(load_is_observed(load, START_US));
	}
	assert_int_equal(count, 16);
	assert_int_equal(load_new_generator("perpetual-motion", 1, &none), -ENOENT);
	assert_int_equal(load_new_generator("", 1, &none), -ENOENT);
	assert_null(none);
}

UNIT_TEST(power_does_not_depend_on_what_was_asked_before)
{
	uint64_t seed = 5;

	for (const char *const *kind = load_kinds(); *kind; kind++) {
		_cleanup_(load_freep) struct load *asked = load_or_fail(*kind, 42);

		for (unsigned int turn = 0; turn < 40; turn++) {
			int64_t time_us =
				START_US + seeded_between(&seed, -DAY_US * 800, DAY_US * 800);
			_cleanup_(load_freep) struct load *restarted = load_or_fail(*kind, 42);

			assert_int_equal(load_power_mw(asked, time_us),
					 load_power_mw(restarted, time_us));
		}
	}
}

UNIT_TEST(energy_is_the_sum_of_all_seconds)
{
	for (const char *const *kind = load_kinds(); *kind; kind++) {
		_cleanup_(load_freep) struct load *load = load_or_fail(*kind, 7);
		struct energy energy = {0};
		int64_t sum_mw_s = 0;
		int64_t from_s = 19700 * 86400 - 5000; /* Over midnight. */

		for (int64_t second = from_s; second < from_s + 90000; second++)
			sum_mw_s += load_power_mw(load, second * SECOND_US);
		load_add_energy(load, from_s * SECOND_US, (from_s + 90000) * SECOND_US, &energy);
		assert_int_equal(energy.mwh, sum_mw_s / 3600);
		assert_int_equal(energy.rest_mw_us, sum_mw_s % 3600 * SECOND_US);
	}
}

UNIT_TEST(two_years_are_the_sum_of_their_hours_although_days_are_forgotten)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("refrigerator", 9);
	struct energy whole = {0};
	struct energy sum = {0};

	load_add_energy(load, START_US, START_US + 730 * DAY_US, &whole);
	for (int64_t hour = 0; hour < 730 * 24; hour++)
		load_add_energy(load, START_US + hour * DAY_US / 24,
				START_US + (hour + 1) * DAY_US / 24, &sum);
	assert_int_equal(sum.mwh, whole.mwh);
	assert_int_equal(sum.rest_mw_us, whole.rest_mw_us);
}

UNIT_TEST(another_seed_is_another_appliance)
{
	for (const char *const *kind = load_kinds(); *kind; kind++) {
		_cleanup_(load_freep) struct load *one = load_or_fail(*kind, 1);
		_cleanup_(load_freep) struct load *other = load_or_fail(*kind, 2);
		struct energy one_energy = {0};
		struct energy other_energy = {0};

		load_add_energy(one, START_US, START_US + 30 * DAY_US, &one_energy);
		load_add_energy(other, START_US, START_US + 30 * DAY_US, &other_energy);
		assert_int_not_equal(one_energy.mwh, other_energy.mwh);
	}
}

/** Kilowatt-hours of a span of days. */
static int64_t consumed_kwh(const char *kind, uint64_t seed, int64_t day, int64_t days)
{
	_cleanup_(load_freep) struct load *load = load_or_fail(kind, seed);
	struct energy energy = {0};

	load_add_energy(load, day * DAY_US, (day + days) * DAY_US, &energy);
	return energy.mwh / 1000000;
}

UNIT_TEST(the_weather_drives_what_it_drives_in_a_real_home)
{
	const int64_t january = 19723;
	const int64_t july = january + 182;

	for (uint64_t seed = 1; seed < 6; seed++) {
		assert_true(consumed_kwh("heat-pump", seed, january, 30) >
			    3 * consumed_kwh("heat-pump", seed, july, 30));
		assert_true(consumed_kwh("refrigerator", seed, january, 30) <
			    consumed_kwh("refrigerator", seed, july, 30));
		assert_true(consumed_kwh("lamp", seed, january, 30) >
			    consumed_kwh("lamp", seed, july, 30));
	}
}

UNIT_TEST(a_year_of_each_kind_is_that_of_a_real_one)
{
	static const struct {
		const char *kind;
		int64_t low_kwh;
		int64_t high_kwh;
	} cases[] = {
		{"kettle", 50, 250},	    {"coffee-maker", 30, 180}, {"refrigerator", 100, 400},
		{"freezer", 150, 500},	    {"dishwasher", 100, 400},  {"washing-machine", 30, 250},
		{"laundry-dryer", 80, 500}, {"television", 50, 300},   {"desktop-pc", 50, 400},
		{"laptop", 20, 150},	    {"lamp", 20, 200},	       {"router", 50, 120},
		{"toaster", 5, 60},	    {"oven", 60, 400},	       {"heat-pump", 2000, 6000},
		{"base", 700, 2000},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++)
		for (uint64_t seed = 1; seed < 4; seed++)
			assert_in_range(consumed_kwh(cases[index].kind, seed, 19700, 365),
					cases[index].low_kwh, cases[index].high_kwh);
}

UNIT_TEST(a_kettle_boils_some_times_a_day_for_some_minutes)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("kettle", 3);
	int64_t on_s = 0;
	unsigned int starts = 0;
	bool was_on = false;

	for (int64_t second = 0; second < 30 * 86400; second++) {
		int64_t power_mw = load_power_mw(load, START_US + second * SECOND_US);

		assert_true(power_mw == 0 || (power_mw > 1700000 && power_mw < 2300000));
		starts += power_mw > 0 && !was_on ? 1 : 0;
		on_s += power_mw > 0 ? 1 : 0;
		was_on = power_mw > 0;
	}
	assert_in_range(starts, 30 * 2, 30 * 8);
	assert_in_range(on_s / starts, 110, 260);
}

UNIT_TEST(an_evening_shows_a_home_that_lives)
{
	struct load *loads[KINDS_MAX];
	unsigned int count = 0;
	unsigned int typical = 0;

	for (const char *const *kind = load_kinds(); *kind; kind++)
		loads[count++] = load_or_fail(*kind, 12);
	for (int64_t day = 0; day < 365; day++) {
		int64_t power_mw = 0;

		for (unsigned int index = 0; index < count; index++)
			power_mw += load_power_mw(loads[index],
						  START_US + day * DAY_US + DAY_US / 24 * 20);
		assert_in_range(power_mw, 200000, 12000000);
		typical += power_mw >= 400000 && power_mw <= 2500000 ? 1 : 0;
	}
	assert_in_range(typical, 365 * 2 / 3, 365);
	while (count > 0)
		load_free(loads[--count]);
}

UNIT_TEST(every_allocation_of_a_generator_may_fail)
{
	for (unsigned int n = 1;; n++) {
		_cleanup_(load_freep) struct load *load = NULL;
		int r;

		allocation_fail_at(n);
		r = load_new_generator("kettle", 1, &load);
		if (!allocation_has_failed()) {
			assert_int_equal(r, 0);
			assert_in_range(n, 4, 10);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(load);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_listed_kind_can_be_made_and_no_other),
		cmocka_unit_test(power_does_not_depend_on_what_was_asked_before),
		cmocka_unit_test(energy_is_the_sum_of_all_seconds),
		cmocka_unit_test(two_years_are_the_sum_of_their_hours_although_days_are_forgotten),
		cmocka_unit_test(another_seed_is_another_appliance),
		cmocka_unit_test(the_weather_drives_what_it_drives_in_a_real_home),
		cmocka_unit_test(a_year_of_each_kind_is_that_of_a_real_one),
		cmocka_unit_test(a_kettle_boils_some_times_a_day_for_some_minutes),
		cmocka_unit_test(an_evening_shows_a_home_that_lives),
		cmocka_unit_test(every_allocation_of_a_generator_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
