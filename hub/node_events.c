/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What comes in, from peers, from the own ledger and the own meter, and where it goes. */
#include "node_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "drivers/senml.h"

/** A live sample, of whichever source. */
static void node_sample(struct node *node, const struct reading *reading, const char *who)
{
	enum register_event event = live_sample(&node->live, reading, clock_monotonic_us());

	if (register_event_is_alarming(event))
		node_alarm(node, who, "register", register_event_text(event));
	node_changed(node, node->view.first_watt_ms == 0 && reading->has_power);
}

void node_on_reading(const struct reading *reading, void *context)
{
	struct node *node = context;
	uint8_t payload[SENML_SIZE_MAX];
	size_t size;
	uint64_t suppressed;
	int r;

	node_sample(node, reading, node_member_name(node, node->settings.own));
	if (node->role != ROLE_APPLIANCE)
		return;
	r = senml_encode(reading, payload, sizeof(payload), &size);
	if (r == 0)
		r = peers_publish_power(node->peers, SENML_CONTENT_FORMAT_CBOR,
					BYTES(payload, size));
	if (r < 0 && log_limit_pass(&node->payloads_limit, clock_monotonic_us(), NODE_LOG_PERIOD_US,
				    &suppressed))
		log_warning("The power could not be published: %s.", strerror(-r));
}

/* Peers */

static void on_peer(unsigned int member, bool is_up, void *context)
{
	struct node *node = context;

	if (member >= node->settings.contract->member_count)
		return;
	if (node->device_of[member] != NODE_NO_DEVICE)
		live_connect(&node->live, (unsigned int)node->device_of[member], is_up,
			     clock_monotonic_us());
	runner_peer(node->runner, member, is_up);
	node_changed(node, true);
}

static void on_message(unsigned int member, const struct address *from, struct bytes message,
		       void *context)
{
	struct node *node = context;

	runner_receive(node->runner, member, from, message);
}

static void on_power(unsigned int member, unsigned int content_format, struct bytes content,
		     void *context)
{
	struct node *node = context;
	struct reading reading = {0};
	enum senml_error error = SENML_MALFORMED;
	uint64_t suppressed;

	if (member >= node->settings.contract->member_count ||
	    node->device_of[member] == NODE_NO_DEVICE)
		return;
	if (content_format == SENML_CONTENT_FORMAT_CBOR)
		error = senml_decode(content, &reading);
	if (error != SENML_OK) {
		node->payloads_refused++;
		if (log_limit_pass(&node->payloads_limit, clock_monotonic_us(), NODE_LOG_PERIOD_US,
				   &suppressed))
			log_warning("A measurement of '%s' is refused: %s; %" PRIu64
				    " more since the last line.",
				    node_member_name(node, member), senml_error_text(error),
				    suppressed);
		node_changed(node, false);
		return;
	}
	reading.source = (unsigned int)node->device_of[member];
	/* When it came, by our own clock: ages are counted by it. */
	reading.time_us = clock_reading_us(node->settings.clock);
	node_sample(node, &reading, node_member_name(node, member));
}

static void on_peer_refused(const char *who, const char *what, const char *why, void *context)
{
	struct node *node = context;

	if (what)
		node_alarm(node, who, what, why);
	else
		node_changed(node, false);
}

struct peers_handlers node_peers_handlers(struct node *node)
{
	return (struct peers_handlers){on_peer, on_message, on_power, on_peer_refused, node};
}

/* The ledger */

static void on_send(unsigned int member, struct bytes message, void *context)
{
	struct node *node = context;

	peers_send(node->peers, member, message);
}

/** The word of a rejection in alarms and counts. */
static const char *verdict_word(enum verdict_reason reason)
{
	static const char *const words[VERDICT_REASONS] = {
		[VERDICT_YES] = "reading",	 [VERDICT_KEY] = "key",
		[VERDICT_ADDRESS] = "address",	 [VERDICT_REGISTER] = "register",
		[VERDICT_RATE] = "rate",	 [VERDICT_FUTURE] = "future",
		[VERDICT_INTERVAL] = "interval",
	};

	return reason < VERDICT_REASONS ? words[reason] : "reading";
}

static const char *verdict_sentence(enum verdict_reason reason)
{
	switch (reason) {
	case VERDICT_KEY:
		return "it is signed by another key";
	case VERDICT_ADDRESS:
		return "it came from another address than the contract names";
	case VERDICT_REGISTER:
		return "its register ran back";
	case VERDICT_RATE:
		return "it is more than the connection can carry";
	case VERDICT_FUTURE:
		return "it ends in the future";
	case VERDICT_INTERVAL:
		return "its interval is not one of the contract's";
	case VERDICT_YES:
	case VERDICT_REASONS:
		break;
	}
	return "no reason was given";
}

static void on_final(const struct ledger_effect *effect, void *context)
{
	struct node *node = context;
	enum verdict_reason reason = effect->reading.reason;
	char why[VIEW_TEXT_MAX];

	node->final_us = clock_monotonic_us();
	node_changed(node, true);
	if (effect->reading.is_accepted)
		return;
	if (reason < VERDICT_REASONS)
		node->readings_refused[reason]++;
	(void)snprintf(why, sizeof(why), "reading %" PRIu64 " was voted down, %u of %u: %s",
		       effect->reading.transaction.sequence, effect->reading.no,
		       effect->reading.yes + effect->reading.no, verdict_sentence(reason));
	node_alarm(node, node_member_name(node, effect->reading.member), verdict_word(reason), why);
}

/** The word of a refusal that is a member's misbehaviour; NULL for what lags or loss can cause. */
static const char *misbehaviour_word(enum ledger_refusal refusal)
{
	switch (refusal) {
	case LEDGER_REFUSED_DEVICE:
		return "device";
	case LEDGER_REFUSED_SENDER:
		return "sender";
	case LEDGER_REFUSED_SIGNATURE:
		return "signature";
	case LEDGER_REFUSED_EQUIVOCATION:
		return "equivocation";
	case LEDGER_REFUSED_RATE:
		return "rate";
	case LEDGER_REFUSED_SUBMISSION:
		return "submission";
	case LEDGER_REFUSED_MALFORMED:
	case LEDGER_REFUSED_SEQUENCE:
	case LEDGER_REFUSED_CHAIN:
	case LEDGER_REFUSED_SLOT:
	case LEDGER_REFUSED_CANDIDATE:
	case LEDGER_REFUSED_CERTIFICATE:
	case LEDGER_REFUSALS:
		break;
	}
	return NULL;
}

static void on_ledger_refused(const struct ledger_effect *effect, void *context)
{
	struct node *node = context;
	enum ledger_refusal refusal = effect->refused.refusal;
	const char *who = node_member_name(node, effect->refused.member);
	const char *text = ledger_refusal_text(refusal);
	const char *what = misbehaviour_word(refusal);
	char why[VIEW_TEXT_MAX];
	uint64_t suppressed;

	if (refusal < LEDGER_REFUSALS)
		node->messages_refused[refusal]++;
	if (log_limit_pass(&node->messages_limit, clock_monotonic_us(), NODE_LOG_PERIOD_US,
			   &suppressed))
		log_warning("A message of '%s' is refused: %s; %" PRIu64
			    " more since the last line.",
			    who, text, suppressed);
	node_changed(node, false);
	if (!what)
		return;
	(void)snprintf(why, sizeof(why), "%s", text);
	if (effect->refused.device < node->settings.contract->member_count &&
	    effect->refused.device != effect->refused.member)
		(void)snprintf(why, sizeof(why), "%s, in the name of %s", text,
			       node_member_name(node, effect->refused.device));
	node_alarm(node, who, what, why);
}

static void on_turn(void *context)
{
	struct node *node = context;
	bool is_news = strcmp(node->view.storage_error, runner_storage_error(node->runner)) != 0;

	node_changed(node, is_news);
}

struct runner_handlers node_runner_handlers(struct node *node)
{
	return (struct runner_handlers){on_send, on_final, on_turn, on_ledger_refused, node};
}
