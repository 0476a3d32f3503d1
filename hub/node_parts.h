/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Inside of the node: node.c wires, node_events.c takes what comes in, node_show.c shows,
 * node_days.c keeps registers over a restart. Nobody else includes this.
 */
#pragma once

#include "alarms.h"
#include "base/log.h"
#include "bus.h"
#include "measuring.h"
#include "node.h"
#include "peers.h"
#include "register_file.h"
#include "verifying.h"

enum {
	NODE_LOG_PERIOD_US = 10 * 1000 * 1000,
	NODE_NEWS_PERIOD_US = 1000 * 1000, /* Of what is said once each. */
	NODE_NO_DEVICE = -1,
};

struct node {
	struct node_settings settings;
	enum role role;
	struct runner *runner;
	struct verifying *verifying;
	struct peers *peers;
	struct meter *meter; /* Borrowed; NULL: nothing to measure. */
	struct measuring *measuring;
	sd_event_source *second; /* Ages, days, what is to be tried again. */

	/* What is known. */
	struct live live;
	struct alarms alarms;
	int device_of[LEDGER_MEMBERS_MAX]; /* Index in the view, or NODE_NO_DEVICE. */
	unsigned int member_of[VIEW_DEVICES_MAX];
	uint64_t messages_refused[LEDGER_REFUSALS];
	uint64_t readings_refused[VERDICT_REASONS];
	uint64_t payloads_refused;
	struct log_limit alarms_limit;
	struct log_limit messages_limit;
	struct log_limit payloads_limit;
	int64_t final_us; /* Monotonic, of the newest final reading; 0: none since the start. */
	char verify_error[VIEW_TEXT_MAX]; /* Empty: good, or not asked. */

	/* What is shown. */
	struct view view;
	struct bus *bus; /* NULL while it is not there. */
	char bus_name[CONFIG_BUS_NAME_MAX];
	int64_t bus_tried_us;
	sd_event_source *show;
	int64_t shown_us;
	enum view_state told_state; /* To the service manager. */
	struct log_limit told_limit;
	char told_text[VIEW_TEXT_MAX];

	/* What is kept. */
	struct saved_registers saved;
	int64_t saved_us;
	struct log_limit save_limit;
};

/* node.c */
/** Name of a member; "?" for a number that is none. */
const char *node_member_name(const struct node *node, unsigned int member);
void node_alarm(struct node *node, const char *who, const char *what, const char *why);

/* node_events.c */
struct runner_handlers node_runner_handlers(struct node *node);
struct peers_handlers node_peers_handlers(struct node *node);
/** The own meter's sink. */
void node_on_reading(const struct reading *reading, void *context);

/* node_show.c */
/** Fills what does not change; makes the timer. */
_must_check_ int node_show_start(struct node *node);
void node_show_stop(struct node *node);
/** A verifying_callback: answers the bus and remembers a ledger that is bad. */
void node_on_verified(const struct verify_report *report, const char *why, void *context);
/** Something has changed: shown at most four times a second, at once if it is urgent. */
void node_changed(struct node *node, bool is_urgent);
/** Connects to the bus if there is none and it is time to try. */
void node_try_bus(struct node *node);

/* node_days.c */
/** Reads what was kept, before the meter is opened. */
void node_days_load(struct node *node);
/** Begins today for the own meter, once it is open. */
void node_days_begin(struct node *node);
/** Once a second: the day may have changed. */
void node_days_watch(struct node *node);
/** Keeps registers: at once if pulses were counted, else when a day's begin is new. */
void node_days_save(struct node *node, bool has_pulses);
