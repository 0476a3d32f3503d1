/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Any edges: never more pulses than pairs of edges, never more missed than the sequence tells,
 *power within one pulse over the time since the last. Four bytes an edge:
 *
 *	+-----------------+--------+-------------------+
 *	| step, 100 us, 2 | rising | numbers left out  |
 *	+-----------------+--------+-------------------+
 */
#include <assert.h>

#include "drivers/pulse_counter.h"
#include "fuzz.h"

#define PULSE_MW_US INT64_C(3600000000000) /* One of a thousand per kWh. */

enum {
	EDGE_SIZE = 4,
	DEBOUNCE_US = 8000,
};

static void assert_power(const struct pulse_counter *counter, int64_t now_us)
{
	int64_t power_mw;

	if (!pulse_counter_power_mw(counter, now_us, &power_mw))
		return;
	assert(power_mw >= 0 && counter->pulses > 1);
	if (now_us > counter->last_pulse_us)
		assert(power_mw <= PULSE_MW_US / (now_us - counter->last_pulse_us));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pulse_settings settings = {.pulses_per_kwh = 1000, .debounce_us = DEBOUNCE_US};
	struct pulse_counter counter;
	struct pulse_edge edge = {.time_us = 1};
	uint64_t edges = 0;
	uint64_t left_out = 0;

	pulse_counter_init(&counter, &settings);
	for (; size >= EDGE_SIZE; size -= EDGE_SIZE, data += EDGE_SIZE, edges++) {
		edge.time_us += (data[0] << 8 | data[1]) * 100;
		edge.is_rising = (data[2] & 1) != 0;
		edge.sequence += 1u + data[3];
		left_out += edges > 0 ? data[3] : 0;
		pulse_counter_edge(&counter, &edge);
		assert_power(&counter, edge.time_us);
	}
	pulse_counter_tick(&counter, edge.time_us + DEBOUNCE_US);
	assert_power(&counter, edge.time_us + DEBOUNCE_US);
	assert(counter.pulses <= (edges + 1) / 2 && counter.bounces <= edges);
	assert(counter.missed >= left_out / 2 && counter.missed <= left_out);
	assert(pulse_counter_energy_mwh(&counter) == (int64_t)counter.pulses * 1000);
	return 0;
}
