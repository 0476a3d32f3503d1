/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Verifies the stored ledger beside everything else: in slices that the loop turns to when nothing
 * else waits. One run at a time; what it is asked for and who is answered is its owner's matter.
 *
 *   start --> slice --> slice --> ... --> on_end(report)
 *               |         |
 *          the store is closed, no memory, cancel --> on_end(NULL, why)
 */
#pragma once

#include "runner.h"

enum {
	/** Of work before the loop turns; a block that was begun is ended. */
	VERIFYING_SLICE_US = 10 * 1000,
};

/** A run has ended: @report is borrowed for the call, or NULL with @why it was given up. */
typedef void (*verifying_callback)(const struct verify_report *report, const char *why,
				   void *context);

struct verifying;

/** @loop and @runner are borrowed until verifying_free(). Errors: -ENOMEM, -errno of the loop. */
_must_check_ int verifying_new(sd_event *loop, struct runner *runner, verifying_callback on_end,
			       void *context, struct verifying **ret_verifying);
/** Without a word to the callback; NULL is allowed. */
void verifying_free(struct verifying *verifying);
DEFINE_CLEANUP(struct verifying *, verifying_free);

/**
 * Begins a run, unless one is under way. Each run ends with one call of the callback, which may
 * come from in here if it cannot begin.
 */
void verifying_start(struct verifying *verifying);
/** Gives up a run that is under way and tells the callback @why; NULL is allowed. */
void verifying_cancel(struct verifying *verifying, const char *why);
