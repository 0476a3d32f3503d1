/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The appliance's own meter: readings each period, a register that is the load's. */
#include "unit.h"

#include <errno.h>

#include "driver_bench.h"
#include "drivers/load_meter.h"
#include "failing_allocation.h"

#define SECOND_US INT64_C(1000000)
#define START_US  (INT64_C(1700000000) * SECOND_US)

enum { PERIOD_US = 2000 };

DEFINE_CLEANUP(struct load *, load_free);

static struct load *load_or_fail(void)
{
	struct load *load = NULL;

	assert_int_equal(load_new_generator("router", 1, &load), 0);
	return load;
}

UNIT_TEST(readings_carry_power_and_register_of_their_time)
{
	_cleanup_(load_freep) struct load *load = load_or_fail();
	const struct load_meter_config config = {
		.load = load, .start_us = START_US, .period_us = PERIOD_US};
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	void *state = NULL;

	driver_bench_init(&bench, START_US + 3600 * SECOND_US);
	bench.step_us = 600 * SECOND_US;
	assert_int_equal(load_meter_driver.start(&bench.context, &config, &state), 0);
	driver_bench_run(&bench, 20);
	for (unsigned int index = 0; index < 20; index++) {
		const struct reading *reading = &bench.readings[index];
		struct energy energy = {0};

		load_add_energy(load, START_US, reading->time_us, &energy);
		assert_true(reading->has_power && reading->has_energy);
		assert_int_equal(reading->energy_mwh, energy.mwh);
		assert_int_equal(reading->power_mw, load_power_mw(load, reading->time_us));
		assert_int_equal(reading->missed, 0);
	}
	load_meter_driver.stop(state);
}

UNIT_TEST(the_register_is_known_at_any_time_also_before_the_newest)
{
	_cleanup_(load_freep) struct load *load = load_or_fail();
	const struct load_meter_config config = {
		.load = load, .start_us = START_US, .period_us = PERIOD_US};
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	uint64_t seed = 6;
	void *state = NULL;

	driver_bench_init(&bench, START_US);
	assert_int_equal(load_meter_driver.start(&bench.context, &config, &state), 0);
	assert_int_equal(load_meter_energy_mwh(state, START_US), 0);
	assert_int_equal(load_meter_energy_mwh(state, START_US - 1), 0);
	for (unsigned int turn = 0; turn < 100; turn++) {
		int64_t time_us = START_US + seeded_between(&seed, 0, 864000 * SECOND_US);
		struct energy energy = {0};

		load_add_energy(load, START_US, time_us, &energy);
		assert_int_equal(load_meter_energy_mwh(state, time_us), energy.mwh);
	}
	load_meter_driver.stop(state);
}

UNIT_TEST(within_a_gap_there_is_no_power_but_a_register)
{
	static const char text[] = "20/01/2012 00:00:00;100\n";
	_cleanup_(load_freep) struct load *load = NULL;
	struct load_error error;
	struct load_meter_config config = {.start_us = 0, .period_us = PERIOD_US};
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	void *state = NULL;

	assert_int_equal(load_new_trace(BYTES((const uint8_t *)text, strlen(text)), &load, &error),
			 0);
	config.load = load;
	driver_bench_init(&bench, 7200 * SECOND_US);
	assert_int_equal(load_meter_driver.start(&bench.context, &config, &state), 0);
	driver_bench_run(&bench, 1);
	assert_false(bench.readings[0].has_power);
	assert_true(bench.readings[0].has_energy);
	assert_int_equal(bench.readings[0].energy_mwh, 1666);
	load_meter_driver.stop(state);
}

UNIT_TEST(a_meter_without_load_or_period_does_not_start)
{
	_cleanup_(load_freep) struct load *load = load_or_fail();
	const struct load_meter_config no_load = {.period_us = PERIOD_US};
	const struct load_meter_config no_period = {.load = load};
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	void *state = NULL;

	driver_bench_init(&bench, START_US);
	assert_int_equal(load_meter_driver.start(&bench.context, &no_load, &state), -EINVAL);
	assert_int_equal(load_meter_driver.start(&bench.context, &no_period, &state), -EINVAL);
	assert_null(state);
	load_meter_driver.stop(NULL);
}

UNIT_TEST(a_meter_without_memory_does_not_start)
{
	_cleanup_(load_freep) struct load *load = load_or_fail();
	const struct load_meter_config config = {.load = load, .period_us = PERIOD_US};
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	void *state = NULL;
	int r;

	driver_bench_init(&bench, START_US);
	allocation_fail_at(1);
	r = load_meter_driver.start(&bench.context, &config, &state);
	assert_true(allocation_has_failed());
	assert_int_equal(r, -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_carry_power_and_register_of_their_time),
		cmocka_unit_test(the_register_is_known_at_any_time_also_before_the_newest),
		cmocka_unit_test(within_a_gap_there_is_no_power_but_a_register),
		cmocka_unit_test(a_meter_without_load_or_period_does_not_start),
		cmocka_unit_test(a_meter_without_memory_does_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
