/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A sorted list of the hashes of one block's transactions. */
#include "places.h"

#include <assert.h>
#include <errno.h>

static int compare(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;

	return bytes_compare(BYTES_OF(*left->hash), BYTES_OF(*right->hash));
}

int places_init(struct places *places, const struct transaction *transactions, size_t count)
{
	assert(count <= LEDGER_BLOCK_TRANSACTIONS_MAX);
	places->transactions = transactions;
	places->count = count;
	for (size_t index = 0; index < count; index++)
		places->list[index] = (struct place){&transactions[index].hash, index};
	qsort(places->list, count, sizeof(places->list[0]), compare);
	for (size_t index = 1; index < count; index++)
		if (compare(&places->list[index - 1], &places->list[index]) == 0)
			return -EEXIST;
	return 0;
}

int places_find(const struct places *places, const struct hash *hash)
{
	const struct place wanted = {.hash = hash};
	const struct place *found =
		bsearch(&wanted, places->list, places->count, sizeof(places->list[0]), compare);

	return found ? (int)found->index : -ENOENT;
}
