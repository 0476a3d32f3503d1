/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Debounces edges in time and counts pulses; asks no clock and touches no line.
 *
 *	       pending (edge, too young)          level that counts
 *	edge ----------------------------> stays debounce_us ----> is_active
 *	                 |                                  active -> inactive is one pulse
 *	                 '-- opposite edge sooner: a bounce, as if neither had been
 */
#include "pulse_counter.h"

#include <assert.h>

#define PULSE_MWH   INT64_C(1000000)		      /* Of a constant of one pulse per kWh. */
#define PULSE_MW_US (PULSE_MWH * INT64_C(3600000000)) /* The same in milliwatt-microseconds. */

void pulse_counter_init(struct pulse_counter *counter, const struct pulse_settings *settings)
{
	assert(settings->pulses_per_kwh > 0);
	*counter = (struct pulse_counter){.settings = *settings};
}

static void take_level(struct pulse_counter *counter, const struct pulse_edge *edge)
{
	bool is_end = counter->is_active && !edge->is_rising;

	counter->is_active = edge->is_rising;
	if (!is_end)
		return;
	counter->pulses++;
	if (counter->last_pulse_us != 0 && !counter->has_loss &&
	    edge->time_us > counter->last_pulse_us)
		counter->last_interval_us = edge->time_us - counter->last_pulse_us;
	counter->last_pulse_us = edge->time_us;
	counter->has_loss = false;
}

void pulse_counter_tick(struct pulse_counter *counter, int64_t time_us)
{
	if (!counter->has_pending ||
	    time_us - counter->pending.time_us < (int64_t)counter->settings.debounce_us)
		return;
	counter->has_pending = false;
	take_level(counter, &counter->pending);
}

/** The line numbers its events; what is between two of them was lost, half a pulse each. */
static void take_sequence(struct pulse_counter *counter, uint32_t sequence)
{
	uint32_t lost = sequence - counter->sequence - 1;

	/* A number that went back (a line requested anew) proves nothing. */
	if (counter->has_sequence && lost > 0 && lost <= INT32_MAX) {
		counter->missed += lost / 2 + lost % 2;
		counter->has_loss = true;
	}
	counter->has_sequence = true;
	counter->sequence = sequence;
}

void pulse_counter_edge(struct pulse_counter *counter, const struct pulse_edge *edge)
{
	take_sequence(counter, edge->sequence);
	pulse_counter_tick(counter, edge->time_us);
	if (counter->has_pending) {
		/* The level before this edge was too short to be one. */
		counter->bounces++;
		counter->has_pending = false;
	}
	if (edge->is_rising != counter->is_active) {
		counter->has_pending = true;
		counter->pending = *edge;
	}
}

int64_t pulse_counter_energy_mwh(const struct pulse_counter *counter)
{
	uint64_t constant = counter->settings.pulses_per_kwh;
	uint64_t kwh = counter->pulses / constant;

	/* Nine billion gigawatt-hours: a count that only a damaged start could reach. */
	if (kwh >= (uint64_t)(INT64_MAX / PULSE_MWH))
		return INT64_MAX;
	return (int64_t)(kwh * PULSE_MWH + counter->pulses % constant * PULSE_MWH / constant);
}

bool pulse_counter_power_mw(const struct pulse_counter *counter, int64_t time_us,
			    int64_t *ret_power_mw)
{
	int64_t since_us = time_us - counter->last_pulse_us;
	int64_t interval_us = counter->last_interval_us;

	if (interval_us == 0)
		return false;
	if (since_us > interval_us)
		interval_us = since_us;
	*ret_power_mw = PULSE_MW_US / counter->settings.pulses_per_kwh / interval_us;
	return true;
}
