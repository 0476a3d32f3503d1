/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The daemon's parts, wired: measures, agrees, observes, shows. smid.c opens and closes it. */
#pragma once

#include <systemd/sd-event.h>

#include "config.h"
#include "ledger/keys.h"
#include "meter.h"

enum { NODE_ERROR_MAX = 640 };

/** Borrowed until node_close(). */
struct node_settings {
	sd_event *loop;
	const struct config *config;
	const struct contract *contract;
	const char *contract_text;
	unsigned int own; /**< This node's member. */
	struct keys *keys;
	const struct clock_settings *clock;
	struct meter *meter; /**< NULL: nothing to measure. */
	int64_t started_us;  /**< Monotonic time at which the process began. */
};

struct node;

/**
 * Opens the store, the endpoint and the bus, starts the meter; from then on everything happens in
 * the loop. Errors: -EBUSY (another process has the state), -EUCLEAN (another chain's or device's,
 * or damaged), -errno, with @error a sentence.
 */
_must_check_ int node_open(const struct node_settings *settings, struct node **ret_node,
			   char error[static NODE_ERROR_MAX]);
/** Keeps what must be kept and closes in reverse; NULL is allowed. */
void node_close(struct node *node);
DEFINE_CLEANUP(struct node *, node_close);
