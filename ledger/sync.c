/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Repeating what may have been lost, and helping those who are behind. */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CERTIFICATES_SENT_MAX = 8 };

static void send_status(struct ledger *ledger, unsigned int member)
{
	struct status status = {
		.height = ledger->state->height,
		.head = ledger->state->head,
		.slot = ledger->slot,
		.has_wanted = ledger->has_wanted,
		.wanted = ledger->wanted,
	};
	struct cbor_writer writer;

	effects_write_begin(&ledger->effects, &writer);
	message_write_status(&writer, &status);
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}

void sync_ask(struct ledger *ledger, unsigned int member)
{
	struct link *link = &ledger->links[member];

	if (member == ledger->own || ledger->now_us - link->answered_us < LINK_QUIET_US)
		return;
	link->answered_us = ledger->now_us;
	send_status(ledger, member);
}

bool sync_is_pending(const struct ledger *ledger)
{
	return ledger->pool.count > 0 || ledger->outbox_count > 0 || ledger->has_wanted ||
	       progress_parent(ledger);
}

/** What moved this node, and what it signed, above the newest final block; newest slots first. */
static void send_slots(struct ledger *ledger, unsigned int member)
{
	size_t certificates = 0;

	for (size_t i = ledger->slots.count; i > 0; i--) {
		struct slot *slot = &ledger->slots.slots[i - 1];

		if (slot->number + SLOTS_BEHIND_MAX < ledger->slot)
			return;
		vote_send_own(ledger, member, slot);
		for (int kind = VOTE_KINDS; kind > 0; kind--) {
			if (!slot->certificates[kind - 1].data ||
			    certificates == CERTIFICATES_SENT_MAX)
				continue;
			certificate_send(ledger, member, &slot->certificates[kind - 1]);
			certificates++;
		}
	}
}

/** Everything of ours that @member may have missed. */
static void send_all(struct ledger *ledger, unsigned int member)
{
	const struct node *candidate = tree_at(&ledger->tree, ledger->slot);

	send_status(ledger, member);
	send_slots(ledger, member);
	if (candidate && slot_leader(ledger, ledger->slot) == ledger->own)
		candidate_send(ledger, member, candidate);
	own_send_transactions(ledger, member);
	own_send_words(ledger, member);
}

void sync_greet(struct ledger *ledger, unsigned int member)
{
	send_all(ledger, member);
}

void sync_repeat_if_due(struct ledger *ledger)
{
	int64_t quiet_us = (int64_t)ledger->contract->standstill_ms * 1000;

	if (!sync_is_pending(ledger) || ledger->now_us - ledger->news_us < quiet_us ||
	    ledger->now_us - ledger->repeated_us < quiet_us)
		return;
	ledger->repeated_us = ledger->now_us;
	send_all(ledger, LEDGER_MEMBERS_MAX);
}

static bool find_wanted(const struct ledger *ledger, struct hash *ret_wanted)
{
	for (size_t i = 0; i < ledger->slots.count; i++) {
		const struct slot *slot = &ledger->slots.slots[i];

		for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind += VOTE_FINAL - VOTE_NOTAR) {
			const struct slot_certificate *certificate = &slot->certificates[kind - 1];

			if (!certificate->data || tree_find(&ledger->tree, &certificate->block))
				continue;
			*ret_wanted = certificate->block;
			return true;
		}
	}
	return false;
}

void sync_want(struct ledger *ledger)
{
	struct hash wanted;

	if (!find_wanted(ledger, &wanted)) {
		ledger->has_wanted = false;
		return;
	}
	if (ledger->has_wanted && hash_equal(&wanted, &ledger->wanted) &&
	    ledger->now_us - ledger->wanted_us < LINK_QUIET_US)
		return;
	/* The candidate itself may be on its way: ask at the second look. */
	if (ledger->has_wanted && hash_equal(&wanted, &ledger->wanted))
		send_status(ledger, LEDGER_MEMBERS_MAX);
	ledger->has_wanted = true;
	ledger->wanted = wanted;
	ledger->wanted_us = ledger->now_us;
}

static struct bytes copy_record(struct ledger *ledger, enum ledger_table table, uint64_t number)
{
	uint8_t key[8];
	struct bytes value;
	uint8_t *copy;

	bytes_put_u64(key, number);
	value = ledger->read ? ledger->read(ledger->read_context, table, BYTES(key, sizeof(key)))
			     : BYTES(NULL, 0);
	if (!value.data)
		return value;
	copy = effects_allocate(&ledger->effects, value.size);
	if (!copy)
		return BYTES(NULL, 0);
	memcpy(copy, value.data, value.size);
	return BYTES(copy, value.size);
}

/** Final blocks above @height, up to the last that has a certificate of its own. */
static void send_blocks(struct ledger *ledger, unsigned int member, uint64_t height)
{
	struct bytes blocks[LEDGER_SYNC_BLOCKS_MAX];
	struct bytes certificate = BYTES(NULL, 0);
	struct cbor_writer writer;
	size_t certified = 0;
	size_t size = 0;

	for (size_t i = 0; i < LEDGER_SYNC_BLOCKS_MAX && height + i < ledger->state->height; i++) {
		struct bytes found;

		blocks[i] = copy_record(ledger, LEDGER_TABLE_BLOCK, height + i + 1);
		size += blocks[i].size;
		if (!blocks[i].data || (certified > 0 && size > SYNC_BYTES_MAX))
			break;
		found = copy_record(ledger, LEDGER_TABLE_CERTIFICATE, height + i + 1);
		if (found.data) {
			certificate = found;
			certified = i + 1;
		}
	}
	if (certified == 0)
		return;
	effects_write_begin(&ledger->effects, &writer);
	message_write_blocks(&writer, blocks, certified, certificate);
	if (writer.error == 0)
		effects_send(&ledger->effects, member,
			     effects_write_end(&ledger->effects, &writer));
}

void status_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct status status;
	const struct node *node;

	message_read_status(reader, &status);
	if (cbor_read_end(reader) < 0) {
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	if (!bucket_take(&ledger->links[sender].answers, ledger->now_us, ANSWER_RATE,
			 ANSWER_BURST)) {
		ledger->duplicates++;
		return;
	}
	if (status.height < ledger->state->height) {
		send_blocks(ledger, sender, status.height);
		return;
	}
	if (status.height > ledger->state->height) {
		sync_ask(ledger, sender);
		return;
	}
	if (status.has_wanted) {
		node = tree_find(&ledger->tree, &status.wanted);
		if (node)
			candidate_send(ledger, sender, node);
	}
	if (status.slot < ledger->slot)
		send_slots(ledger, sender);
	else if (status.slot > ledger->slot)
		sync_ask(ledger, sender);
}

/** Blocks of one message, with where their bytes stand. */
struct arrival {
	struct block blocks[LEDGER_SYNC_BLOCKS_MAX];
	struct bytes wires[LEDGER_SYNC_BLOCKS_MAX];
	size_t count;
	struct certificate certificate;
	struct slot_certificate kept;
};

static void arrival_free(struct arrival *arrival)
{
	for (size_t i = 0; i < arrival->count; i++)
		block_clear(&arrival->blocks[i]);
	free(arrival);
}

static bool read_arrival(struct ledger *ledger, struct cbor_reader *reader, struct arrival *arrival)
{
	size_t count;
	size_t offset;

	message_read_blocks(reader, &count);
	for (size_t i = 0; i < count && reader->error == 0; i++) {
		offset = cbor_read_offset(reader);
		block_read(reader, &ledger->contract->chain, &arrival->blocks[i]);
		if (reader->error < 0)
			return false;
		arrival->count = i + 1;
		arrival->wires[i] = cbor_read_span(reader, offset);
	}
	offset = cbor_read_offset(reader);
	certificate_read(reader, &arrival->certificate);
	if (reader->error < 0)
		return false;
	/* Borrowed from the message: final_apply() copies it. */
	arrival->kept.block = arrival->certificate.block;
	arrival->kept.data = (uint8_t *)(uintptr_t)cbor_read_span(reader, offset).data;
	arrival->kept.size = cbor_read_span(reader, offset).size;
	return cbor_read_end(reader) == 0 && arrival->count > 0;
}

/** A block's hash does not cover its proposer's signature, which is stored with it. */
static bool is_proposed(struct ledger *ledger, const struct block *block)
{
	int proposer = contract_find_device(ledger->contract, &block->header.proposer);

	return proposer >= 0 &&
	       ledger->verifier.verify(ledger->verifier.context,
				       &ledger->contract->members[proposer].sign_key, &block->hash,
				       &block->signature);
}

/** The certificate makes the last block final, the hashes the others. */
static bool is_arrival_good(struct ledger *ledger, const struct arrival *arrival)
{
	const struct block *last = &arrival->blocks[arrival->count - 1];
	const struct certificate *certificate = &arrival->certificate;

	for (size_t i = 1; i < arrival->count; i++) {
		if (!hash_equal(&arrival->blocks[i].header.parent, &arrival->blocks[i - 1].hash))
			return false;
	}
	if (certificate->kind != VOTE_FINAL || certificate->slot != last->header.slot ||
	    certificate->epoch != last->header.epoch ||
	    !hash_equal(&certificate->block, &last->hash) ||
	    !certificate_verify(ledger->contract, ledger->verifier, certificate))
		return false;
	for (size_t i = 0; i < arrival->count; i++) {
		if (arrival->blocks[i].header.height > ledger->state->height &&
		    !is_proposed(ledger, &arrival->blocks[i]))
			return false;
	}
	return true;
}

/** All of it or nothing: hashes cover headers, and what is below them may still be anything. */
static bool does_arrival_fit(struct ledger *ledger, const struct arrival *arrival)
{
	struct ledger_state *after = malloc(state_size(ledger->contract));
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	bool is_good = after;

	if (!is_good) {
		ledger->effects.error = -ENOMEM;
		return false;
	}
	state_copy(after, ledger->state);
	for (size_t i = 0; is_good && i < arrival->count; i++) {
		const struct block *block = &arrival->blocks[i];

		if (block->header.height > ledger->state->height)
			is_good = state_apply_checked(after, ledger->contract, block, decisions) ==
				  STATE_OK;
	}
	free(after);
	return is_good;
}

static void apply_arrival(struct ledger *ledger, unsigned int sender, struct arrival *arrival)
{
	if (!does_arrival_fit(ledger, arrival)) {
		if (ledger->effects.error == 0)
			refuse(ledger, LEDGER_REFUSED_CANDIDATE, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	for (size_t i = 0; i < arrival->count; i++) {
		const struct block *block = &arrival->blocks[i];
		bool is_last = i + 1 == arrival->count;

		if (block->header.height > ledger->state->height &&
		    !final_apply(ledger, block, arrival->wires[i], is_last ? &arrival->kept : NULL))
			return;
	}
	final_done(ledger);
	/* There may be more. */
	send_status(ledger, sender);
}

void blocks_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct arrival *arrival = calloc(1, sizeof(*arrival));

	if (!arrival) {
		ledger->effects.error = -ENOMEM;
		return;
	}
	if (!read_arrival(ledger, reader, arrival)) {
		if (reader->error == -ENOMEM)
			ledger->effects.error = -ENOMEM;
		else
			refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
	} else if (arrival->blocks[arrival->count - 1].header.height <= ledger->state->height) {
		ledger->duplicates++;
	} else if (!is_arrival_good(ledger, arrival)) {
		refuse(ledger, LEDGER_REFUSED_CERTIFICATE, sender, LEDGER_MEMBERS_MAX);
	} else {
		apply_arrival(ledger, sender, arrival);
	}
	arrival_free(arrival);
}
