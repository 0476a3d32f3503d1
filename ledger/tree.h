/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Candidate blocks above the newest final one, and the state after each that was checked. */
#pragma once

#include "state.h"

enum { TREE_NODES_MAX = 256 };

struct node {
	struct block block;
	uint8_t *wire; /**< The block as encoded. */
	size_t wire_size;
	uint8_t *justification; /**< The certificates it came with, one encoded array. */
	size_t justification_size;
	struct ledger_state *state; /**< After it; NULL: not checked yet. */
	bool is_bad;		    /**< Checked, and not to be voted for. */
	bool is_stored;
};

struct tree {
	struct node *nodes[TREE_NODES_MAX];
	size_t count;
};

void tree_finish(struct tree *tree);
struct node *tree_find(const struct tree *tree, const struct hash *hash);
/** The first candidate of a slot, or NULL. */
struct node *tree_at(const struct tree *tree, uint64_t slot);
/**
 * Takes over @block (cleared in the caller) with copies of its bytes. Errors: -EEXIST, -ENOSPC,
 * -ENOMEM; the block stays the caller's then.
 */
_must_check_ int tree_add(struct tree *tree, struct block *block, struct bytes wire,
			  struct bytes justification, struct node **ret_node);
/** Frees the node. */
void tree_remove(struct tree *tree, struct node *node);
