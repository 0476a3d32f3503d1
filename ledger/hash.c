/* SPDX-License-Identifier: GPL-3.0-or-later */
/** SHA-256 by wolfCrypt, which cannot fail on bytes in memory. */
#include "hash.h"

#include <assert.h>

#include "codec.h"

void hasher_init(struct hasher *hasher)
{
	int r = wc_InitSha256(&hasher->sha);

	assert(r == 0);
	(void)r;
}

void hasher_add(struct hasher *hasher, struct bytes bytes)
{
	int r;

	if (bytes.size == 0)
		return;
	assert(bytes.size <= UINT32_MAX);
	r = wc_Sha256Update(&hasher->sha, bytes.data, (word32)bytes.size);
	assert(r == 0);
	(void)r;
}

void hasher_finish(struct hasher *hasher, struct hash *ret_hash)
{
	int r = wc_Sha256Final(&hasher->sha, ret_hash->bytes);

	assert(r == 0);
	(void)r;
	wc_Sha256Free(&hasher->sha);
}

void hash_parts(const struct bytes *parts, size_t count, struct hash *ret_hash)
{
	struct hasher hasher;

	hasher_init(&hasher);
	for (size_t index = 0; index < count; index++)
		hasher_add(&hasher, parts[index]);
	hasher_finish(&hasher, ret_hash);
}

bool hash_is_zero(const struct hash *hash)
{
	static const struct hash zero = {0};

	return hash_equal(hash, &zero);
}
