/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the leader of a slot does: when to propose, and what. */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A candidate is a block and its justification in one message. */
static_assert(LEDGER_BLOCK_SIZE_MAX + JUSTIFICATION_SIZE_MAX + 16 <= LEDGER_MESSAGE_MAX,
	      "a candidate fits into a message");

/** A block under construction. */
struct draft {
	struct transaction transactions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	const struct pool_entry *entries[LEDGER_BLOCK_TRANSACTIONS_MAX];
	unsigned int collected[LEDGER_BLOCK_TRANSACTIONS_MAX];
	struct verdict_batch batches[LEDGER_BLOCK_BATCHES_MAX];
	size_t count;
	size_t batch_count;
	bool is_full; /**< A batch found no place: fewer transactions need fewer. */
};

unsigned int slot_leader(const struct ledger *ledger, uint64_t slot)
{
	return (unsigned int)(slot % ledger->contract->member_count);
}

/** Verdicts that a block must show for this entry, on its side. */
static unsigned int needed(const struct ledger *ledger, const struct pool_entry *entry)
{
	unsigned int members = (unsigned int)ledger->contract->member_count;
	unsigned int accept = ledger->pool.accept;

	return entry->yes >= accept ? accept : members - accept + 1;
}

static bool is_on_its_side(const struct ledger *ledger, const struct pool_entry *entry,
			   const struct pool_word *word)
{
	bool is_accepted = entry->yes >= ledger->pool.accept;

	return word->is_given && word->batch && (word->reason == VERDICT_YES) == is_accepted;
}

/** True if enough of its verdicts can be shown under signatures of judges who did not contradict.
 */
static bool is_provable(const struct ledger *ledger, const struct pool_entry *entry)
{
	unsigned int shown = 0;

	if (!pool_is_decided(entry))
		return false;
	for (unsigned int judge = 0; judge < ledger->contract->member_count; judge++) {
		if (!ledger->pool.is_liar[judge] &&
		    is_on_its_side(ledger, entry, &entry->words[judge]))
			shown++;
	}
	return shown >= needed(ledger, entry);
}

const struct pool_entry *propose_next(const struct ledger *ledger, unsigned int device,
				      uint64_t sequence)
{
	const struct pool_entry *entry = pool_at(&ledger->pool, device, sequence);

	return entry && is_provable(ledger, entry) ? entry : NULL;
}

int64_t propose_due_us(const struct ledger *ledger)
{
	const struct node *parent = progress_parent(ledger);
	const struct ledger_state *state = state_after(ledger, parent);
	const struct slot *slot = slots_find(&ledger->slots, ledger->slot);
	int64_t oldest_us = INT64_MAX;
	bool is_complete = true;

	if (slot_leader(ledger, ledger->slot) != ledger->own ||
	    (slot && (slot->voted_notar || slot->voted_skip)))
		return INT64_MAX;
	for (unsigned int device = 0; device < ledger->contract->member_count; device++) {
		const struct pool_entry *entry =
			propose_next(ledger, device, state->members[device].sequence + 1);

		if (entry && entry->decided_us < oldest_us)
			oldest_us = entry->decided_us;
		if (!entry && (device == ledger->own || ledger->links[device].is_up))
			is_complete = false;
	}
	if (oldest_us != INT64_MAX)
		return is_complete ? oldest_us
				   : oldest_us + (int64_t)ledger->contract->collect_ms * 1000;
	/* Nothing to store, but a block that is not final yet: an empty one helps it. */
	if (parent && ledger->slot_active_us != 0)
		return ledger->slot_active_us + progress_timeout_us(ledger) / 2;
	return INT64_MAX;
}

static void draft_transactions(const struct ledger *ledger, const struct ledger_state *state,
			       size_t count_max, struct draft *draft)
{
	for (unsigned int device = 0; device < ledger->contract->member_count; device++) {
		uint64_t sequence = state->members[device].sequence + 1;
		const struct pool_entry *entry;

		for (; draft->count < count_max; sequence++) {
			entry = propose_next(ledger, device, sequence);
			if (!entry)
				break;
			draft->transactions[draft->count] = entry->transaction;
			draft->entries[draft->count++] = entry;
		}
	}
}

/** Adds one judge's batches, as far as one of them still serves a transaction. */
static void draft_verdicts_of(const struct ledger *ledger, unsigned int judge, struct draft *draft)
{
	size_t first = draft->batch_count;

	for (size_t i = 0; i < draft->count; i++) {
		const struct pool_entry *entry = draft->entries[i];
		const struct pool_word *word = &entry->words[judge];
		bool is_in = false;

		if (!is_on_its_side(ledger, entry, word) ||
		    draft->collected[i] >= needed(ledger, entry))
			continue;
		draft->collected[i]++;
		for (size_t k = first; k < draft->batch_count; k++)
			is_in = is_in ||
				hash_equal(&draft->batches[k].hash, &word->batch->batch.hash);
		if (is_in)
			continue;
		draft->is_full = draft->batch_count == LEDGER_BLOCK_BATCHES_MAX;
		if (draft->is_full)
			return;
		draft->batches[draft->batch_count++] = word->batch->batch;
	}
}

/** The certificates that justify building on @parent in the current slot, as one encoded array. */
static struct bytes write_justification(struct ledger *ledger, const struct node *parent)
{
	uint64_t below = parent ? parent->block.header.slot : ledger->state->slot;
	const struct slot_certificate *list[LEDGER_JUSTIFICATION_MAX];
	struct cbor_writer writer;
	size_t count = 0;
	size_t size = 0;

	for (uint64_t number = below; number < ledger->slot; number++) {
		const struct slot *slot = slots_find(&ledger->slots, number);
		enum vote_kind kind = number == below ? VOTE_NOTAR : VOTE_SKIP;

		if (!slot || !slot_has_certificate(slot, kind))
			continue;
		size += slot->certificates[kind - 1].size;
		/* Who misses one of the rest hears it in a repetition. */
		if (count == LEDGER_JUSTIFICATION_MAX || size > JUSTIFICATION_SIZE_MAX)
			break;
		list[count++] = &slot->certificates[kind - 1];
	}
	effects_write_begin(&ledger->effects, &writer);
	cbor_write_array(&writer, count);
	for (size_t i = 0; i < count; i++)
		cbor_write_raw(&writer, BYTES(list[i]->data, list[i]->size));
	return effects_write_end(&ledger->effects, &writer);
}

/** Header, roots and signature of a block on top of @state; 0 or why it cannot be. */
static int seal(struct ledger *ledger, const struct ledger_state *state, struct bytes justification,
		struct block *block)
{
	struct ledger_state *after = malloc(state_size(ledger->contract));
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	enum state_error error;

	if (!after)
		return -ENOMEM;
	block->header.chain = ledger->contract->chain;
	block->header.epoch = state->epoch;
	block->header.slot = ledger->slot;
	block->header.height = state->height + 1;
	block->header.parent = state->head;
	block->header.parent_slot = state->slot;
	block->header.time_us = ledger->time_us > state->time_us ? ledger->time_us : state->time_us;
	block->header.proposer = ledger->contract->members[ledger->own].id;
	hash_parts(&justification, 1, &block->header.justification);
	state_copy(after, state);
	error = state_apply(after, ledger->contract, block, decisions, &block->header);
	free(after);
	if (error != STATE_OK)
		return -EINVAL;
	block_set_hash(block);
	return ledger->signer.sign(ledger->signer.context, &block->hash, &block->signature);
}

/** Encodes the sealed block and takes it into the tree, as if it had come from the wire. */
static int plant(struct ledger *ledger, const struct block *draft, struct bytes justification)
{
	struct block block = {0};
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct node *node;
	struct bytes wire;
	int r;

	effects_write_begin(&ledger->effects, &writer);
	block_write(&writer, draft);
	if (!writer.data)
		return -ENOMEM;
	if (writer.error < 0 || writer.size > LEDGER_BLOCK_SIZE_MAX)
		return -EMSGSIZE;
	wire = effects_write_end(&ledger->effects, &writer);
	cbor_read_init(&reader, wire);
	block_read(&reader, &ledger->contract->chain, &block);
	if (cbor_read_end(&reader) < 0)
		return reader.error == -ENOMEM ? -ENOMEM : -EINVAL;
	r = tree_add(&ledger->tree, &block, wire, justification, &node);
	if (r < 0) {
		block_clear(&block);
		return r;
	}
	candidate_store(ledger, node);
	candidate_send(ledger, LEDGER_MEMBERS_MAX, node);
	return 0;
}

static int propose(struct ledger *ledger, struct draft *draft, size_t count_max)
{
	struct node *parent = progress_parent(ledger);
	const struct ledger_state *state = state_after(ledger, parent);
	struct block block = {.transactions = draft->transactions, .batches = draft->batches};
	struct bytes justification = write_justification(ledger, parent);
	int r;

	draft->count = 0;
	draft->batch_count = 0;
	draft->is_full = false;
	memset(draft->collected, 0, sizeof(draft->collected));
	draft_transactions(ledger, state, count_max, draft);
	for (unsigned int judge = 0; judge < ledger->contract->member_count; judge++) {
		if (!ledger->pool.is_liar[judge] && !draft->is_full)
			draft_verdicts_of(ledger, judge, draft);
	}
	if (draft->is_full)
		return -EMSGSIZE;
	block.header.count = draft->count;
	block.batch_count = draft->batch_count;
	r = seal(ledger, state, justification, &block);
	return r < 0 ? r : plant(ledger, &block, justification);
}

void propose_if_due(struct ledger *ledger)
{
	size_t count = ledger->contract->block_transactions;
	struct draft *draft;
	int r = -EMSGSIZE;

	if (tree_at(&ledger->tree, ledger->slot) || propose_due_us(ledger) > ledger->now_us)
		return;
	draft = malloc(sizeof(*draft));
	if (!draft) {
		ledger->effects.error = -ENOMEM;
		return;
	}
	/* What does not fit into a block goes into the next one. */
	for (; count > 0 && r == -EMSGSIZE; count /= 2)
		r = propose(ledger, draft, count);
	if (r == -ENOMEM)
		ledger->effects.error = r;
	free(draft);
}
