/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Edges of a pulse output to a count and a power: debounce, lost edges by sequence, power that
 * decays honestly between pulses. Pure; pulse.h brings the edges.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct pulse_settings {
	uint32_t pulses_per_kwh; /**< 1 .. 1,000,000. */
	/** A shorter level is a bounce: IEC 62053-31 has pulse and pause >= 30, bounce < 5 ms. */
	uint32_t debounce_us;
};

struct pulse_edge {
	int64_t time_us; /**< Monotonic or reading time, one clock for a counter's life. */
	bool is_rising;
	uint32_t sequence; /**< The kernel's number of this line's events; a jump means loss. */
};

struct pulse_counter {
	struct pulse_settings settings;
	uint64_t pulses; /**< Complete pulses since the counter began, missed ones not included. */
	uint64_t missed; /**< Edges that the sequence proves lost, in pulses rounded up. */
	uint64_t bounces;
	int64_t last_pulse_us;	  /**< 0 before the first. */
	int64_t last_interval_us; /**< Between the newest two pulses; 0 before the second. */
	/* Debounce: the level that counts and the edge that waits to be long enough. */
	bool is_active;
	bool has_pending;
	struct pulse_edge pending;
	bool has_loss; /**< Since the last pulse: the interval to the next one would be too long. */
	bool has_sequence;
	uint32_t sequence;
};

void pulse_counter_init(struct pulse_counter *counter, const struct pulse_settings *settings);

/** Takes one edge, in time order. */
void pulse_counter_edge(struct pulse_counter *counter, const struct pulse_edge *edge);

/** Lets time pass without edges, so that a pending edge becomes a level. */
void pulse_counter_tick(struct pulse_counter *counter, int64_t time_us);

/** Energy of all pulses counted, milliwatt-hours, exact: floor(pulses * 10^6 / pulses_per_kwh). */
int64_t pulse_counter_energy_mwh(const struct pulse_counter *counter);

/**
 * Power now in milliwatts: that of the last pulse interval, but never more than one pulse since the
 * last would have taken, so that it decays instead of freezing. False before the second pulse.
 */
bool pulse_counter_power_mw(const struct pulse_counter *counter, int64_t time_us,
			    int64_t *ret_power_mw);
