/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The rules of Simplex (LEDGER.md section 3), carried out until none applies. */
#include "core.h"

#include <assert.h>
#include <errno.h>

enum {
	ROUNDS_MAX = 4 * SLOTS_MAX, /**< Of one call of progress(): only a bug needs more. */
};

const struct ledger_state *state_after(const struct ledger *ledger, const struct node *node)
{
	return node ? node->state : ledger->state;
}

bool progress_gap_is_skipped(const struct ledger *ledger, uint64_t below, uint64_t above)
{
	for (uint64_t number = below + 1; number < above; number++) {
		const struct slot *slot = slots_find(&ledger->slots, number);

		if (!slot || !slot_has_certificate(slot, VOTE_SKIP))
			return false;
	}
	return true;
}

/** The block that a NOTAR certificate of this slot names, if its content is known and good. */
static struct node *notarised(const struct ledger *ledger, const struct slot *slot)
{
	struct node *node;

	if (!slot_has_certificate(slot, VOTE_NOTAR))
		return NULL;
	node = tree_find(&ledger->tree, &slot->certificates[VOTE_NOTAR - 1].block);
	return node && node->state && node->block.header.slot == slot->number ? node : NULL;
}

struct node *progress_parent(const struct ledger *ledger)
{
	for (size_t i = ledger->slots.count; i > 0; i--) {
		const struct slot *slot = &ledger->slots.slots[i - 1];
		struct node *node;

		if (slot->number >= ledger->slot)
			continue;
		node = notarised(ledger, slot);
		if (node && progress_gap_is_skipped(ledger, slot->number, ledger->slot))
			return node;
	}
	return NULL;
}

int64_t progress_timeout_us(const struct ledger *ledger)
{
	int64_t timeout_us = (int64_t)ledger->contract->timeout_ms * 1000;
	int64_t max_us = (int64_t)ledger->contract->timeout_max_ms * 1000;

	for (uint64_t slot = ledger->slots.base; slot < ledger->slot && timeout_us < max_us; slot++)
		timeout_us += timeout_us / 2;
	return timeout_us < max_us ? timeout_us : max_us;
}

/** Readings that could be stored above the block that this slot builds on. */
static bool has_provable(const struct ledger *ledger, const struct node *parent)
{
	const struct ledger_state *state = state_after(ledger, parent);

	for (unsigned int device = 0; device < ledger->contract->member_count; device++) {
		if (propose_next(ledger, device, state->members[device].sequence + 1))
			return true;
	}
	return false;
}

/** Starts or stops the slot's clock: slots run only while something is pending. */
static void note_activity(struct ledger *ledger)
{
	const struct node *parent = progress_parent(ledger);
	const struct slot *slot = slots_find(&ledger->slots, ledger->slot);
	unsigned int liars = (unsigned int)(ledger->contract->member_count - 1) / 3;
	bool is_active = parent || tree_at(&ledger->tree, ledger->slot) ||
			 has_provable(ledger, parent) ||
			 (slot && slot_voters(&ledger->slots, slot) > liars);

	if (!is_active)
		ledger->slot_active_us = 0;
	else if (ledger->slot_active_us == 0)
		ledger->slot_active_us = ledger->now_us;
}

static bool enter_next_slot(struct ledger *ledger)
{
	const struct slot *slot;
	bool has_moved = false;

	if (ledger->slot < ledger->slots.base) {
		ledger->slot = ledger->slots.base;
		has_moved = true;
	}
	slot = slots_find(&ledger->slots, ledger->slot);
	if (slot &&
	    (slot_has_certificate(slot, VOTE_NOTAR) || slot_has_certificate(slot, VOTE_SKIP) ||
	     slot_has_certificate(slot, VOTE_FINAL))) {
		ledger->slot++;
		has_moved = true;
	}
	if (!has_moved)
		return false;
	ledger->slot_active_us = 0;
	ledger->slot_entered_us = ledger->now_us;
	ledger->news_us = ledger->now_us;
	slots_trim(&ledger->slots, ledger->slot);
	return true;
}

/** FINAL where the NOTAR certificate is held, voted for and not skipped. */
static bool vote_finals(struct ledger *ledger)
{
	bool has_voted = false;

	for (size_t i = 0; i < ledger->slots.count; i++) {
		struct slot *slot = &ledger->slots.slots[i];

		if (slot->voted_final || slot->voted_skip || !slot->voted_notar ||
		    !slot_has_certificate(slot, VOTE_NOTAR) ||
		    !hash_equal(&slot->certificates[VOTE_NOTAR - 1].block, &slot->notar))
			continue;
		vote_cast(ledger, slot, VOTE_FINAL, &slot->notar);
		has_voted = true;
	}
	return has_voted;
}

/** The candidate of the current slot, if it may be voted for: a function of state and block alone.
 */
static struct node *votable(struct ledger *ledger)
{
	struct node *node = tree_at(&ledger->tree, ledger->slot);
	const struct node *parent;
	const struct slot *slot;

	if (!node || node->is_bad || !candidate_check(ledger, node))
		return NULL;
	if (!progress_gap_is_skipped(ledger, node->block.header.parent_slot, ledger->slot))
		return NULL;
	if (hash_equal(&node->block.header.parent, &ledger->state->head))
		return node;
	parent = tree_find(&ledger->tree, &node->block.header.parent);
	slot = slots_find(&ledger->slots, node->block.header.parent_slot);
	return parent && slot && notarised(ledger, slot) == parent ? node : NULL;
}

static bool is_leader_silent(const struct ledger *ledger)
{
	unsigned int leader = slot_leader(ledger, ledger->slot);

	return leader != ledger->own &&
	       ledger->links[leader].vote_slot + SILENT_SLOTS_MAX + ledger->contract->member_count <
		       ledger->slot;
}

static int64_t skip_due_us(const struct ledger *ledger)
{
	const struct node *node = tree_at(&ledger->tree, ledger->slot);

	if (ledger->slot_active_us == 0)
		return INT64_MAX;
	if (is_leader_silent(ledger) || (node && node->is_bad))
		return ledger->slot_active_us;
	return ledger->slot_active_us + (int64_t)ledger->contract->collect_ms * 1000 +
	       progress_timeout_us(ledger);
}

static bool vote_in_slot(struct ledger *ledger)
{
	struct slot *slot;
	struct node *node;
	int r = slots_get(&ledger->slots, ledger->slot, &slot);

	if (r == -ENOMEM)
		ledger->effects.error = r;
	if (r < 0)
		return false;
	propose_if_due(ledger);
	if (!slot->voted_notar && !slot->voted_skip) {
		node = votable(ledger);
		if (node) {
			candidate_store(ledger, node);
			vote_cast(ledger, slot, VOTE_NOTAR, &node->block.hash);
			return true;
		}
	}
	if (!slot->voted_skip && !slot->voted_final && skip_due_us(ledger) <= ledger->now_us) {
		vote_cast(ledger, slot, VOTE_SKIP, NULL);
		return true;
	}
	return false;
}

static void check_candidates(struct ledger *ledger)
{
	bool has_checked = true;

	/* A child can be checked once its parent was, in whatever order they came. */
	for (size_t round = 0; has_checked && round < TREE_NODES_MAX; round++) {
		has_checked = false;
		for (size_t i = 0; i < ledger->tree.count; i++) {
			struct node *node = ledger->tree.nodes[i];

			if (!node->state && !node->is_bad && candidate_check(ledger, node))
				has_checked = true;
		}
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void schedule(struct ledger *ledger)
{
	const struct slot *slot = slots_find(&ledger->slots, ledger->slot);
	int64_t propose_us = propose_due_us(ledger);
	/* What was due and not done now waits for another event, not for time. */
	int64_t next_us = propose_us > ledger->now_us ? propose_us : INT64_MAX;
	int64_t repeat_us =
		ledger->news_us > ledger->repeated_us ? ledger->news_us : ledger->repeated_us;

	if (slot && !slot->voted_skip && !slot->voted_final)
		next_us = earlier(next_us, skip_due_us(ledger));
	if (ledger->unsigned_since_us != 0)
		next_us = earlier(next_us, ledger->unsigned_since_us +
						   (int64_t)ledger->contract->verdict_ms * 1000);
	if (sync_is_pending(ledger))
		next_us = earlier(next_us,
				  repeat_us + (int64_t)ledger->contract->standstill_ms * 1000);
	ledger->next_tick_us = next_us;
}

void progress(struct ledger *ledger)
{
	bool has_moved = true;

	for (size_t round = 0; has_moved; round++) {
		assert(round < ROUNDS_MAX);
		own_judge(ledger);
		check_candidates(ledger);
		has_moved = final_advance(ledger);
		has_moved = vote_finals(ledger) || has_moved;
		has_moved = enter_next_slot(ledger) || has_moved;
		note_activity(ledger);
		has_moved = vote_in_slot(ledger) || has_moved;
		if (ledger->effects.error < 0)
			return;
	}
	schedule(ledger);
}
