/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What must hold after every step of a simulation, and at its end. */
#include "simulation.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/verify.h"

static const int64_t HEALING_US_MAX = 120 * 1000000;

_printf_(2, 3) static void violate(struct simulation *simulation, const char *format, ...)
{
	va_list arguments;

	if (simulation->violation[0])
		return;
	va_start(arguments, format);
	(void)vsnprintf(simulation->violation, sizeof(simulation->violation), format, arguments);
	va_end(arguments);
}

/** Final blocks of all members lie on one chain, and a member's only grows. */
static void check_block(struct simulation *simulation, unsigned int member,
			const struct ledger_effect *effect)
{
	uint64_t height = bytes_get_u64(effect->record.key.data);
	struct node_run *node = &simulation->nodes[member];
	struct cbor_reader reader;
	struct block block;

	cbor_read_init(&reader, effect->record.value);
	block_read(&reader, &simulation->fixture.contract->chain, &block);
	assert(cbor_read_end(&reader) == 0);
	if (height != node->height + 1)
		violate(simulation, "member %u stored height %llu after %llu", member,
			(unsigned long long)height, (unsigned long long)node->height);
	node->height = height;
	if (height == simulation->chain_count + 1) {
		simulation->chain = realloc(simulation->chain, height * sizeof(*simulation->chain));
		assert(simulation->chain);
		simulation->chain[simulation->chain_count++] = block.hash;
	} else if (height > simulation->chain_count ||
		   !hash_equal(&simulation->chain[height - 1], &block.hash)) {
		violate(simulation, "fork: member %u finalised another block at height %llu",
			member, (unsigned long long)height);
	}
	block_clear(&block);
}

static struct signed_slot *slot_of(struct node_run *node, uint64_t slot)
{
	if (slot >= node->slot_count) {
		size_t count = (size_t)slot + 64;

		node->slots = realloc(node->slots, count * sizeof(*node->slots));
		assert(node->slots);
		memset(node->slots + node->slot_count, 0,
		       (count - node->slot_count) * sizeof(*node->slots));
		node->slot_count = count;
	}
	return &node->slots[slot];
}

/** An honest key never signs two NOTARs, two FINALs, or FINAL and SKIP in one slot, crash or not.
 */
static void check_vote(struct simulation *simulation, unsigned int member, const struct vote *vote)
{
	struct signed_slot *slot = slot_of(&simulation->nodes[member], vote->slot);
	bool is_bad = false;

	switch (vote->kind) {
	case VOTE_NOTAR:
		is_bad = slot->has_notar && !hash_equal(&slot->notar, &vote->block);
		slot->has_notar = true;
		slot->notar = vote->block;
		break;
	case VOTE_FINAL:
		is_bad = slot->has_skip ||
			 (slot->has_final && !hash_equal(&slot->final, &vote->block));
		slot->has_final = true;
		slot->final = vote->block;
		break;
	case VOTE_SKIP:
		is_bad = slot->has_final;
		slot->has_skip = true;
		break;
	}
	if (is_bad)
		violate(simulation, "member %u contradicted itself in slot %llu", member,
			(unsigned long long)vote->slot);
}

/** Whatever is sent under a signature was durable first. */
static void check_message(struct simulation *simulation, unsigned int member, struct bytes message)
{
	const struct hash *chain = &simulation->fixture.contract->chain;
	struct fixture_records *records = &simulation->nodes[member].records;
	struct cbor_reader reader;
	struct transaction transaction;
	struct vote vote;
	uint8_t key[8];

	cbor_read_init(&reader, message);
	switch (message_read_type(&reader)) {
	case MESSAGE_VOTE:
		message_read_vote(&reader, &vote);
		assert(cbor_read_end(&reader) == 0);
		check_vote(simulation, member, &vote);
		if (!slot_of(&simulation->nodes[member], vote.slot)->is_stored)
			violate(simulation, "member %u sent a vote that it had not stored", member);
		return;
	case MESSAGE_TRANSACTION:
		message_read_transaction(&reader, chain, &transaction);
		assert(cbor_read_end(&reader) == 0);
		bytes_put_u64(key, transaction.sequence);
		if (transaction.sequence > simulation->nodes[member].durable_sequence &&
		    !fixture_record_read(records, LEDGER_TABLE_OUTBOX, BYTES(key, 8)).data)
			violate(simulation, "member %u sent a reading that it had not stored",
				member);
		return;
	case MESSAGE_VERDICTS:
	case MESSAGE_CANDIDATE:
	case MESSAGE_CERTIFICATE:
	case MESSAGE_STATUS:
	case MESSAGE_BLOCKS:
		return;
	}
	violate(simulation, "member %u sent something malformed", member);
}

/** Honest members may be behind or hasty, but nothing worse. */
static bool may_be_refused(enum ledger_refusal refusal)
{
	return refusal == LEDGER_REFUSED_SLOT || refusal == LEDGER_REFUSED_SEQUENCE ||
	       refusal == LEDGER_REFUSED_RATE;
}

void check_effect(struct simulation *simulation, unsigned int member,
		  const struct ledger_effect *effect)
{
	struct node_run *node = &simulation->nodes[member];

	switch (effect->kind) {
	case LEDGER_EFFECT_PUT:
		if (effect->record.table == LEDGER_TABLE_BLOCK)
			check_block(simulation, member, effect);
		if (effect->record.table == LEDGER_TABLE_SLOT)
			slot_of(node, bytes_get_u64(effect->record.key.data))->is_stored = true;
		if (effect->record.table == LEDGER_TABLE_OUTBOX)
			node->durable_sequence = bytes_get_u64(effect->record.key.data);
		return;
	case LEDGER_EFFECT_SEND:
		check_message(simulation, member, effect->send.message);
		return;
	case LEDGER_EFFECT_REFUSED:
		if (!may_be_refused(effect->refused.refusal))
			violate(simulation, "member %u refused an honest member's message: %s",
				member, ledger_refusal_text(effect->refused.refusal));
		return;
	case LEDGER_EFFECT_READING:
		if (effect->reading.is_accepted)
			return;
		simulation->rejection = effect->reading.reason;
		if (!simulation->expects_rejections)
			violate(simulation, "an honest reading was rejected: %s",
				verdict_reason_text(effect->reading.reason));
		return;
	case LEDGER_EFFECT_DELETE:
		return;
	}
}

void simulation_restore(struct simulation *simulation, unsigned int member)
{
	struct node_run *node = &simulation->nodes[member];
	struct ledger_view view;

	/* Blocks and certificates are read when somebody asks for them. */
	for (int table = LEDGER_TABLE_STATE; table < LEDGER_TABLES; table++) {
		struct bytes key;
		struct bytes value;

		for (size_t i = 0;
		     fixture_record_nth(&node->records, (enum ledger_table)table, i, &key, &value);
		     i++)
			assert(ledger_restore(node->ledger, (enum ledger_table)table, key, value) ==
			       0);
	}
	ledger_view(node->ledger, &view);
	if (view.height != node->height)
		violate(simulation, "member %u came back at height %llu of %llu", member,
			(unsigned long long)view.height, (unsigned long long)node->height);
	if (view.own_sequence < node->durable_sequence)
		violate(simulation, "member %u forgot its own reading %llu", member,
			(unsigned long long)node->durable_sequence);
}

static void check_stored(struct simulation *simulation, unsigned int member)
{
	struct node_run *node = &simulation->nodes[member];
	struct verify_report report;

	assert(verify_ledger(simulation->fixture.contract, simulation->fixture.verifier,
			     fixture_record_read, &node->records, NULL, NULL, &report) == 0);
	if (!report.is_good)
		violate(simulation, "member %u's stored ledger does not verify: %s", member,
			report.text);
}

void check_end(struct simulation *simulation)
{
	if (!simulation_is_settled(simulation))
		violate(simulation, "not settled %lld s after healing",
			(long long)(HEALING_US_MAX / 1000000));
	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		struct ledger_member_view view;

		check_stored(simulation, member);
		for (unsigned int each = 0; each < simulation->settings.members; each++) {
			ledger_view_member(simulation->nodes[member].ledger, each, &view);
			if (view.sequence != simulation->nodes[each].durable_sequence)
				violate(simulation, "member %u holds %llu readings of %u, not %llu",
					member, (unsigned long long)view.sequence, each,
					(unsigned long long)simulation->nodes[each]
						.durable_sequence);
		}
	}
	simulation->counts.blocks = simulation->chain_count;
}

bool simulation_is_settled(const struct simulation *simulation)
{
	struct ledger_view first = {0};

	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		struct ledger_view view;

		if (!simulation->nodes[member].ledger)
			continue;
		ledger_view(simulation->nodes[member].ledger, &view);
		if (view.own_pending > 0)
			return false;
		if (first.accept == 0)
			first = view;
		if (view.height != first.height || !hash_equal(&view.head, &first.head))
			return false;
	}
	return true;
}

struct simulation *simulation_new(const struct simulation_settings *settings)
{
	struct simulation *simulation = calloc(1, sizeof(*simulation));

	assert(simulation && settings->members <= SIMULATION_MEMBERS_MAX);
	simulation->settings = *settings;
	simulation->random = settings->seed;
	fixture_init_with(&simulation->fixture, "lan", settings->members, settings->keys,
			  settings->contract_lines ? settings->contract_lines : "");
	simulation->now_us = (int64_t)FIXTURE_TIME_S * 1000000;
	for (unsigned int member = 0; member < settings->members; member++)
		simulation_start(simulation, member);
	return simulation;
}

void simulation_free(struct simulation *simulation)
{
	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		ledger_free(simulation->nodes[member].ledger);
		fixture_records_finish(&simulation->nodes[member].records);
		free(simulation->nodes[member].slots);
	}
	for (size_t i = 0; i < simulation->queue_count; i++)
		free(simulation->queue[i].data);
	free(simulation->queue);
	free(simulation->chain);
	fixture_finish(&simulation->fixture);
	free(simulation);
}

void simulation_view(const struct simulation *simulation, unsigned int member,
		     struct ledger_view *ret_view)
{
	ledger_view(simulation->nodes[member].ledger, ret_view);
}

void simulation_view_member(const struct simulation *simulation, unsigned int member,
			    unsigned int of, struct ledger_member_view *ret_view)
{
	ledger_view_member(simulation->nodes[member].ledger, of, ret_view);
}

enum verdict_reason simulation_rejection(const struct simulation *simulation)
{
	return simulation->rejection;
}

int64_t simulation_now_us(const struct simulation *simulation)
{
	return simulation->now_us;
}

unsigned int simulation_authority(const struct simulation *simulation)
{
	return simulation->fixture.contract->authority;
}

const char *simulation_violation(const struct simulation *simulation)
{
	return simulation->violation[0] ? simulation->violation : NULL;
}

const struct simulation_counts *simulation_counts(const struct simulation *simulation)
{
	return &simulation->counts;
}
