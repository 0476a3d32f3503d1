/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the node knows, to the view, to the bus and to the service manager, at a bounded pace. */
#include "node_parts.h"

#include <errno.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "sentences.h"

enum {
	SHOW_PERIOD_US = 250 * 1000,
	SHOW_URGENT_US = 20 * 1000, /* Even what is urgent does not come faster. */
	BUS_RETRY_US = 5 * 1000 * 1000,
	ALARM_NEWS_S = 3600, /* An alarm is news for an hour. */
};

static void copy_word(char target[static VIEW_WORD_MAX], const char *prefix, const char *word)
{
	(void)snprintf(target, VIEW_WORD_MAX, "%s%s", prefix, word);
}

static void count_refusal(struct view *view, const char *prefix, const char *word, uint64_t count)
{
	struct view_refusal *refusal = &view->refusals[view->refusal_count];

	if (count == 0 || view->refusal_count == VIEW_REFUSALS_MAX)
		return;
	copy_word(refusal->reason, prefix, word);
	refusal->count = count;
	view->refusal_count++;
}

static void show_refusals(struct node *node)
{
	static const char *const messages[LEDGER_REFUSALS] = {
		[LEDGER_REFUSED_MALFORMED] = "malformed",
		[LEDGER_REFUSED_DEVICE] = "device",
		[LEDGER_REFUSED_SENDER] = "sender",
		[LEDGER_REFUSED_SIGNATURE] = "signature",
		[LEDGER_REFUSED_EQUIVOCATION] = "equivocation",
		[LEDGER_REFUSED_SEQUENCE] = "sequence",
		[LEDGER_REFUSED_CHAIN] = "chain",
		[LEDGER_REFUSED_RATE] = "rate",
		[LEDGER_REFUSED_SLOT] = "slot",
		[LEDGER_REFUSED_CANDIDATE] = "candidate",
		[LEDGER_REFUSED_CERTIFICATE] = "certificate",
		[LEDGER_REFUSED_SUBMISSION] = "submission",
	};
	static const char *const readings[VERDICT_REASONS] = {
		"reason", "key", "address", "register", "rate", "future", "interval",
	};
	struct view *view = &node->view;

	view->refusal_count = 0;
	for (unsigned int index = 0; index < LEDGER_REFUSALS; index++)
		count_refusal(view, "", messages[index], node->messages_refused[index]);
	for (unsigned int index = 0; index < VERDICT_REASONS; index++)
		count_refusal(view, "reading-", readings[index], node->readings_refused[index]);
	for (unsigned int index = 0; index < ENDPOINT_REFUSALS; index++)
		count_refusal(view, "session-", peers_refusal_word(index),
			      peers_refused(node->peers, index));
	count_refusal(view, "", "measurement", node->payloads_refused);
}

/** The ledger's part of the view; what was shown last stays while nothing can be stored. */
static void show_final(struct node *node, const struct ledger_view *view)
{
	struct view_ledger *shown = &node->view.ledger;

	shown->head = view->head;
	shown->height = view->height;
	shown->slot = view->slot;
	shown->head_time_us = view->head_time_us;
	shown->readings_final = view->readings_final;
	shown->readings_rejected = view->readings_rejected;
	shown->votes_cast = view->votes_cast;
	shown->accept = view->accept;
}

static void show_member(struct node *node, const struct ledger *ledger, unsigned int member)
{
	struct ledger_member_view from;
	struct view_device *device;

	ledger_view_member(ledger, member, &from);
	node->view.ledger.members[member].vote_slot = from.vote_slot;
	if (node->device_of[member] == NODE_NO_DEVICE)
		return;
	device = &node->view.devices[node->device_of[member]];
	device->final_sequence = from.sequence;
	device->final_time_us = from.end_us;
	device->final_energy_mwh = from.import_mwh;
	device->rejected = from.rejected;
}

/** What is final is shown only once it is in the file; what waits is no promise. */
static void show_ledger(struct node *node, struct agreement_facts *facts)
{
	const struct ledger *ledger = runner_ledger(node->runner);
	bool is_durable = runner_is_durable(node->runner);
	struct view_ledger *shown = &node->view.ledger;
	struct ledger_view view;

	facts->has_ledger = ledger != NULL;
	for (unsigned int member = 0; member < shown->member_count; member++) {
		shown->members[member].is_connected = peers_is_up(node->peers, member);
		if (is_durable)
			show_member(node, ledger, member);
	}
	if (!ledger)
		return;
	ledger_view(ledger, &view);
	if (is_durable)
		show_final(node, &view);
	shown->pending = view.pending;
	shown->own_pending = view.own_pending;
	facts->pending = view.pending;
	facts->readings_final = shown->readings_final;
	if (view.waiting_since_us > 0)
		facts->waiting_us = clock_monotonic_us() - view.waiting_since_us;
}

static void show_sentences(struct node *node, const struct agreement_facts *facts)
{
	const struct alarm *alarm = alarms_newest(&node->alarms, clock_monotonic_us(),
						  (int64_t)ALARM_NEWS_S * CLOCK_SECOND_US);
	struct state_facts state = {
		.verify_error = node->verify_error[0] != '\0' ? node->verify_error : NULL,
		.is_meter_silent = node->meter && meter_is_silent(node->meter),
		/* As shown, with its count. */
		.alarm = alarm ? &node->view.alarms[0] : NULL,
	};

	(void)snprintf(node->view.storage_error, sizeof(node->view.storage_error), "%s",
		       runner_storage_error(node->runner));
	sentences_agreement(facts, &node->view);
	sentences_state(&state, &node->view);
}

static void fill(struct node *node)
{
	int64_t now_us = clock_monotonic_us();
	struct agreement_facts facts = {
		.role = node->role,
		.member_count = node->settings.contract->member_count,
		.final_age_us = node->final_us > 0 ? now_us - node->final_us : -1,
	};
	struct view *view = &node->view;

	view->time_us = clock_reading_us(node->settings.clock);
	live_show(&node->live, now_us, view);
	if (node->role != ROLE_METER)
		view->not_attributed_mw = -1;
	show_ledger(node, &facts);
	alarms_show(&node->alarms, view);
	show_refusals(node);
	show_sentences(node, &facts);
	/* Known on the bus by the update that follows. */
	if (view->power_known && node->bus && view->first_watt_ms == 0)
		view->first_watt_ms = (uint32_t)((now_us - node->settings.started_us) / 1000 + 1);
}

/** STATUS= for the service manager, when a person would be told something else. */
static void tell_manager(struct node *node)
{
	const struct view *view = &node->view;
	uint64_t suppressed;

	if (strcmp(node->told_text, view->state_text) == 0)
		return;
	(void)snprintf(node->told_text, sizeof(node->told_text), "%s", view->state_text);
	(void)sd_notifyf(0, "STATUS=%s", view->state_text);
	if (view->state != node->told_state &&
	    log_limit_pass(&node->told_limit, clock_monotonic_us(), NODE_NEWS_PERIOD_US,
			   &suppressed))
		log_info("The state is now '%s': %s",
			 view->state == VIEW_GOOD      ? "good"
			 : view->state == VIEW_WARNING ? "warning"
						       : "failing",
			 view->state_text);
	node->told_state = view->state;
}

static int on_show(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct node *node = userdata;

	(void)source;
	(void)usec;
	node->shown_us = clock_monotonic_us();
	fill(node);
	bus_update(node->bus);
	tell_manager(node);
	return 0;
}

void node_changed(struct node *node, bool is_urgent)
{
	int64_t due_us = node->shown_us + (is_urgent ? SHOW_URGENT_US : SHOW_PERIOD_US);
	int is_armed = SD_EVENT_OFF;
	uint64_t armed_us;

	if (!node->show)
		return;
	(void)sd_event_source_get_enabled(node->show, &is_armed);
	if (is_armed != SD_EVENT_OFF && sd_event_source_get_time(node->show, &armed_us) >= 0 &&
	    armed_us <= (uint64_t)due_us)
		return;
	(void)sd_event_source_set_time(node->show, (uint64_t)due_us);
	(void)sd_event_source_set_enabled(node->show, SD_EVENT_ONESHOT);
}

static void on_verify(void *context)
{
	struct node *node = context;

	verifying_start(node->verifying);
}

static void on_verify_cancel(void *context)
{
	struct node *node = context;

	verifying_cancel(node->verifying, "nobody waits for it");
}

void node_on_verified(const struct verify_report *report, const char *why, void *context)
{
	struct node *node = context;
	char text[VERIFY_TEXT_MAX];

	if (!report) {
		(void)snprintf(text, sizeof(text), "not verified: %s", why);
		bus_verified(node->bus, false, text, 0);
		return;
	}
	bus_verified(node->bus, report->is_good, report->text, report->blocks);
	(void)snprintf(node->verify_error, sizeof(node->verify_error), "%.*s",
		       (int)sizeof(node->verify_error) - 1, report->is_good ? "" : report->text);
	if (!report->is_good)
		log_error("The stored record failed its check: %s.", report->text);
	node_changed(node, true);
}

void node_try_bus(struct node *node)
{
	struct bus_handlers handlers = {on_verify, on_verify_cancel, node};
	int64_t now_us = clock_monotonic_us();
	int r;

	if (node->bus || (node->bus_tried_us > 0 && now_us - node->bus_tried_us < BUS_RETRY_US))
		return;
	fill(node);
	r = bus_open(node->settings.loop, node->bus_name, &node->view, &handlers, &node->bus);
	if (r < 0 && node->bus_tried_us == 0)
		log_warning("There is no bus for '%s': %s; it is tried again, without a word.",
			    node->bus_name, strerror(-r));
	else if (r == 0 && node->bus_tried_us > 0)
		log_info("On the bus as '%s'.", node->bus_name);
	node->bus_tried_us = now_us;
	node_changed(node, r == 0);
}

/** The hub of a home has the name itself, every other node of a demonstration one below it. */
static void show_names(struct node *node)
{
	const struct config *config = node->settings.config;
	const struct contract *contract = node->settings.contract;
	struct view *view = &node->view;

	if (config->bus_name[0] != '\0')
		(void)snprintf(node->bus_name, sizeof(node->bus_name), "%s", config->bus_name);
	else
		(void)snprintf(node->bus_name, sizeof(node->bus_name), "org.smihub.Hub1%s%s",
			       node->role == ROLE_METER ? "" : ".",
			       node->role == ROLE_METER ? "" : config->name);
	(void)snprintf(view->name, sizeof(view->name), "%s", config->name);
	for (size_t index = 0; index < node->live.device_count; index++) {
		const char *name = node_member_name(node, node->member_of[index]);

		(void)snprintf(view->devices[index].name, LEDGER_NAME_MAX, "%s", name);
		copy_word(view->devices[index].kind, "", config_device_kind(config, name));
	}
	view->ledger.member_count = contract->member_count;
	for (size_t index = 0; index < contract->member_count; index++) {
		struct view_member *member = &view->ledger.members[index];

		memcpy(member->name, contract->members[index].name, sizeof(member->name));
		member->role = contract->members[index].role;
	}
}

int node_show_start(struct node *node)
{
	struct view *view = &node->view;
	int r;

	show_names(node);
	view->role = node->role;
	view->speed = node->settings.clock->is_scaled ? node->settings.clock->speed : 1;
	view->contract_text = node->settings.contract_text;
	view->device_count = node->live.device_count;
	view->ledger.layer = node->settings.contract->layer;
	view->ledger.chain = node->settings.contract->chain;
	view->ledger.head = node->settings.contract->chain;
	view->agreement = VIEW_WAITING;
	r = sd_event_add_time(node->settings.loop, &node->show, CLOCK_MONOTONIC, 0, 1000, on_show,
			      node);
	return r < 0 ? r : sd_event_source_set_enabled(node->show, SD_EVENT_OFF);
}

void node_show_stop(struct node *node)
{
	node->show = sd_event_source_disable_unref(node->show);
}
