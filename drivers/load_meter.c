/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sends power and register of a load each period; the load itself knows no loop and no clock. */
#include "load_meter.h"

#include <errno.h>
#include <time.h>

enum { TIMER_ACCURACY_US = 10 * 1000 };

struct load_meter {
	struct driver_context context;
	struct load_meter_config config;
	sd_event_source *timer;
	int64_t counted_us; /* Up to where energy was added up. */
	struct energy energy;
};

static int64_t register_at(struct load_meter *meter, int64_t time_us)
{
	struct energy energy = {0};

	if (time_us < meter->config.start_us)
		return 0;
	/* Back in time is rare: the clock was set, or an interval's end is asked for late. */
	if (time_us < meter->counted_us) {
		load_add_energy(meter->config.load, meter->config.start_us, time_us, &energy);
		return energy.mwh;
	}
	load_add_energy(meter->config.load, meter->counted_us, time_us, &meter->energy);
	meter->counted_us = time_us;
	return meter->energy.mwh;
}

static void send_reading(struct load_meter *meter)
{
	int64_t now_us = meter->context.clock(meter->context.clock_context);
	struct reading reading = {
		.source = meter->context.source,
		.time_us = now_us,
		.has_power = load_is_observed(meter->config.load, now_us),
		.has_energy = true,
		.energy_mwh = register_at(meter, now_us),
	};

	if (reading.has_power)
		reading.power_mw = load_power_mw(meter->config.load, now_us);
	meter->context.sink(&reading, meter->context.sink_context);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct load_meter *meter = userdata;
	uint64_t next_us = usec + meter->config.period_us;
	uint64_t now_us;
	int r;

	r = sd_event_now(meter->context.loop, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	/* After a stall the missed periods are left out, not made up for. */
	if (next_us <= now_us)
		next_us = now_us + meter->config.period_us;
	r = sd_event_source_set_time(source, next_us);
	if (r < 0)
		return r;
	send_reading(meter);
	return 0;
}

static void load_meter_stop(void *state)
{
	struct load_meter *meter = state;

	if (!meter)
		return;
	sd_event_source_disable_unref(meter->timer);
	free(meter);
}

DEFINE_CLEANUP(struct load_meter *, load_meter_stop);

static int load_meter_start(const struct driver_context *context, const void *config,
			    void **ret_state)
{
	_cleanup_(load_meter_stopp) struct load_meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (!meter)
		return -ENOMEM;
	meter->context = *context;
	memcpy(&meter->config, config, sizeof(meter->config));
	meter->counted_us = meter->config.start_us;
	if (!meter->config.load || meter->config.period_us == 0)
		return -EINVAL;
	r = sd_event_add_time_relative(context->loop, &meter->timer, CLOCK_MONOTONIC, 0,
				       TIMER_ACCURACY_US, on_timer, meter);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(meter->timer, SD_EVENT_ON);
	if (r < 0)
		return r;
	*ret_state = TAKE(meter);
	return 0;
}

const struct driver load_meter_driver = {
	.name = "load-meter",
	.start = load_meter_start,
	.stop = load_meter_stop,
};

int64_t load_meter_energy_mwh(void *state, int64_t time_us)
{
	struct load_meter *meter = state;

	return register_at(meter, time_us);
}
