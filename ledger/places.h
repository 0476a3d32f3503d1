/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Finds a transaction of a block by its hash. Pure; borrows the block's transactions. */
#pragma once

#include "objects.h"

struct place {
	const struct hash *hash;
	size_t index; /**< Of the transaction in its block. */
};

struct places {
	const struct transaction *transactions; /**< In the block's order. */
	size_t count;
	/** Sorted by hash. */
	struct place list[LEDGER_BLOCK_TRANSACTIONS_MAX];
};

/** @count at most LEDGER_BLOCK_TRANSACTIONS_MAX. Errors: -EEXIST (a hash stands there twice). */
_must_check_ int places_init(struct places *places, const struct transaction *transactions,
			     size_t count);
/** The transaction's index in its block, or -ENOENT. */
_must_check_ int places_find(const struct places *places, const struct hash *hash);
