/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Finality: from a FINAL certificate to stored blocks and a new state. */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void tell(struct ledger *ledger, const struct block *block, size_t index,
		 const struct decision *decision)
{
	const struct transaction *transaction = &block->transactions[index];
	int device = contract_find_device(ledger->contract, &transaction->device);
	struct ledger_effect *effect = effects_add(&ledger->effects, LEDGER_EFFECT_READING);

	assert(device >= 0);
	if (!effect)
		return;
	effect->reading.member = (unsigned int)device;
	effect->reading.is_accepted = decision->is_accepted;
	effect->reading.reason = decision->reason;
	effect->reading.yes = decision->yes;
	effect->reading.no = decision->no;
	effect->reading.height = block->header.height;
	effect->reading.transaction = *transaction;
}

/** The pool forgets what is final, and what can no longer be: another content of its sequence. */
static void forget(struct ledger *ledger, const struct transaction *transaction)
{
	int device = contract_find_device(ledger->contract, &transaction->device);
	struct pool_entry *entry =
		pool_at(&ledger->pool, (unsigned int)device, transaction->sequence);

	effects_delete(&ledger->effects, LEDGER_TABLE_VERDICT, BYTES_OF(transaction->hash));
	if (entry) {
		if (!hash_equal(&entry->transaction.hash, &transaction->hash))
			effects_delete(&ledger->effects, LEDGER_TABLE_VERDICT,
				       BYTES_OF(entry->transaction.hash));
		pool_remove(&ledger->pool, entry);
	}
	if ((unsigned int)device == ledger->own)
		own_forget(ledger, transaction->sequence);
	for (size_t i = 0; i < ledger->word_count; i++) {
		if (hash_equal(&ledger->words[i].transaction, &transaction->hash))
			ledger->words[i--] = ledger->words[--ledger->word_count];
	}
}

static void forget_slots(struct ledger *ledger, uint64_t slot)
{
	for (size_t i = 0; i < ledger->slots.count; i++) {
		if (ledger->slots.slots[i].number <= slot && ledger->slots.slots[i].is_stored)
			effects_delete_number(&ledger->effects, LEDGER_TABLE_SLOT,
					      ledger->slots.slots[i].number);
	}
	slots_advance(&ledger->slots, slot + 1);
	for (size_t i = ledger->tree.count; i > 0; i--) {
		struct node *node = ledger->tree.nodes[i - 1];

		if (node->block.header.slot > slot)
			continue;
		if (node->is_stored)
			effects_delete(&ledger->effects, LEDGER_TABLE_CANDIDATE,
				       BYTES_OF(node->block.hash));
		tree_remove(&ledger->tree, node);
	}
}

static struct bytes copy_bytes(struct ledger *ledger, struct bytes bytes)
{
	uint8_t *copy = effects_allocate(&ledger->effects, bytes.size);

	if (!copy)
		return BYTES(NULL, 0);
	memcpy(copy, bytes.data, bytes.size);
	return BYTES(copy, bytes.size);
}

static void store_block(struct ledger *ledger, const struct block *block, struct bytes wire,
			const struct slot_certificate *certificate)
{
	effects_put_number(&ledger->effects, LEDGER_TABLE_BLOCK, block->header.height,
			   copy_bytes(ledger, wire));
	if (certificate)
		effects_put_number(&ledger->effects, LEDGER_TABLE_CERTIFICATE, block->header.height,
				   copy_bytes(ledger, BYTES(certificate->data, certificate->size)));
}

bool final_apply(struct ledger *ledger, const struct block *block, struct bytes wire,
		 const struct slot_certificate *certificate)
{
	struct ledger_state *after = malloc(state_size(ledger->contract));
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	bool is_good = after;

	if (!is_good)
		ledger->effects.error = -ENOMEM;
	if (is_good) {
		state_copy(after, ledger->state);
		is_good =
			state_apply_checked(after, ledger->contract, block, decisions) == STATE_OK;
	}
	if (is_good) {
		store_block(ledger, block, wire, certificate);
		state_copy(ledger->state, after);
		for (size_t i = 0; i < block->header.count; i++) {
			tell(ledger, block, i, &decisions[i]);
			forget(ledger, &block->transactions[i]);
		}
	}
	free(after);
	return is_good;
}

void final_done(struct ledger *ledger)
{
	record_state(ledger);
	forget_slots(ledger, ledger->state->slot);
	pool_sweep(&ledger->pool);
	own_fill_pool(ledger);
	ledger->news_us = ledger->now_us;
}

/** The nodes from the final head (exclusive) up to @node, in order; 0 if one is missing or bad. */
static size_t path_to(const struct ledger *ledger, struct node *node, struct node **path)
{
	size_t count = 0;

	while (node && node->state && count < TREE_NODES_MAX) {
		path[count++] = node;
		if (hash_equal(&node->block.header.parent, &ledger->state->head)) {
			for (size_t i = 0; i < count / 2; i++) {
				struct node *swapped = path[i];

				path[i] = path[count - 1 - i];
				path[count - 1 - i] = swapped;
			}
			return count;
		}
		node = tree_find(&ledger->tree, &node->block.header.parent);
	}
	return 0;
}

static const struct slot_certificate *final_certificate(const struct ledger *ledger,
							const struct block *block)
{
	const struct slot *slot = slots_find(&ledger->slots, block->header.slot);
	const struct slot_certificate *certificate;

	if (!slot)
		return NULL;
	certificate = &slot->certificates[VOTE_FINAL - 1];
	return certificate->data && hash_equal(&certificate->block, &block->hash) ? certificate
										  : NULL;
}

bool final_advance(struct ledger *ledger)
{
	struct node *path[TREE_NODES_MAX];
	size_t count = 0;

	for (size_t i = ledger->slots.count; i > 0 && count == 0; i--) {
		const struct slot *slot = &ledger->slots.slots[i - 1];
		const struct slot_certificate *certificate = &slot->certificates[VOTE_FINAL - 1];
		struct node *node =
			certificate->data ? tree_find(&ledger->tree, &certificate->block) : NULL;

		/* A certificate speaks of a block of its own slot. */
		if (node && node->block.header.slot == slot->number)
			count = path_to(ledger, node, path);
	}
	for (size_t i = 0; i < count; i++) {
		const struct block *block = &path[i]->block;

		if (!final_apply(ledger, block, BYTES(path[i]->wire, path[i]->wire_size),
				 final_certificate(ledger, block)))
			return false;
	}
	if (count > 0)
		final_done(ledger);
	return count > 0;
}
