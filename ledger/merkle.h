/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The Merkle tree of RFC 9162 section 2.1 over all transactions of a chain, as the roots of its
 * complete subtrees: enough to append and to name the root; proofs come with receipts. Pure.
 */
#pragma once

#include "objects.h"

enum { MERKLE_LEVELS_MAX = 48 };

struct merkle {
	uint64_t size;			      /**< Leaves. */
	struct hash peaks[MERKLE_LEVELS_MAX]; /**< One for each bit set in size, largest first. */
};

/** How many peaks a tree of @size leaves has. */
size_t merkle_peak_count(uint64_t size);
/** SHA-256(0x00, leaf). */
void merkle_leaf_hash(struct bytes leaf, struct hash *ret_hash);
/** Appends a leaf by its hash. Errors: -ENOSPC at 2^48 leaves. */
_must_check_ int merkle_append(struct merkle *merkle, const struct hash *leaf);
/** Root over all leaves; SHA-256 of nothing if there are none. */
void merkle_root(const struct merkle *merkle, struct hash *ret_root);
