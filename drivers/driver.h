/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The interface of everything that measures: a reading, its sink, start and stop of a driver. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

/** One measurement as its source reported it; a driver never estimates or fills gaps. */
struct reading {
	unsigned int source; /**< Which of the owner's sources: the number it gave at start. */
	int64_t time_us;     /**< Reading time, UTC since 1970. */
	bool has_power;
	int64_t power_mw;
	bool has_energy;
	int64_t energy_mwh; /**< Cumulative register of the source. */
	uint32_t missed;    /**< Events the source knows it lost since its last reading. */
};

/** Takes each reading; borrowed for the call. */
typedef void (*reading_sink)(const struct reading *reading, void *context);

/** Reading time, microseconds UTC since 1970: the process's one clock, handed to each driver. */
typedef int64_t (*reading_clock)(void *context);

/** What every driver gets at start; borrowed until stop. */
struct driver_context {
	sd_event *loop;
	unsigned int source;
	reading_sink sink;
	void *sink_context;
	reading_clock clock;
	void *clock_context;
};

/** A kind of driver. @config is the kind's own struct, named in its header. */
struct driver {
	const char *name;
	/** Adds its sources to the loop. Errors: -ENODEV (no such device), -EINVAL, -errno. */
	int (*start)(const struct driver_context *context, const void *config, void **ret_state);
	/** NULL is allowed. */
	void (*stop)(void *state);
};
