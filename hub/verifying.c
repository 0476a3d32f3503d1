/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The slices of a verification on the loop. What is verified, and whether, is the runner's. */
#include "verifying.h"

#include <errno.h>

enum {
	/* After messages, votes, live values and the bus. */
	PRIORITY = SD_EVENT_PRIORITY_IDLE,
};

struct verifying {
	struct runner *runner;
	sd_event_source *slice; /* Enabled while a run is under way. */
	verifying_callback on_end;
	void *context;
};

static bool is_running(const struct verifying *verifying)
{
	return sd_event_source_get_enabled(verifying->slice, NULL) > 0;
}

static const char *error_text(int error)
{
	if (error == -EAGAIN)
		return "the record cannot be read now";
	if (error == -ECANCELED)
		return "the record was closed on the way; ask again";
	return strerror(-error);
}

static void end(struct verifying *verifying, const struct verify_report *report, const char *why)
{
	(void)sd_event_source_set_enabled(verifying->slice, SD_EVENT_OFF);
	verifying->on_end(report, why, verifying->context);
}

static int on_slice(sd_event_source *source, void *userdata)
{
	struct verifying *verifying = userdata;
	const int64_t end_us = clock_monotonic_us() + VERIFYING_SLICE_US;
	struct verify_report report;
	int r;

	(void)source;
	do
		r = runner_verify_step(verifying->runner, 1, &report);
	while (r > 0 && clock_monotonic_us() < end_us);
	if (r < 0)
		end(verifying, NULL, error_text(r));
	else if (r == 0)
		end(verifying, &report, NULL);
	return 0;
}

int verifying_new(sd_event *loop, struct runner *runner, verifying_callback on_end, void *context,
		  struct verifying **ret_verifying)
{
	_cleanup_(verifying_freep) struct verifying *verifying = calloc(1, sizeof(*verifying));
	int r;

	if (!verifying)
		return -ENOMEM;
	verifying->runner = runner;
	verifying->on_end = on_end;
	verifying->context = context;
	r = sd_event_add_defer(loop, &verifying->slice, on_slice, verifying);
	if (r >= 0)
		r = sd_event_source_set_enabled(verifying->slice, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_priority(verifying->slice, PRIORITY);
	if (r < 0)
		return r;
	*ret_verifying = TAKE(verifying);
	return 0;
}

void verifying_free(struct verifying *verifying)
{
	if (!verifying)
		return;
	if (verifying->slice && is_running(verifying))
		runner_verify_end(verifying->runner);
	sd_event_source_disable_unref(verifying->slice);
	free(verifying);
}

void verifying_start(struct verifying *verifying)
{
	int r;

	if (is_running(verifying))
		return;
	r = runner_verify_begin(verifying->runner);
	if (r == 0)
		r = sd_event_source_set_enabled(verifying->slice, SD_EVENT_ON);
	if (r < 0)
		end(verifying, NULL, error_text(r));
}

void verifying_cancel(struct verifying *verifying, const char *why)
{
	if (!verifying || !is_running(verifying))
		return;
	runner_verify_end(verifying->runner);
	end(verifying, NULL, why);
}
