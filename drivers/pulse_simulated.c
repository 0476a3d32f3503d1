/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A main meter's pulse output, simulated: edges of summed loads in reading time, through the same
 * counter as a real line. The loads are walked second by second, in which their power is constant;
 * each pulse is counted where the energy of a whole one has passed, so that the register is the
 * floor of the sum.
 *
 *	energy  ....k-1...............k.................k+1
 *	output  ______________|~~~~|__.___________|~~~~|__.
 *	                    rise  fall counted
 */
#include <assert.h>
#include <errno.h>
#include <time.h>

#include "base/checked.h"
#include "pulse.h"

enum {
	TICK_US = 100 * 1000,
	TICK_ACCURACY_US = 10 * 1000,
	/* Work of one tick, in reading time and in pulses: the clock may run fast or have leapt. */
	TICK_SECONDS_MAX = 600,
	TICK_PULSES_MAX = 20000,
	QUIET_TICKS = 10, /* Without a pulse a reading goes out this often: power decays. */
	READING_S = 10,	  /* And one at each multiple of it, for the ends of intervals. */
	PULSE_WIDTH_US = 30 * 1000, /* IEC 62053-31 */
	DISTANCE_US_MIN = 4,	    /* A pulse, its pause and the debounce of both. */
	LOADS_MAX = 256,
	PULSES_PER_KWH_MAX = 1000 * 1000,
};

#define SECOND_US INT64_C(1000000)
#define HOUR_US	  (3600 * SECOND_US)
#define KWH_MWH	  INT64_C(1000000)

struct pulse_simulated {
	struct driver_context context;
	struct pulse_simulated_config config;
	struct pulse_counter counter;
	sd_event_source *timer;
	struct energy energy; /* Of all loads from start_us to counted_us. */
	int64_t counted_us;
	int64_t last_pulse_us;
	int64_t distance_us_min; /* Between pulses at LOAD_POWER_MW_MAX. */
	uint64_t sent_pulses;
	unsigned int quiet_ticks;
	uint32_t sequence;
};

/** Whole pulses of an energy: floor(energy * constant / kWh), which nested floors do not change. */
static int64_t pulses_of(const struct energy *energy, int64_t constant)
{
	int64_t parts = energy->mwh % KWH_MWH * constant + energy->rest_mw_us * constant / HOUR_US;

	return energy->mwh / KWH_MWH * constant + parts / KWH_MWH;
}

/** What is missing from @energy to that of @pulses whole pulses, in milliwatt-microseconds. */
static int64_t missing_mw_us(const struct energy *energy, int64_t pulses, int64_t constant)
{
	int64_t parts = pulses % constant * KWH_MWH;
	int64_t mwh = pulses / constant * KWH_MWH + parts / constant;
	int64_t rest = parts % constant * HOUR_US / constant;

	return (mwh - energy->mwh) * HOUR_US + rest - energy->rest_mw_us;
}

static void send_edge(struct pulse_simulated *meter, int64_t time_us, bool is_rising)
{
	struct pulse_edge edge = {
		.time_us = time_us, .is_rising = is_rising, .sequence = meter->sequence++};

	pulse_counter_edge(&meter->counter, &edge);
}

/** Lays a pulse before @time_us so that it is debounced, and counted, just then. */
static void send_pulse(struct pulse_simulated *meter, int64_t time_us)
{
	int64_t distance_us = time_us - meter->last_pulse_us;
	int64_t width_us = PULSE_WIDTH_US;
	int64_t fall_us;

	/* Faster than LOAD_POWER_MW_MAX the output lags behind, as a real one does. */
	if (distance_us < meter->distance_us_min) {
		distance_us = meter->distance_us_min;
		time_us = meter->last_pulse_us + distance_us;
	}
	if (width_us > distance_us / 2)
		width_us = distance_us / 2;
	fall_us = time_us - meter->counter.settings.debounce_us;
	send_edge(meter, fall_us - width_us, true);
	send_edge(meter, fall_us, false);
	pulse_counter_tick(&meter->counter, time_us);
	meter->last_pulse_us = time_us;
}

static int64_t power_of_all(const struct pulse_simulated *meter, int64_t time_us)
{
	int64_t power_mw = 0;

	for (unsigned int index = 0; index < meter->config.load_count; index++)
		power_mw += load_power_mw(meter->config.loads[index], time_us);
	return power_mw;
}

/** Walks from counted_us to @to_us, both within one second. */
static void walk(struct pulse_simulated *meter, int64_t to_us)
{
	int64_t constant = meter->counter.settings.pulses_per_kwh;
	int64_t power_mw = power_of_all(meter, meter->counted_us);
	struct energy after = meter->energy;
	int64_t pulse = pulses_of(&meter->energy, constant);

	after.rest_mw_us += power_mw * (to_us - meter->counted_us);
	after.mwh += after.rest_mw_us / HOUR_US;
	after.rest_mw_us %= HOUR_US;
	while (pulse < pulses_of(&after, constant)) {
		int64_t missing = missing_mw_us(&meter->energy, ++pulse, constant);

		send_pulse(meter, meter->counted_us + missing / power_mw);
	}
	meter->energy = after;
	meter->counted_us = to_us;
}

static void send_reading(struct pulse_simulated *meter)
{
	struct reading reading = {
		.source = meter->context.source,
		.time_us = meter->counted_us,
		.has_energy = true,
		.energy_mwh = pulse_counter_energy_mwh(&meter->counter),
	};

	reading.has_power =
		pulse_counter_power_mw(&meter->counter, meter->counted_us, &reading.power_mw);
	meter->sent_pulses = meter->counter.pulses;
	meter->quiet_ticks = 0;
	meter->context.sink(&reading, meter->context.sink_context);
}

static void walk_tick(struct pulse_simulated *meter)
{
	int64_t now_us = meter->context.clock(meter->context.clock_context);
	uint64_t pulses_end = meter->counter.pulses + TICK_PULSES_MAX;
	int64_t sent_us = meter->counted_us;

	for (unsigned int second = 0; second < TICK_SECONDS_MAX && meter->counted_us < now_us &&
				      meter->counter.pulses < pulses_end;
	     second++) {
		int64_t to_us = (meter->counted_us / SECOND_US + 1) * SECOND_US;

		walk(meter, to_us < now_us ? to_us : now_us);
		if (meter->counted_us % (READING_S * SECOND_US) == 0) {
			send_reading(meter);
			sent_us = meter->counted_us;
		}
	}
	if (meter->counted_us > sent_us &&
	    (meter->counter.pulses != meter->sent_pulses || ++meter->quiet_ticks >= QUIET_TICKS))
		send_reading(meter);
}

void pulse_simulated_advance(void *state)
{
	struct pulse_simulated *meter = state;

	walk_tick(meter);
	send_reading(meter);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct pulse_simulated *meter = userdata;
	uint64_t next_us = usec + TICK_US;
	uint64_t now_us;
	int r;

	r = sd_event_now(meter->context.loop, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	if (next_us <= now_us)
		next_us = now_us + TICK_US;
	r = sd_event_source_set_time(source, next_us);
	if (r < 0)
		return r;
	walk_tick(meter);
	return 0;
}

static void pulse_simulated_stop(void *state)
{
	struct pulse_simulated *meter = state;

	if (!meter)
		return;
	sd_event_source_disable_unref(meter->timer);
	free(meter);
}

DEFINE_CLEANUP(struct pulse_simulated *, pulse_simulated_stop);

/** The register stands where the loads left it; pulses of the time before are not replayed. */
static void catch_up(struct pulse_simulated *meter)
{
	const struct pulse_simulated_config *config = &meter->config;
	int64_t now_us = meter->context.clock(meter->context.clock_context);
	int64_t constant = config->settings.pulses_per_kwh;

	meter->counted_us = now_us > config->start_us ? now_us : config->start_us;
	meter->last_pulse_us = meter->counted_us;
	for (unsigned int index = 0; index < config->load_count; index++)
		load_add_energy(config->loads[index], config->start_us, meter->counted_us,
				&meter->energy);
	meter->counter.pulses = (uint64_t)pulses_of(&meter->energy, constant);
	meter->sent_pulses = meter->counter.pulses;
}

static bool is_valid(const struct pulse_simulated_config *config)
{
	return config->load_count <= LOADS_MAX && config->settings.pulses_per_kwh >= 1 &&
	       config->settings.pulses_per_kwh <= PULSES_PER_KWH_MAX && config->start_us >= 0;
}

static int pulse_simulated_start(const struct driver_context *context, const void *config,
				 void **ret_state)
{
	_cleanup_(pulse_simulated_stopp) struct pulse_simulated *meter = calloc(1, sizeof(*meter));
	struct pulse_settings settings;
	int r;

	if (!meter)
		return -ENOMEM;
	meter->context = *context;
	memcpy(&meter->config, config, sizeof(meter->config));
	if (!is_valid(&meter->config))
		return -EINVAL;
	settings = meter->config.settings;
	meter->distance_us_min = KWH_MWH * HOUR_US / settings.pulses_per_kwh / LOAD_POWER_MW_MAX;
	if (meter->distance_us_min < DISTANCE_US_MIN)
		meter->distance_us_min = DISTANCE_US_MIN;
	/* These edges do not bounce; a debounce that swallows the fastest pulse would lose energy.
	 */
	if (settings.debounce_us > meter->distance_us_min / 4)
		settings.debounce_us = (uint32_t)(meter->distance_us_min / 4);
	pulse_counter_init(&meter->counter, &settings);
	catch_up(meter);
	r = sd_event_add_time_relative(context->loop, &meter->timer, CLOCK_MONOTONIC, 0,
				       TICK_ACCURACY_US, on_timer, meter);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(meter->timer, SD_EVENT_ON);
	if (r < 0)
		return r;
	*ret_state = TAKE(meter);
	return 0;
}

const struct driver pulse_simulated_driver = {
	.name = "pulse-simulated",
	.start = pulse_simulated_start,
	.stop = pulse_simulated_stop,
};
