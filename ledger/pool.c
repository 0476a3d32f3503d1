/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Transactions that are not final and the words on them; see pool.h. */
#include "pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

int pool_init(struct pool *pool, const struct contract *contract)
{
	size_t places = contract->member_count * contract->window;

	*pool = (struct pool){.contract = contract};
	pool->accept = contract_accept(contract, contract->member_count);
	pool->bucket_count = 1;
	while (pool->bucket_count < places)
		pool->bucket_count *= 2;
	pool->entries = calloc(places, sizeof(struct pool_entry *));
	pool->buckets = calloc(pool->bucket_count, sizeof(struct pool_entry *));
	pool->batches = calloc(contract->member_count, sizeof(struct pool_batch *));
	pool->batch_counts = calloc(contract->member_count, sizeof(unsigned int));
	pool->is_liar = calloc(contract->member_count, sizeof(bool));
	if (!pool->entries || !pool->buckets || !pool->batches || !pool->batch_counts ||
	    !pool->is_liar) {
		pool_finish(pool);
		return -ENOMEM;
	}
	return 0;
}

void pool_finish(struct pool *pool)
{
	size_t places = pool->contract ? pool->contract->member_count * pool->contract->window : 0;

	for (size_t i = 0; pool->entries && i < places; i++)
		free(pool->entries[i]);
	for (size_t i = 0; pool->batches && i < pool->contract->member_count; i++) {
		while (pool->batches[i]) {
			struct pool_batch *next = pool->batches[i]->next;

			free(pool->batches[i]);
			pool->batches[i] = next;
		}
	}
	free(pool->entries);
	free(pool->buckets);
	free(pool->batches);
	free(pool->batch_counts);
	free(pool->is_liar);
	*pool = (struct pool){0};
}

static struct pool_entry **place(const struct pool *pool, unsigned int device, uint64_t sequence)
{
	size_t window = pool->contract->window;

	return &pool->entries[device * window + sequence % window];
}

static struct pool_entry **bucket(const struct pool *pool, const struct hash *hash)
{
	return &pool->buckets[bytes_get_u64(hash->bytes) & (pool->bucket_count - 1)];
}

struct pool_entry *pool_at(const struct pool *pool, unsigned int device, uint64_t sequence)
{
	struct pool_entry *entry = *place(pool, device, sequence);

	return entry && entry->transaction.sequence == sequence ? entry : NULL;
}

struct pool_entry *pool_find(const struct pool *pool, const struct hash *hash)
{
	for (struct pool_entry *entry = *bucket(pool, hash); entry; entry = entry->chain) {
		if (hash_equal(&entry->transaction.hash, hash))
			return entry;
	}
	return NULL;
}

bool pool_is_decided(const struct pool_entry *entry)
{
	return entry->decided_us != 0;
}

static void set_word(struct pool *pool, struct pool_entry *entry, unsigned int judge,
		     enum verdict_reason reason, const struct pool_batch *batch, int64_t now_us)
{
	struct pool_word *word = &entry->words[judge];
	size_t refuse = pool->contract->member_count - pool->accept + 1;

	if (word->is_given) {
		if (word->reason != reason)
			pool->is_liar[judge] = true;
		else if (!word->batch)
			word->batch = batch;
		return;
	}
	*word = (struct pool_word){.batch = batch, .reason = reason, .is_given = true};
	if (reason == VERDICT_YES)
		entry->yes++;
	else
		entry->no++;
	if (entry->decided_us == 0 && (entry->yes >= pool->accept || entry->no >= refuse))
		entry->decided_us = now_us;
}

void pool_set_word(struct pool *pool, struct pool_entry *entry, unsigned int judge,
		   enum verdict_reason reason, int64_t now_us)
{
	set_word(pool, entry, judge, reason, NULL, now_us);
}

/** Words on a new entry that were heard before it was. */
static void hear_earlier(struct pool *pool, struct pool_entry *entry, int64_t now_us)
{
	for (unsigned int judge = 0; judge < pool->contract->member_count; judge++) {
		const struct pool_batch *heard = pool->batches[judge];

		for (; heard; heard = heard->next) {
			for (size_t i = 0; i < heard->batch.count; i++) {
				const struct verdict *verdict = &heard->verdicts[i];

				if (hash_equal(&verdict->transaction, &entry->transaction.hash))
					set_word(pool, entry, judge, verdict->reason, heard,
						 now_us);
			}
		}
	}
}

int pool_add(struct pool *pool, const struct ledger_state *state, unsigned int device,
	     const struct transaction *transaction, int64_t now_us, struct pool_entry **ret_entry)
{
	const struct member_state *member = &state->members[device];
	struct pool_entry *entry = pool_at(pool, device, transaction->sequence);
	size_t words = pool->contract->member_count * sizeof(struct pool_word);
	struct pool_entry **head;

	if (entry)
		return hash_equal(&entry->transaction.hash, &transaction->hash) ? -EEXIST
										: -ENOTUNIQ;
	if (transaction->sequence <= member->sequence ||
	    transaction->sequence - member->sequence > pool->contract->window)
		return -ERANGE;
	entry = calloc(1, sizeof(*entry) + words);
	if (!entry)
		return -ENOMEM;
	entry->transaction = *transaction;
	entry->device = device;
	entry->seen_us = now_us;
	assert(!*place(pool, device, transaction->sequence));
	*place(pool, device, transaction->sequence) = entry;
	head = bucket(pool, &transaction->hash);
	entry->chain = *head;
	*head = entry;
	pool->count++;
	hear_earlier(pool, entry, now_us);
	*ret_entry = entry;
	return 0;
}

void pool_remove(struct pool *pool, struct pool_entry *entry)
{
	struct pool_entry **link = bucket(pool, &entry->transaction.hash);

	while (*link != entry)
		link = &(*link)->chain;
	*link = entry->chain;
	*place(pool, entry->device, entry->transaction.sequence) = NULL;
	pool->count--;
	free(entry);
}

/** Unlinks and frees a batch; the words that stood on it are heard again when it is repeated. */
static void drop_batch(struct pool *pool, struct pool_batch **link)
{
	struct pool_batch *batch = *link;

	for (size_t i = 0; i < batch->batch.count; i++) {
		struct pool_entry *entry = pool_find(pool, &batch->verdicts[i].transaction);

		if (entry && entry->words[batch->judge].batch == batch)
			entry->words[batch->judge].batch = NULL;
	}
	*link = batch->next;
	pool->batch_counts[batch->judge]--;
	free(batch);
}

static void drop_oldest(struct pool *pool, unsigned int judge)
{
	struct pool_batch **link = &pool->batches[judge];

	while ((*link)->next)
		link = &(*link)->next;
	drop_batch(pool, link);
}

/** True if the batch says something that is not known, or puts a signature under it. */
static bool is_news(const struct pool *pool, unsigned int judge, const struct verdict_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct pool_entry *entry = pool_find(pool, &batch->verdicts[i].transaction);

		if (!entry || !entry->words[judge].batch)
			return true;
	}
	return false;
}

bool pool_has_batch(const struct pool *pool, unsigned int judge, const struct verdict_batch *batch)
{
	for (const struct pool_batch *known = pool->batches[judge]; known; known = known->next) {
		if (hash_equal(&known->batch.hash, &batch->hash) &&
		    bytes_equal(BYTES_OF(known->batch.signature), BYTES_OF(batch->signature)))
			return true;
	}
	return false;
}

int pool_add_batch(struct pool *pool, unsigned int judge, const struct verdict_batch *batch,
		   int64_t now_us)
{
	struct pool_batch *copy;

	if (!is_news(pool, judge, batch))
		return -EEXIST;
	for (const struct pool_batch *known = pool->batches[judge]; known; known = known->next) {
		if (hash_equal(&known->batch.hash, &batch->hash))
			return -EEXIST;
	}
	copy = malloc(sizeof(*copy) + batch->count * sizeof(struct verdict));
	if (!copy)
		return -ENOMEM;
	*copy = (struct pool_batch){.judge = judge, .batch = *batch};
	memcpy(copy->verdicts, batch->verdicts, batch->count * sizeof(struct verdict));
	copy->batch.verdicts = copy->verdicts;
	if (pool->batch_counts[judge] >= POOL_BATCHES_MAX)
		drop_oldest(pool, judge);
	copy->next = pool->batches[judge];
	pool->batches[judge] = copy;
	pool->batch_counts[judge]++;
	for (size_t i = 0; i < copy->batch.count; i++) {
		const struct verdict *verdict = &copy->verdicts[i];
		struct pool_entry *entry = pool_find(pool, &verdict->transaction);

		if (entry)
			set_word(pool, entry, judge, verdict->reason, copy, now_us);
	}
	return 0;
}

static bool is_needed(const struct pool *pool, const struct pool_batch *batch)
{
	for (size_t i = 0; i < batch->batch.count; i++) {
		if (pool_find(pool, &batch->verdicts[i].transaction))
			return true;
	}
	return false;
}

void pool_sweep(struct pool *pool)
{
	for (unsigned int judge = 0; judge < pool->contract->member_count; judge++) {
		struct pool_batch **link = &pool->batches[judge];

		/* The newest may speak of what has not arrived yet. */
		if (*link)
			link = &(*link)->next;
		while (*link) {
			if (is_needed(pool, *link))
				link = &(*link)->next;
			else
				drop_batch(pool, link);
		}
	}
}
