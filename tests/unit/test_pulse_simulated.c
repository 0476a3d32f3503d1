/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The simulated main meter: its register is the floor of what its loads consumed, at any speed. */
#include "unit.h"

#include <errno.h>

#include "driver_bench.h"
#include "drivers/pulse.h"
#include "failing_allocation.h"

#define SECOND_US INT64_C(1000000)
#define START_US  (INT64_C(1700000000) * SECOND_US)

enum { LOADS = 6 };

struct home {
	struct load *loads[LOADS];
};

static void home_init(struct home *home)
{
	static const char *const kinds[LOADS] = {"base",      "kettle", "oven",
						 "heat-pump", "lamp",	"dishwasher"};

	for (unsigned int index = 0; index < LOADS; index++)
		assert_int_equal(load_new_generator(kinds[index], index, &home->loads[index]), 0);
}

static void home_finish(struct home *home)
{
	for (unsigned int index = 0; index < LOADS; index++)
		load_free(home->loads[index]);
}

static struct pulse_simulated_config config_of(struct home *home, uint32_t pulses_per_kwh)
{
	return (struct pulse_simulated_config){
		.loads = home->loads,
		.load_count = LOADS,
		.start_us = START_US - 86400 * SECOND_US,
		.settings = {.pulses_per_kwh = pulses_per_kwh, .debounce_us = 8000},
	};
}

/** Energy of whole pulses of what the home consumed until then. */
static int64_t expected_mwh(struct home *home, const struct pulse_simulated_config *config,
			    int64_t time_us)
{
	int64_t constant = config->settings.pulses_per_kwh;
	struct energy energy = {0};
	int64_t pulses;

	for (unsigned int index = 0; index < LOADS; index++)
		load_add_energy(home->loads[index], config->start_us, time_us, &energy);
	pulses = energy.mwh / 1000000 * constant + energy.mwh % 1000000 * constant / 1000000;
	return pulses / constant * 1000000 + pulses % constant * 1000000 / constant;
}

static void assert_register_is_floor(uint32_t pulses_per_kwh, int64_t step_us)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	void *state = NULL;

	home_init(&home);
	config = config_of(&home, pulses_per_kwh);
	driver_bench_init(&bench, START_US);
	bench.step_us = step_us;
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), 0);
	driver_bench_run(&bench, 12);
	for (unsigned int index = 0; index < bench.count; index++) {
		const struct reading *reading = &bench.readings[index];

		assert_true(reading->has_energy);
		assert_int_equal(reading->energy_mwh,
				 expected_mwh(&home, &config, reading->time_us));
		assert_int_equal(reading->missed, 0);
		assert_true(index == 0 || reading->time_us > reading[-1].time_us);
	}
	pulse_simulated_driver.stop(state);
}

UNIT_TEST(the_register_is_the_floor_of_the_sum_at_every_reading)
{
	assert_register_is_floor(1000, 144 * SECOND_US); /* A minute's day. */
	assert_register_is_floor(10000, 30 * SECOND_US + 123457);
	assert_register_is_floor(333, 60 * SECOND_US);
}

UNIT_TEST(a_meter_of_the_highest_constant_loses_nothing)
{
	assert_register_is_floor(1000000, 20 * SECOND_US + 1);
}

UNIT_TEST(a_reading_falls_on_each_tenth_second)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	unsigned int tenths = 0;
	void *state = NULL;

	home_init(&home);
	config = config_of(&home, 1000);
	driver_bench_init(&bench, START_US);
	bench.step_us = 50 * SECOND_US;
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), 0);
	driver_bench_run(&bench, 12);
	for (unsigned int index = 0; index < bench.count; index++)
		tenths += bench.readings[index].time_us % (10 * SECOND_US) == 0 ? 1 : 0;
	assert_in_range(tenths, 8, bench.count);
	pulse_simulated_driver.stop(state);
}

UNIT_TEST(a_clock_that_leaps_is_followed_in_bounded_steps)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	void *state = NULL;

	home_init(&home);
	config = config_of(&home, 1000);
	driver_bench_init(&bench, START_US);
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), 0);
	bench.now_us += 86400 * SECOND_US;
	driver_bench_run(&bench, 1);
	assert_int_equal(bench.readings[bench.count - 1].time_us, START_US + 600 * SECOND_US);
	assert_int_equal(bench.readings[bench.count - 1].energy_mwh,
			 expected_mwh(&home, &config, START_US + 600 * SECOND_US));
	pulse_simulated_driver.stop(state);
}

UNIT_TEST(power_of_the_pulses_is_near_that_of_the_loads)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	void *state = NULL;

	home_init(&home);
	config = config_of(&home, 10000);
	config.load_count = 1; /* What is always on changes slowly. */
	driver_bench_init(&bench, START_US);
	bench.step_us = 7 * SECOND_US;
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), 0);
	driver_bench_run(&bench, 10);
	for (unsigned int index = 5; index < 10; index++) {
		const struct reading *reading = &bench.readings[index];
		int64_t power_mw = load_power_mw(home.loads[0], reading->time_us);

		assert_true(reading->has_power);
		assert_in_range(reading->power_mw, power_mw / 2, power_mw * 3 / 2);
	}
	pulse_simulated_driver.stop(state);
}

UNIT_TEST(a_wrong_constant_or_too_many_loads_are_refused)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	void *state = NULL;

	home_init(&home);
	driver_bench_init(&bench, START_US);
	config = config_of(&home, 0);
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), -EINVAL);
	config = config_of(&home, 1000001);
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), -EINVAL);
	config = config_of(&home, 1000);
	config.load_count = 257;
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), -EINVAL);
	config.load_count = LOADS;
	config.start_us = -1;
	assert_int_equal(pulse_simulated_driver.start(&bench.context, &config, &state), -EINVAL);
	assert_null(state);
	pulse_simulated_driver.stop(NULL);
}

UNIT_TEST(a_meter_without_memory_does_not_start)
{
	_cleanup_(home_finish) struct home home;
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	struct pulse_simulated_config config;
	void *state = NULL;
	int r;

	home_init(&home);
	config = config_of(&home, 1000);
	driver_bench_init(&bench, START_US);
	allocation_fail_at(1);
	r = pulse_simulated_driver.start(&bench.context, &config, &state);
	assert_true(allocation_has_failed());
	assert_int_equal(r, -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_register_is_the_floor_of_the_sum_at_every_reading),
		cmocka_unit_test(a_meter_of_the_highest_constant_loses_nothing),
		cmocka_unit_test(a_reading_falls_on_each_tenth_second),
		cmocka_unit_test(a_clock_that_leaps_is_followed_in_bounded_steps),
		cmocka_unit_test(power_of_the_pulses_is_near_that_of_the_loads),
		cmocka_unit_test(a_wrong_constant_or_too_many_loads_are_refused),
		cmocka_unit_test(a_meter_without_memory_does_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
