/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The own meter: the register at an interval's end, of a load and of a simulated main meter. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "hub/meter.h"

#define DAY_US	  (INT64_C(86400) * CLOCK_SECOND_US)
#define MINUTE_US (INT64_C(60) * CLOCK_SECOND_US)

enum { SOURCE = 7 };

/** A meter of a configuration, in a loop, an hour after its register was 0. */
struct bench {
	struct config *config;
	struct clock_settings clock;
	sd_event *loop;
	struct meter *meter;
	unsigned int readings;
	struct reading newest;
	struct reading newest_minute;
};

static void on_reading(const struct reading *reading, void *context)
{
	struct bench *bench = context;

	assert_int_equal(reading->source, SOURCE);
	bench->readings++;
	bench->newest = *reading;
	if (reading->time_us % MINUTE_US == 0)
		bench->newest_minute = *reading;
}

static void bench_init(struct bench *bench, const char *rest)
{
	struct meter_start start = {.sink = on_reading, .sink_context = bench, .source = SOURCE};
	struct text_error error;
	char meter_error[METER_ERROR_MAX];
	char text[1024];

	*bench = (struct bench){0};
	(void)snprintf(text, sizeof(text),
		       "[node]\nname = n\nstate = /s\ncontract = /c\n[clock]\nepoch_us = 0\n"
		       "origin_us = 0\nspeed = 600\n%s",
		       rest);
	assert_int_equal(config_parse("c", BYTES((const uint8_t *)text, strlen(text)),
				      &bench->config, &error),
			 0);
	assert_int_equal(config_check(bench->config, &error), 0);
	bench->clock = config_clock(bench->config);
	/* Reading time is now an hour after epoch, whatever the wall clock says. */
	bench->clock.speed = 1;
	bench->clock.origin_us = clock_reading_us(&bench->clock) - 6 * CLOCK_SECOND_US;
	bench->clock.speed = 600;
	assert_true(sd_event_new(&bench->loop) >= 0);
	start.loop = bench->loop;
	assert_int_equal(meter_open(bench->config, &bench->clock, &bench->meter, meter_error), 0);
	if (bench->meter)
		assert_int_equal(meter_start(bench->meter, &start), 0);
}

static void bench_finish(struct bench *bench)
{
	meter_close(bench->meter);
	sd_event_unref(bench->loop);
	config_free(bench->config);
}

static void run_until_readings(struct bench *bench, unsigned int count)
{
	int64_t end_us = clock_monotonic_us() + 10 * CLOCK_SECOND_US;

	while (bench->readings < count) {
		assert_true(clock_monotonic_us() < end_us);
		assert_true(sd_event_run(bench->loop, 100 * 1000) >= 0);
	}
}

static int64_t register_at(struct bench *bench, int64_t end_us)
{
	int64_t energy_mwh = -1;

	assert_int_equal(meter_register_at(bench->meter, end_us, false, &energy_mwh), 0);
	return energy_mwh;
}

UNIT_TEST(a_load_knows_its_register_at_any_time)
{
	struct bench bench;
	int64_t before_mwh = 0;

	bench_init(&bench, "[appliance]\nsource = generator\nkind = refrigerator\nseed = 4\n");
	assert_int_equal(meter_zero_us(bench.meter), 0);
	assert_int_equal(register_at(&bench, 0), 0);
	for (int64_t end_us = MINUTE_US; end_us <= DAY_US; end_us += MINUTE_US) {
		int64_t energy_mwh = register_at(&bench, end_us);

		assert_true(energy_mwh >= before_mwh);
		before_mwh = energy_mwh;
	}
	assert_true(before_mwh > 0);
	assert_int_equal(register_at(&bench, DAY_US), before_mwh);
	assert_int_equal(meter_observed_us(bench.meter, 0, DAY_US), DAY_US);
	assert_int_equal(meter_observed_us(bench.meter, 5, 5), 0);
	assert_int_equal(meter_pulses(bench.meter), 0);
	run_until_readings(&bench, 1);
	assert_true(bench.newest.has_power);
	bench_finish(&bench);
}

UNIT_TEST(a_simulated_meter_counts_whole_pulses_of_all_its_loads)
{
	struct bench bench;
	int64_t energy_mwh;
	int64_t before_us;

	bench_init(&bench, "[meter main]\ndriver = simulated\n[load a]\nkind = refrigerator\n"
			   "[load b]\nkind = router\n");
	/* Before the driver has said anything: what its counter showed then. */
	assert_int_equal(meter_register_at(bench.meter, MINUTE_US, true, &energy_mwh), 0);
	assert_int_equal(energy_mwh % 1000, 0);
	before_us = 55 * MINUTE_US;
	energy_mwh = register_at(&bench, before_us);
	assert_int_equal(energy_mwh % 1000, 0);
	while (bench.newest_minute.time_us < 65 * MINUTE_US)
		run_until_readings(&bench, bench.readings + 1);
	assert_int_equal(register_at(&bench, before_us), energy_mwh);
	assert_int_equal(register_at(&bench, bench.newest_minute.time_us),
			 bench.newest_minute.energy_mwh);
	assert_int_equal(meter_register_at(bench.meter, before_us, true, &energy_mwh), 0);
	assert_int_equal(meter_register_at(bench.meter, DAY_US, true, &energy_mwh), -EAGAIN);
	assert_false(meter_is_silent(bench.meter));
	bench_finish(&bench);
}

UNIT_TEST(a_line_that_is_not_there_is_said_and_tried_again)
{
	struct bench bench;
	int64_t energy_mwh;

	bench_init(&bench, "[meter main]\ndriver = gpio\nchip = /nowhere/gpiochip0\nline = 4\n"
			   "bias = pull-up\n");
	assert_true(meter_is_silent(bench.meter));
	assert_int_equal(meter_register_at(bench.meter, MINUTE_US, false, &energy_mwh), -ENODATA);
	assert_int_equal(meter_zero_us(bench.meter), -1);
	meter_check(bench.meter);
	assert_true(meter_is_silent(bench.meter));
	bench_finish(&bench);
}

UNIT_TEST(a_hub_without_a_main_meter_has_nothing_to_measure)
{
	struct bench bench;

	bench_init(&bench, "");
	assert_null(bench.meter);
	bench_finish(&bench);
}

UNIT_TEST(a_trace_that_is_not_there_is_named)
{
	struct config config = {.appliance = {.line = 1,
					      .source = CONFIG_SOURCE_TRACE,
					      .trace = "/nowhere/kettle.csv"}};
	struct clock_settings clock = {.until_us = INT64_MAX};
	struct meter *meter = NULL;
	char error[METER_ERROR_MAX];

	assert_int_equal(meter_open(&config, &clock, &meter, error), -ENOENT);
	assert_non_null(strstr(error, "/nowhere/kettle.csv"));
	config.appliance.source = CONFIG_SOURCE_GENERATOR;
	assert_int_equal(meter_open(&config, &clock, &meter, error), -ENOENT);
	assert_null(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_knows_its_register_at_any_time),
		cmocka_unit_test(a_simulated_meter_counts_whole_pulses_of_all_its_loads),
		cmocka_unit_test(a_line_that_is_not_there_is_said_and_tried_again),
		cmocka_unit_test(a_hub_without_a_main_meter_has_nothing_to_measure),
		cmocka_unit_test(a_trace_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
