/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One driver and its loads; what the numbers mean for a ledger is measuring.c's matter. */
#include "meter.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "drivers/load_file.h"
#include "drivers/load_meter.h"
#include "drivers/pulse.h"

enum {
	METER_HISTORY = 128, /* Readings of a pulse meter, for ends that were just passed. */
	METER_SILENT_US = 5 * 1000 * 1000, /* A driver sends a reading a second. */
	METER_RESTART_US = 10 * 1000 * 1000,
	METER_LOG_PERIOD_S = 600,
	METER_STEPS_MAX = 3600,
	METER_STEP_US = 1000 * 1000,
	PULSE_KWH_MWH = 1000 * 1000,
};

/** A register as its driver reported it. */
struct meter_point {
	int64_t time_us;
	int64_t energy_mwh;
};

struct meter {
	const struct config *config;
	const struct clock_settings *clock;
	struct meter_start start;
	const struct driver *driver;
	void *state; /* Of the driver; NULL while it is not there. */
	struct load **loads;
	unsigned int load_count;
	struct meter_point history[METER_HISTORY]; /* A ring; the newest at count - 1. */
	uint64_t history_count;
	int64_t heard_monotonic_us;
	struct log_limit limit;
};

static int64_t on_clock(void *context)
{
	return clock_reading_us(context);
}

static void on_reading(const struct reading *reading, void *context)
{
	struct meter *meter = context;

	if (reading->has_energy)
		meter->history[meter->history_count++ % METER_HISTORY] = (struct meter_point){
			.time_us = reading->time_us,
			.energy_mwh = reading->energy_mwh,
		};
	meter->heard_monotonic_us = clock_monotonic_us();
	meter->start.sink(reading, meter->start.sink_context);
}

static const struct meter_point *meter_newest(const struct meter *meter)
{
	return meter->history_count > 0
		       ? &meter->history[(meter->history_count - 1) % METER_HISTORY]
		       : NULL;
}

int64_t meter_zero_us(const struct meter *meter)
{
	const struct config *config = meter->config;

	if (config->meter == CONFIG_METER_GPIO)
		return -1;
	return config->start_us >= 0 ? config->start_us : config->epoch_us;
}

int64_t meter_pulses(const struct meter *meter)
{
	const struct config *config = meter->config;
	const struct meter_point *newest = meter_newest(meter);
	int64_t constant = config->pulses_per_kwh;
	int64_t rest;

	if (config->meter != CONFIG_METER_GPIO)
		return 0;
	if (!newest)
		return meter->start.start_pulses;
	/* A pulse is 1 mWh or more, so that the count is found in the energy rounded down. */
	rest = newest->energy_mwh % PULSE_KWH_MWH * constant;
	return newest->energy_mwh / PULSE_KWH_MWH * constant + rest / PULSE_KWH_MWH +
	       (rest % PULSE_KWH_MWH != 0);
}

static int start_driver(struct meter *meter)
{
	const struct config *config = meter->config;
	struct driver_context context = {
		.loop = meter->start.loop,
		.source = meter->start.source,
		.sink = on_reading,
		.sink_context = meter,
		.clock = on_clock,
		.clock_context = (void *)(uintptr_t)meter->clock,
	};
	struct pulse_settings pulses = {
		.pulses_per_kwh = (uint32_t)config->pulses_per_kwh,
		.debounce_us = (uint32_t)config->debounce_us,
	};
	struct load_meter_config load = {
		.load = meter->loads ? meter->loads[0] : NULL,
		.start_us = meter_zero_us(meter),
		.period_us = CLOCK_SECOND_US,
	};
	struct pulse_simulated_config simulated = {
		.loads = meter->loads,
		.load_count = meter->load_count,
		.start_us = meter_zero_us(meter),
		.settings = pulses,
	};
	struct pulse_gpio_config gpio = {
		.chip = config->chip,
		.line = (unsigned int)config->gpio_line,
		.active_low = config->active_low,
		.bias = config->bias[0] != '\0' ? config->bias : "as-is",
		.settings = pulses,
		.start_pulses = meter_pulses(meter),
	};
	const void *driver_config = config->meter == CONFIG_METER_GPIO	      ? (void *)&gpio
				    : config->meter == CONFIG_METER_SIMULATED ? (void *)&simulated
									      : (void *)&load;

	meter->heard_monotonic_us = clock_monotonic_us();
	return meter->driver->start(&context, driver_config, &meter->state);
}

/** Names the section of a load that cannot be had, as config_check() would. */
static void name_load(const struct config *config, const struct config_load *load, const char *key,
		      const char *reason, char error[static METER_ERROR_MAX])
{
	bool is_named = load->name[0] != '\0';

	(void)snprintf(error, METER_ERROR_MAX, "%s:%u: [%s%s%s] %s: %s", config->file, load->line,
		       is_named ? "load" : "appliance", is_named ? " " : "", load->name, key,
		       reason);
}

static int open_load(const struct config *config, const struct config_load *from,
		     struct load **ret_load, char error[static METER_ERROR_MAX])
{
	struct load_error load_error = {0};
	int r;

	if (from->source == CONFIG_SOURCE_TRACE) {
		r = load_open_trace(from->trace, ret_load, &load_error);
		if (r < 0)
			name_load(config, from, "trace", load_error.message, error);
		else if (load_refused_lines(*ret_load) > 0)
			log_warning("'%s': %u lines are wrong and were left out.", from->trace,
				    load_refused_lines(*ret_load));
		return r;
	}
	r = load_new_generator(from->kind, (uint64_t)from->seed, ret_load);
	if (r < 0)
		name_load(config, from, "kind", strerror(-r), error);
	return r;
}

static int open_loads(struct meter *meter, char error[static METER_ERROR_MAX])
{
	const struct config *config = meter->config;
	bool is_appliance = config->meter == CONFIG_METER_NONE;
	const struct config_load *from = is_appliance ? &config->appliance : config->loads;
	size_t count = is_appliance ? 1 : config->load_count;
	int r;

	if (count == 0)
		return 0;
	meter->loads = calloc(count, sizeof(struct load *));
	if (!meter->loads)
		return -ENOMEM;
	for (size_t index = 0; index < count; index++) {
		r = open_load(config, &from[index], &meter->loads[index], error);
		if (r < 0)
			return r;
		meter->load_count++;
	}
	return 0;
}

int meter_open(const struct config *config, const struct clock_settings *clock,
	       struct meter **ret_meter, char error[static METER_ERROR_MAX])
{
	_cleanup_(meter_closep) struct meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (!meter)
		return -ENOMEM;
	error[0] = '\0';
	meter->config = config;
	meter->clock = clock;
	meter->driver = config->meter == CONFIG_METER_GPIO	  ? &pulse_gpio_driver
			: config->meter == CONFIG_METER_SIMULATED ? &pulse_simulated_driver
								  : &load_meter_driver;
	if (config->meter != CONFIG_METER_NONE || config->appliance.line > 0) {
		r = open_loads(meter, error);
		if (r < 0)
			return r;
		*ret_meter = TAKE(meter);
	} else {
		*ret_meter = NULL;
	}
	return 0;
}

int meter_start(struct meter *meter, const struct meter_start *start)
{
	int r;

	meter->start = *start;
	r = start_driver(meter);
	if (r < 0 && meter->driver == &pulse_gpio_driver) {
		log_error("The main meter at line %u of '%s' does not start: %s; trying again.",
			  (unsigned int)meter->config->gpio_line, meter->config->chip,
			  strerror(-r));
		return 0;
	}
	return r;
}

void meter_stop(struct meter *meter)
{
	meter->driver->stop(TAKE(meter->state));
}

void meter_close(struct meter *meter)
{
	if (!meter)
		return;
	meter_stop(meter);
	for (unsigned int index = 0; index < meter->load_count; index++)
		load_free(meter->loads[index]);
	free(meter->loads);
	free(meter);
}

bool meter_is_silent(const struct meter *meter)
{
	/* The others are silent by right once reading time stands still. */
	return meter->driver == &pulse_gpio_driver &&
	       (!meter->state ||
		clock_monotonic_us() - meter->heard_monotonic_us > METER_SILENT_US);
}

void meter_check(struct meter *meter)
{
	int64_t now_us = clock_monotonic_us();
	uint64_t suppressed;
	int r;

	if (!meter_is_silent(meter) || now_us - meter->heard_monotonic_us < METER_RESTART_US)
		return;
	meter->driver->stop(TAKE(meter->state));
	r = start_driver(meter);
	if (r < 0 && log_limit_pass(&meter->limit, now_us,
				    (int64_t)METER_LOG_PERIOD_S * CLOCK_SECOND_US, &suppressed))
		log_error("The meter '%s' does not start: %s; trying again.", meter->driver->name,
			  strerror(-r));
}

/** The newest point that is not after @end_us; NULL if all are. */
static const struct meter_point *meter_point_at(const struct meter *meter, int64_t end_us)
{
	uint64_t kept = meter->history_count < METER_HISTORY ? meter->history_count : METER_HISTORY;
	for (uint64_t back = 1; back <= kept; back++) {
		const struct meter_point *point =
			&meter->history[(meter->history_count - back) % METER_HISTORY];

		if (point->time_us <= end_us)
			return point;
	}
	return NULL;
}

/** The oldest point that is kept: all that is known of the time before it. */
static const struct meter_point *meter_oldest(const struct meter *meter)
{
	uint64_t first =
		meter->history_count < METER_HISTORY ? 0 : meter->history_count - METER_HISTORY;

	return &meter->history[first % METER_HISTORY];
}

/** What the simulated meter's counter shows at @end_us: whole pulses of all its loads together. */
static int64_t simulated_register_mwh(struct meter *meter, int64_t end_us)
{
	int64_t constant = meter->config->pulses_per_kwh;
	int64_t zero_us = meter_zero_us(meter);
	struct energy energy = {0};
	int64_t pulses;

	for (unsigned int index = 0; zero_us < end_us && index < meter->load_count; index++)
		load_add_energy(meter->loads[index], zero_us, end_us, &energy);
	pulses = energy.mwh / PULSE_KWH_MWH * constant +
		 energy.mwh % PULSE_KWH_MWH * constant / PULSE_KWH_MWH;
	return pulses / constant * PULSE_KWH_MWH + pulses % constant * PULSE_KWH_MWH / constant;
}

int meter_register_at(struct meter *meter, int64_t end_us, bool is_patient, int64_t *ret_energy_mwh)
{
	const struct meter_point *newest = meter_newest(meter);
	const struct meter_point *point;
	bool is_simulated = meter->driver == &pulse_simulated_driver;

	if (!meter->state && !is_simulated)
		return -ENODATA;
	if (meter->driver == &load_meter_driver) {
		*ret_energy_mwh = load_meter_energy_mwh(meter->state, end_us);
		return 0;
	}
	/* A real line has counted what has come; the simulated one walks its loads behind time. */
	if (is_simulated && meter->state && (!newest || newest->time_us < end_us)) {
		pulse_simulated_advance(meter->state);
		newest = meter_newest(meter);
	}
	if (is_patient && (!newest || (is_simulated && newest->time_us < end_us)))
		return -EAGAIN;
	if (!newest && !is_simulated)
		return -ENODATA;
	point = meter_point_at(meter, end_us);
	if (!point && is_simulated)
		*ret_energy_mwh = simulated_register_mwh(meter, end_us);
	else
		*ret_energy_mwh = point ? point->energy_mwh : meter_oldest(meter)->energy_mwh;
	return 0;
}

int64_t meter_observed_us(struct meter *meter, int64_t from_us, int64_t to_us)
{
	int64_t step_us = METER_STEP_US;
	int64_t observed_us = 0;

	if (meter->driver != &load_meter_driver || from_us >= to_us)
		return to_us - from_us;
	if ((to_us - from_us) / step_us > METER_STEPS_MAX)
		step_us = (to_us - from_us) / METER_STEPS_MAX;
	for (int64_t at_us = from_us; at_us < to_us; at_us += step_us)
		if (load_is_observed(meter->loads[0], at_us))
			observed_us += to_us - at_us < step_us ? to_us - at_us : step_us;
	return observed_us;
}
