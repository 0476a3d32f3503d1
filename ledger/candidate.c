/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Candidate blocks: taking them in, checking their content once, and passing them on. */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void candidate_send(struct ledger *ledger, unsigned int member, const struct node *node)
{
	struct cbor_writer writer;

	effects_write_begin(&ledger->effects, &writer);
	cbor_write_array(&writer, 3);
	cbor_write_uint(&writer, MESSAGE_CANDIDATE);
	cbor_write_raw(&writer, BYTES(node->wire, node->wire_size));
	cbor_write_raw(&writer, BYTES(node->justification, node->justification_size));
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}

void candidate_store(struct ledger *ledger, struct node *node)
{
	struct cbor_writer writer;

	if (node->is_stored)
		return;
	effects_write_begin(&ledger->effects, &writer);
	cbor_write_array(&writer, 2);
	cbor_write_raw(&writer, BYTES(node->wire, node->wire_size));
	cbor_write_raw(&writer, BYTES(node->justification, node->justification_size));
	effects_put(&ledger->effects, LEDGER_TABLE_CANDIDATE, BYTES_OF(node->block.hash),
		    effects_write_end(&ledger->effects, &writer));
	node->is_stored = true;
}

/** Reads one block and, if @ret_wire, where its bytes stand. */
static bool read_block(struct ledger *ledger, struct cbor_reader *reader, struct block *block,
		       struct bytes *ret_wire)
{
	size_t offset = cbor_read_offset(reader);

	block_read(reader, &ledger->contract->chain, block);
	if (reader->error < 0)
		return false;
	*ret_wire = cbor_read_span(reader, offset);
	return true;
}

static struct bytes read_justification(struct ledger *ledger, struct cbor_reader *reader)
{
	size_t offset = cbor_read_offset(reader);
	size_t count = cbor_read_array(reader, LEDGER_JUSTIFICATION_MAX);

	for (size_t i = 0; i < count && reader->error == 0; i++)
		certificate_read(reader, &ledger->certificate);
	return cbor_read_span(reader, offset);
}

int candidate_restore(struct ledger *ledger, struct bytes key, struct bytes value)
{
	struct cbor_reader reader;
	struct block block = {0};
	struct bytes wire;
	struct bytes justification;
	struct node *node;
	int r;

	cbor_read_init(&reader, value);
	cbor_read_array_exact(&reader, 2);
	if (!read_block(ledger, &reader, &block, &wire))
		return reader.error == -ENOMEM ? -ENOMEM : -EBADMSG;
	justification = read_justification(ledger, &reader);
	r = cbor_read_end(&reader) < 0 || !bytes_equal(key, BYTES_OF(block.hash))
		    ? -EBADMSG
		    : tree_add(&ledger->tree, &block, wire, justification, &node);
	if (r < 0) {
		block_clear(&block);
		return r == -ENOMEM ? r : -EBADMSG;
	}
	node->is_stored = true;
	return 0;
}

/** Takes every certificate that the candidate brings; false if one was refused. */
static bool take_justification(struct ledger *ledger, unsigned int sender, struct bytes list)
{
	struct cbor_reader reader;
	size_t count;

	cbor_read_init(&reader, list);
	count = cbor_read_array(&reader, LEDGER_JUSTIFICATION_MAX);
	for (size_t i = 0; i < count; i++) {
		certificate_read(&reader, &ledger->certificate);
		if (!certificate_take(ledger, sender, &ledger->certificate))
			return false;
	}
	return true;
}

static bool is_proposer_good(struct ledger *ledger, const struct block *block)
{
	int proposer = contract_find_device(ledger->contract, &block->header.proposer);

	if (proposer < 0 || (unsigned int)proposer != slot_leader(ledger, block->header.slot))
		return false;
	return ledger->verifier.verify(ledger->verifier.context,
				       &ledger->contract->members[proposer].sign_key, &block->hash,
				       &block->signature);
}

/** True if a certificate names this very block. */
static bool is_certified(const struct ledger *ledger, const struct block *block)
{
	const struct slot *slot = slots_find(&ledger->slots, block->header.slot);

	for (int kind = VOTE_NOTAR; slot && kind <= VOTE_FINAL; kind += VOTE_FINAL - VOTE_NOTAR) {
		if (slot->certificates[kind - 1].data &&
		    hash_equal(&slot->certificates[kind - 1].block, &block->hash))
			return true;
	}
	return false;
}

static bool is_justification_named(const struct block *block, struct bytes justification)
{
	struct hash hash;

	hash_parts(&justification, 1, &hash);
	return hash_equal(&hash, &block->header.justification);
}

static void take(struct ledger *ledger, unsigned int sender, struct block *block, struct bytes wire,
		 struct bytes justification)
{
	uint64_t number = block->header.slot;
	struct node *node;
	int r;

	if (number < ledger->slots.base || tree_find(&ledger->tree, &block->hash)) {
		ledger->duplicates++;
		return;
	}
	if (number > ledger->slot + SLOTS_AHEAD_MAX ||
	    block->header.epoch != ledger->state->epoch) {
		refuse(ledger, LEDGER_REFUSED_SLOT, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	if (wire.size > LEDGER_BLOCK_SIZE_MAX || !is_justification_named(block, justification) ||
	    !is_proposer_good(ledger, block)) {
		refuse(ledger, LEDGER_REFUSED_CANDIDATE, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	if (!take_justification(ledger, sender, justification))
		return;
	/* One a slot, unless a quorum says that it is another. */
	if (tree_at(&ledger->tree, number) && !is_certified(ledger, block)) {
		refuse(ledger, LEDGER_REFUSED_EQUIVOCATION, sender, slot_leader(ledger, number));
		return;
	}
	r = tree_add(&ledger->tree, block, wire, justification, &node);
	if (r == -ENOMEM)
		ledger->effects.error = r;
	if (r == -ENOSPC)
		refuse(ledger, LEDGER_REFUSED_SLOT, sender, LEDGER_MEMBERS_MAX);
	if (r == 0 && ledger->has_wanted && hash_equal(&ledger->wanted, &node->block.hash))
		ledger->has_wanted = false;
}

void candidate_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct block block = {0};
	struct bytes wire;
	struct bytes justification;

	if (!read_block(ledger, reader, &block, &wire)) {
		if (reader->error == -ENOMEM)
			ledger->effects.error = -ENOMEM;
		else
			refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	justification = read_justification(ledger, reader);
	if (cbor_read_end(reader) < 0)
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
	else
		take(ledger, sender, &block, wire, justification);
	block_clear(&block);
}

/** Signatures of transactions, of which those in the pool were checked when they came. */
static bool are_transactions_signed(struct ledger *ledger, const struct block *block)
{
	for (size_t i = 0; i < block->header.count; i++) {
		const struct transaction *transaction = &block->transactions[i];
		const struct pool_entry *known = pool_find(&ledger->pool, &transaction->hash);
		int device = contract_find_device(ledger->contract, &transaction->device);

		if (device < 0)
			return false;
		if (known && bytes_equal(BYTES_OF(known->transaction.signature),
					 BYTES_OF(transaction->signature)))
			continue;
		if (!ledger->verifier.verify(ledger->verifier.context,
					     &ledger->contract->members[device].sign_key,
					     &transaction->hash, &transaction->signature))
			return false;
	}
	return true;
}

static bool are_verdicts_signed(struct ledger *ledger, const struct block *block)
{
	for (size_t i = 0; i < block->batch_count; i++) {
		const struct verdict_batch *batch = &block->batches[i];
		int judge = contract_find_device(ledger->contract, &batch->judge);

		if (judge < 0)
			return false;
		if (pool_has_batch(&ledger->pool, (unsigned int)judge, batch))
			continue;
		if (!ledger->verifier.verify(ledger->verifier.context,
					     &ledger->contract->members[judge].sign_key,
					     &batch->hash, &batch->signature))
			return false;
	}
	return true;
}

static const struct ledger_state *parent_state(const struct ledger *ledger,
					       const struct block *block)
{
	const struct node *parent;

	if (hash_equal(&block->header.parent, &ledger->state->head))
		return ledger->state;
	parent = tree_find(&ledger->tree, &block->header.parent);
	return parent ? parent->state : NULL;
}

bool candidate_check(struct ledger *ledger, struct node *node)
{
	const struct ledger_state *before = parent_state(ledger, &node->block);
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	struct ledger_state *after;

	if (node->state)
		return true;
	if (node->is_bad || !before)
		return false;
	after = malloc(state_size(ledger->contract));
	if (!after) {
		ledger->effects.error = -ENOMEM;
		return false;
	}
	state_copy(after, before);
	if (!are_transactions_signed(ledger, &node->block) ||
	    !are_verdicts_signed(ledger, &node->block) ||
	    state_apply_checked(after, ledger->contract, &node->block, decisions) != STATE_OK) {
		refuse(ledger, LEDGER_REFUSED_CANDIDATE,
		       slot_leader(ledger, node->block.header.slot), LEDGER_MEMBERS_MAX);
		node->is_bad = true;
		free(after);
		return false;
	}
	node->state = after;
	return true;
}
