/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Transactions that are known and not final, member by member in the order of their sequence, and
 * the verdicts on them. Bounded: a window of transactions a member, a number of batches a judge.
 */
#pragma once

#include "state.h"

enum {
	POOL_BATCHES_MAX = 256, /**< Of one judge; the oldest goes. */
};

/** Verdicts under one signature, kept while one of them may still be needed in a block. */
struct pool_batch {
	struct pool_batch *next; /**< Of the same judge, newest first. */
	unsigned int judge;
	struct verdict_batch batch;
	struct verdict verdicts[];
};

/** One judge's word on one transaction. */
struct pool_word {
	const struct pool_batch *batch; /**< NULL: not heard. Own words may have none yet. */
	enum verdict_reason reason;
	bool is_given;
};

struct pool_entry {
	struct transaction transaction;
	unsigned int device; /**< Index of the member it is of. */
	struct address from; /**< Of the session it came over; unused for our own. */
	bool is_judged;	     /**< By ourselves: words[own] is given. */
	int64_t decided_us;  /**< Monotonic, when the verdicts sufficed; 0: not yet. */
	int64_t seen_us;     /**< Monotonic, when it was first known. */
	unsigned int yes;
	unsigned int no;
	struct pool_entry *chain; /**< Next in the same bucket. */
	struct pool_word words[]; /**< One for each member. */
};

struct pool {
	const struct contract *contract;
	unsigned int accept;
	struct pool_entry **entries; /**< member * window + sequence % window. */
	struct pool_entry **buckets;
	size_t bucket_count;	     /**< A power of two. */
	struct pool_batch **batches; /**< Newest first, for each judge. */
	unsigned int *batch_counts;
	/** Judges who signed two different words on one reading: theirs are not put into blocks. */
	bool *is_liar;
	unsigned int count;
};

_must_check_ int pool_init(struct pool *pool, const struct contract *contract);
void pool_finish(struct pool *pool);

/** The entry of a device and sequence, or NULL. */
struct pool_entry *pool_at(const struct pool *pool, unsigned int device, uint64_t sequence);
struct pool_entry *pool_find(const struct pool *pool, const struct hash *hash);

/**
 * Adds a transaction whose sequence lies within the window above @state. Verdicts that were heard
 * before it are counted. Errors: -EEXIST (exactly this one is known), -ENOTUNIQ (another content
 * under its sequence), -ERANGE (outside the window), -ENOMEM.
 */
_must_check_ int pool_add(struct pool *pool, const struct ledger_state *state, unsigned int device,
			  const struct transaction *transaction, int64_t now_us,
			  struct pool_entry **ret_entry);
/** Forgets it; its word is then of no further use. */
void pool_remove(struct pool *pool, struct pool_entry *entry);

/**
 * Takes a batch whose signature is good (copied); words that are known already stay as they are.
 * Errors: -EEXIST (nothing in it is new), -ENOMEM.
 */
_must_check_ int pool_add_batch(struct pool *pool, unsigned int judge,
				const struct verdict_batch *batch, int64_t now_us);
/** True if exactly this batch is kept: its signature was checked then. */
bool pool_has_batch(const struct pool *pool, unsigned int judge, const struct verdict_batch *batch);
/** Our own word on an entry, before it is under a signature. */
void pool_set_word(struct pool *pool, struct pool_entry *entry, unsigned int judge,
		   enum verdict_reason reason, int64_t now_us);

/** Frees the batches that speak of nothing in the pool, but for the newest of each judge. */
void pool_sweep(struct pool *pool);

/** True once its verdicts suffice, for or against. */
bool pool_is_decided(const struct pool_entry *entry);
