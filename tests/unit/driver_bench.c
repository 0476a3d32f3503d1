/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Runs one driver on a loop of its own. */
#include "unit.h"

#include "driver_bench.h"

static void on_reading(const struct reading *reading, void *context)
{
	struct driver_bench *bench = context;

	assert_in_range(bench->count, 0, BENCH_READINGS_MAX - 1);
	assert_int_equal(reading->source, bench->context.source);
	bench->readings[bench->count++] = *reading;
}

static int64_t clock_now(void *context)
{
	struct driver_bench *bench = context;

	bench->now_us += bench->step_us;
	return bench->now_us;
}

void driver_bench_init(struct driver_bench *bench, int64_t now_us)
{
	*bench = (struct driver_bench){
		.context = {.source = 3, .sink = on_reading, .clock = clock_now},
		.now_us = now_us,
	};
	bench->context.sink_context = bench;
	bench->context.clock_context = bench;
	assert_true(sd_event_new(&bench->context.loop) >= 0);
}

void driver_bench_finish(struct driver_bench *bench)
{
	sd_event_unref(bench->context.loop);
}

void driver_bench_run(struct driver_bench *bench, unsigned int readings)
{
	unsigned int turns = 0;

	while (bench->count < readings) {
		assert_true(sd_event_run(bench->context.loop, 1000 * 1000) >= 0);
		assert_in_range(++turns, 1, 1000);
	}
}
