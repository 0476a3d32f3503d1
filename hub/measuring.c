/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A timer to the next interval's end; interval.c says which, meter.c how much. */
#include "measuring.h"

#include <errno.h>

#include "interval.h"

enum {
	MEASURING_TURN_MAX = 16,	     /* Readings in one turn of the loop. */
	MEASURING_WAKE_US = 1000 * 1000,     /* At least this often: the wall clock may be set. */
	MEASURING_AGAIN_US = 20 * 1000,	     /* The driver has not come to the end yet. */
	MEASURING_PATIENCE_US = 2000 * 1000, /* Then its newest register must do. */
};

struct measuring {
	struct measuring_settings settings;
	struct intervals intervals;
	sd_event_source *timer;
	int64_t awaited_end_us;	  /* Whose register was asked for, */
	int64_t awaited_since_us; /* and since when. */
};

/** Fills the registers of @reading; -EAGAIN or -ENODATA if they are not known yet. */
static int measuring_read(struct measuring *measuring, struct reading_body *reading)
{
	int64_t now_us = clock_monotonic_us();
	int64_t from_us = reading->end_us - reading->observed_us;
	bool is_patient;

	if (measuring->awaited_end_us != reading->end_us) {
		measuring->awaited_end_us = reading->end_us;
		measuring->awaited_since_us = now_us;
	}
	is_patient = now_us - measuring->awaited_since_us < MEASURING_PATIENCE_US;
	reading->observed_us =
		meter_observed_us(measuring->settings.meter, from_us, reading->end_us);
	return meter_register_at(measuring->settings.meter, reading->end_us, is_patient,
				 &reading->import_mwh);
}

/** Submits what is due; the wall time until it should be called again. */
static int64_t measuring_submit(struct measuring *measuring)
{
	const struct measuring_settings *settings = &measuring->settings;

	for (unsigned int count = 0; count < MEASURING_TURN_MAX; count++) {
		const struct ledger *ledger = runner_ledger(settings->runner);
		int64_t now_us = clock_reading_us(settings->clock);
		int64_t monotonic_us = clock_monotonic_us();
		struct reading_body reading;
		struct ledger_view view;
		int64_t delay_us;
		int r;

		intervals_watch(&measuring->intervals, now_us, monotonic_us);
		if (!ledger)
			return MEASURING_WAKE_US;
		ledger_view(ledger, &view);
		if (!intervals_due(&measuring->intervals, now_us, monotonic_us, view.own_end_us,
				   &reading)) {
			delay_us = clock_delay_us(settings->clock, now_us,
						  intervals_next_us(&measuring->intervals));
			return delay_us > 0 && delay_us < MEASURING_WAKE_US ? delay_us
									    : MEASURING_WAKE_US;
		}
		r = measuring_read(measuring, &reading);
		if (r == 0)
			r = runner_submit(settings->runner, &reading);
		if (r < 0)
			return r == -EAGAIN ? MEASURING_AGAIN_US : MEASURING_WAKE_US;
		intervals_submitted(&measuring->intervals, reading.end_us, monotonic_us);
		settings->on_submitted(settings->context);
	}
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct measuring *measuring = userdata;
	int r;

	(void)usec;
	r = sd_event_source_set_time_relative(source, (uint64_t)measuring_submit(measuring));
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int measuring_start(const struct measuring_settings *settings, struct measuring **ret_measuring)
{
	_cleanup_(measuring_stopp) struct measuring *measuring = calloc(1, sizeof(*measuring));
	int r;

	if (!measuring)
		return -ENOMEM;
	measuring->settings = *settings;
	intervals_init(&measuring->intervals, settings->contract->interval_us,
		       settings->clock->until_us, meter_zero_us(settings->meter),
		       settings->clock->is_scaled ? settings->clock->speed : 1,
		       clock_reading_us(settings->clock), clock_monotonic_us());
	r = sd_event_add_time_relative(settings->loop, &measuring->timer, CLOCK_MONOTONIC, 0, 1000,
				       on_timer, measuring);
	if (r < 0)
		return r;
	*ret_measuring = TAKE(measuring);
	return 0;
}

void measuring_stop(struct measuring *measuring)
{
	if (!measuring)
		return;
	sd_event_source_disable_unref(measuring->timer);
	free(measuring);
}
