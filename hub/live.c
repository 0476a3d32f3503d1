/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Samples by source, and the sums that the home's owner sees. */
#include "live.h"

#include <assert.h>

#include "base/checked.h"

void live_init(struct live *live, size_t device_count, int64_t speed, int64_t power_mw_max)
{
	assert(device_count <= VIEW_DEVICES_MAX && speed > 0);
	*live = (struct live){.device_count = device_count, .speed = speed};
	for (size_t index = 0; index < LIVE_SOURCES; index++)
		register_init(&live->sources[index].energy, power_mw_max,
			      (int64_t)LIVE_STALE_PERIODS * LIVE_PERIOD_US * speed);
	live->sources[LIVE_MAIN].is_connected = true;
}

void live_connect(struct live *live, unsigned int source, bool is_connected, int64_t monotonic_us)
{
	assert(source < LIVE_SOURCES);
	live->sources[source].is_connected = is_connected;
	live->sources[source].connected_monotonic_us = monotonic_us;
}

enum register_event live_sample(struct live *live, const struct reading *reading,
				int64_t monotonic_us)
{
	struct live_source *source;
	enum register_event event = REGISTER_STEP;
	bool was_known;

	assert(reading->source < LIVE_SOURCES);
	source = &live->sources[reading->source];
	was_known = source->energy.is_known;
	if (reading->has_power) {
		source->has_sample = true;
		source->power_mw = reading->power_mw;
		source->time_us = reading->time_us;
		source->sample_monotonic_us = monotonic_us;
	}
	/* Monotonic time, scaled, so that a step of the wall clock is not energy. */
	if (reading->has_energy)
		event = register_sample(&source->energy, reading->energy_mwh,
					monotonic_us * live->speed);
	if (!was_known && source->energy.is_known &&
	    source->energy.day_start_us != live->day.start_us)
		register_begin_day(&source->energy, live->day.start_us);
	return event;
}

void live_begin_day(struct live *live, const struct clock_day *day)
{
	if (day->start_us == live->day.start_us && day->end_us == live->day.end_us)
		return;
	live->day = *day;
	for (size_t index = 0; index < LIVE_SOURCES; index++) {
		struct energy_register *energy = &live->sources[index].energy;

		if (energy->is_known && energy->day_start_us != day->start_us)
			register_begin_day(energy, day->start_us);
	}
}

void live_resume_day(struct live *live, unsigned int source, int64_t day_start_us, int64_t day_mwh)
{
	assert(source < LIVE_SOURCES);
	register_resume_day(&live->sources[source].energy, day_start_us, day_mwh);
}

enum view_device_state live_state(const struct live *live, unsigned int source,
				  int64_t monotonic_us)
{
	const struct live_source *from = &live->sources[source];
	const int64_t patience_us = (int64_t)LIVE_STALE_PERIODS * LIVE_PERIOD_US;

	if (!from->is_connected)
		return VIEW_DEVICE_ABSENT;
	/* A session that has just begun: its first sample is on its way. */
	if (!from->has_sample && monotonic_us - from->connected_monotonic_us <= patience_us)
		return VIEW_DEVICE_ABSENT;
	if (!from->has_sample || monotonic_us - from->sample_monotonic_us > patience_us)
		return VIEW_DEVICE_STALE;
	return VIEW_DEVICE_LIVE;
}

static bool is_live(const struct live *live, unsigned int source, int64_t monotonic_us)
{
	return live_state(live, source, monotonic_us) == VIEW_DEVICE_LIVE;
}

struct live_home live_home(const struct live *live, int64_t monotonic_us)
{
	struct live_home home = {.is_known = is_live(live, LIVE_MAIN, monotonic_us)};
	int64_t devices_mw = 0;

	for (unsigned int index = 0; index < live->device_count; index++) {
		if (!is_live(live, index, monotonic_us))
			continue;
		home.is_known = true;
		if (checked_add(devices_mw, live->sources[index].power_mw, &devices_mw) < 0)
			devices_mw = INT64_MAX;
	}
	home.power_mw = devices_mw;
	home.not_attributed_mw = -1;
	if (!is_live(live, LIVE_MAIN, monotonic_us))
		return home;
	if (live->sources[LIVE_MAIN].power_mw > devices_mw)
		home.power_mw = live->sources[LIVE_MAIN].power_mw;
	home.not_attributed_mw = home.power_mw - devices_mw;
	return home;
}

void live_show(const struct live *live, int64_t monotonic_us, struct view *view)
{
	struct live_home home = live_home(live, monotonic_us);
	const struct energy_register *main = &live->sources[LIVE_MAIN].energy;

	view->power_mw = home.power_mw;
	view->power_known = home.is_known;
	view->not_attributed_mw = home.not_attributed_mw;
	view->energy_mwh = main->energy_mwh;
	view->energy_today_mwh = register_today_mwh(main);
	view->device_count = live->device_count;
	for (unsigned int index = 0; index < live->device_count; index++) {
		const struct live_source *source = &live->sources[index];
		struct view_device *device = &view->devices[index];

		device->power_mw = source->power_mw;
		device->energy_mwh = source->energy.energy_mwh;
		device->energy_today_mwh = register_today_mwh(&source->energy);
		device->time_us = source->time_us;
		device->state = live_state(live, index, monotonic_us);
	}
}
