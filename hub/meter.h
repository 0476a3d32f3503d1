/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What this node itself measures: an appliance its load, a hub its main meter. Starts the driver
 * that the configuration names and knows the register at an interval's end.
 */
#pragma once

#include "clock.h"
#include "config.h"
#include "drivers/driver.h"

enum { METER_ERROR_MAX = 1024 };

/** How a meter's driver is started. */
struct meter_start {
	sd_event *loop;
	int64_t start_pulses; /**< Counted before this start. */
	reading_sink sink;    /**< Its readings have the source @source. */
	void *sink_context;
	unsigned int source;
};

struct meter;

/**
 * Loads the traces or generators that @config names; *ret_meter is NULL if it has nothing to
 * measure.
 * @config and @clock are borrowed until meter_close(). Errors: those of load_open_trace(), -ENOENT
 * (no such generator), -ENOMEM, with @error a sentence.
 */
_must_check_ int meter_open(const struct config *config, const struct clock_settings *clock,
			    struct meter **ret_meter, char error[static METER_ERROR_MAX]);
/**
 * Starts the driver. A GPIO line that is not there now is no error: meter_check() tries again.
 * Errors: those of the driver.
 */
_must_check_ int meter_start(struct meter *meter, const struct meter_start *start);
/** Ends the driver; readings no longer come. */
void meter_stop(struct meter *meter);
/** NULL is allowed. */
void meter_close(struct meter *meter);
DEFINE_CLEANUP(struct meter *, meter_close);

/** Once a second: starts a GPIO line anew that is not there or has fallen silent. */
void meter_check(struct meter *meter);

/**
 * The register at @end_us. A load's is exact. A pulse meter's is that of the pulses counted until
 * then, as its driver reported them. -EAGAIN: the driver has not come so far yet, asked only of who
 * is patient; -ENODATA: there is no driver, or it has counted nothing yet.
 */
_must_check_ int meter_register_at(struct meter *meter, int64_t end_us, bool is_patient,
				   int64_t *ret_energy_mwh);

/** Of from_us..to_us, how long the load's recording has samples; all of it for a pulse meter. */
int64_t meter_observed_us(struct meter *meter, int64_t from_us, int64_t to_us);

/** Reading time at which the register was 0, -1 if that is not known. */
int64_t meter_zero_us(const struct meter *meter);
/** True if a GPIO line is not there or has fallen silent. */
bool meter_is_silent(const struct meter *meter);
/** Pulses behind the newest reading of a GPIO line; 0 for others. */
int64_t meter_pulses(const struct meter *meter);
