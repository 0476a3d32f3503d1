/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The node's own readings: at each interval's end its register goes to the ledger, once, in order.
 */
#pragma once

#include "meter.h"
#include "runner.h"

/** Borrowed until measuring_stop(). */
struct measuring_settings {
	sd_event *loop;
	const struct clock_settings *clock;
	const struct contract *contract;
	struct meter *meter;
	struct runner *runner;
	/** A reading was handed over: what must outlive the process can be kept now. */
	void (*on_submitted)(void *context);
	void *context;
};

struct measuring;

_must_check_ int measuring_start(const struct measuring_settings *settings,
				 struct measuring **ret_measuring);
void measuring_stop(struct measuring *measuring);
DEFINE_CLEANUP(struct measuring *, measuring_stop);
