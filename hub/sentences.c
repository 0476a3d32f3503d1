/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Facts to sentences, the worst first. */
#include "sentences.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "clock.h"

enum { SPAN_TEXT_MAX = 32 };

static const int64_t minute_us = INT64_C(60) * CLOCK_SECOND_US;

/** "4 s", "1 minute", "3 minutes", "5 hours". */
static void span_text(int64_t span_us, char text[static SPAN_TEXT_MAX])
{
	int64_t minutes = span_us / minute_us;

	if (minutes < 1)
		(void)snprintf(text, SPAN_TEXT_MAX, "%" PRId64 " s", span_us / CLOCK_SECOND_US);
	else if (minutes < 120)
		(void)snprintf(text, SPAN_TEXT_MAX, "%" PRId64 " minute%s", minutes,
			       minutes == 1 ? "" : "s");
	else
		(void)snprintf(text, SPAN_TEXT_MAX, "%" PRId64 " hours", minutes / 60);
}

_printf_(3, 4) static void say(struct view *view, enum view_agreement agreement, const char *format,
			       ...)
{
	va_list arguments;

	view->agreement = agreement;
	va_start(arguments, format);
	(void)vsnprintf(view->agreement_text, sizeof(view->agreement_text), format, arguments);
	va_end(arguments);
}

void sentences_agreement(const struct agreement_facts *facts, struct view *view)
{
	const char *plural = facts->pending == 1 ? "" : "s";
	char span[SPAN_TEXT_MAX];

	if (!facts->has_ledger) {
		say(view, VIEW_WAITING, "Nothing can be stored now. Readings wait.");
	} else if (facts->member_count <= 1) {
		say(view, VIEW_UNWITNESSED, "Only this %s keeps the record: unwitnessed.",
		    facts->role == ROLE_METER ? "hub" : "device");
	} else if (facts->waiting_us >= SENTENCES_STOPPED_US) {
		span_text(facts->waiting_us, span);
		say(view, VIEW_STOPPED, "No agreement for %s. Readings are kept and will follow.",
		    span);
	} else if (facts->waiting_us >= SENTENCES_WAITING_US) {
		say(view, VIEW_WAITING, "Waiting for the others: %u reading%s not yet agreed.",
		    facts->pending, plural);
	} else if (facts->readings_final == 0) {
		say(view, VIEW_WAITING, "Waiting for the first reading to be agreed.");
	} else if (facts->final_age_us < 0) {
		say(view, VIEW_AGREED, "All readings agreed.");
	} else {
		span_text(facts->final_age_us, span);
		say(view, VIEW_AGREED, "All readings agreed, %s ago.", span);
	}
}

_printf_(3, 4) static void judge(struct view *view, enum view_state state, const char *format, ...)
{
	va_list arguments;

	view->state = state;
	va_start(arguments, format);
	(void)vsnprintf(view->state_text, sizeof(view->state_text), format, arguments);
	va_end(arguments);
}

void sentences_state(const struct state_facts *facts, struct view *view)
{
	const char *stale_name = NULL;
	size_t stale = 0;

	for (size_t index = 0; index < view->device_count; index++) {
		if (view->devices[index].state != VIEW_DEVICE_STALE)
			continue;
		stale++;
		stale_name = view->devices[index].name;
	}
	if (view->storage_error[0] != '\0')
		judge(view, VIEW_FAILING, "Nothing can be stored: %s. Live values go on.",
		      view->storage_error);
	else if (facts->verify_error)
		judge(view, VIEW_FAILING, "The stored record failed its check: %s",
		      facts->verify_error);
	else if (facts->is_meter_silent)
		judge(view, VIEW_FAILING, "The main meter does not answer.");
	else if (facts->alarm)
		judge(view, VIEW_WARNING, "%s: %s", facts->alarm->who, facts->alarm->why);
	else if (stale == 1)
		judge(view, VIEW_WARNING, "No live values from %s.", stale_name);
	else if (stale > 1)
		judge(view, VIEW_WARNING, "No live values from %zu devices.", stale);
	else if (view->agreement == VIEW_STOPPED)
		judge(view, VIEW_WARNING, "The readings have not been agreed for a while.");
	else
		judge(view, VIEW_GOOD, "All is well.");
}
