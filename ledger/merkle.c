/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Appends to a Merkle tree of which only the roots of its complete subtrees are kept. RFC 9162
 * splits n leaves at the largest power of two below n, so these subtrees are those of the bits of
 * n, the largest first, and the root folds them from the right.
 */
#include "merkle.h"

#include <assert.h>
#include <errno.h>

#include "codec.h"

static void node_hash(const struct hash *left, const struct hash *right, struct hash *ret_hash)
{
	static const uint8_t tag = 0x01;
	const struct bytes parts[] = {BYTES(&tag, 1), BYTES_OF(*left), BYTES_OF(*right)};

	hash_parts(parts, 3, ret_hash);
}

void merkle_leaf_hash(struct bytes leaf, struct hash *ret_hash)
{
	static const uint8_t tag = 0x00;
	const struct bytes parts[] = {BYTES(&tag, 1), leaf};

	hash_parts(parts, 2, ret_hash);
}

size_t merkle_peak_count(uint64_t size)
{
	size_t count = 0;

	/* Each turn clears the lowest bit that is set. */
	for (uint64_t bits = size; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

int merkle_append(struct merkle *merkle, const struct hash *leaf)
{
	size_t count = merkle_peak_count(merkle->size);
	struct hash carried = *leaf;

	if (merkle->size >= UINT64_C(1) << MERKLE_LEVELS_MAX)
		return -ENOSPC;
	/* As in binary addition: each set low bit is a subtree that the new one completes. */
	for (uint64_t bits = merkle->size; (bits & 1) != 0; bits >>= 1)
		node_hash(&merkle->peaks[--count], &carried, &carried);
	merkle->peaks[count] = carried;
	merkle->size++;
	return 0;
}

void merkle_root(const struct merkle *merkle, struct hash *ret_root)
{
	size_t count = merkle_peak_count(merkle->size);
	struct hash root;

	assert(count <= MERKLE_LEVELS_MAX);
	if (count == 0) {
		hash_parts(NULL, 0, ret_root);
		return;
	}
	root = merkle->peaks[--count];
	while (count > 0)
		node_hash(&merkle->peaks[--count], &root, &root);
	*ret_root = root;
}
