/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Ledgers for tests: a contract whose members all sign with keys that follow from their number, and
 * readings, verdicts, votes, certificates and whole blocks made with them. What cannot fail in a
 * test is asserted. Everything is deterministic.
 */
#pragma once

#include "ledger/codec.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "ledger/state.h"

enum {
	/** A multiple of 60 s and of 900 s; the first interval begins there. */
	FIXTURE_TIME_S = 1760000400,
	FIXTURE_RECORD_MAX = LEDGER_MESSAGE_MAX,
	FIXTURE_SPKI_SIZE = 91,
};

enum fixture_keys {
	FIXTURE_CHEAP, /**< Two hashes instead of a signature: fast, and worth nothing outside. */
	FIXTURE_ED25519,
};

/** Signs for the member with this number in the contract's list. */
struct fixture_member {
	enum fixture_keys keys;
	unsigned int number; /**< In the order of the text: 0 is the meter or DCU. */
	struct public_key key;
};

struct fixture {
	struct contract *contract;
	struct verifier verifier;
	struct fixture_member members[LEDGER_MEMBERS_MAX]; /**< By index in the contract. */
};

/** Of @layer ("lan": a meter and appliances; "han": a DCU and meters) with @count members. */
void fixture_init(struct fixture *fixture, const char *layer, size_t count, enum fixture_keys keys);
/** The same with lines of one's own in [contract]. */
void fixture_init_with(struct fixture *fixture, const char *layer, size_t count,
		       enum fixture_keys keys, const char *contract_lines);
void fixture_finish(struct fixture *fixture);

/** The text that fixture_init_with() reads; the caller frees. */
char *fixture_contract_text(const char *layer, size_t count, enum fixture_keys keys,
			    const char *contract_lines);

struct public_key fixture_public_key(enum fixture_keys keys, unsigned int number);
/** Index of the member with this number. */
unsigned int fixture_index(const struct fixture *fixture, unsigned int number);
/** Valid as long as the fixture stands where it stands. */
struct signer fixture_signer(struct fixture *fixture, unsigned int member);
void fixture_sign(const struct fixture *fixture, unsigned int member, const struct hash *hash,
		  struct signature *ret_signature);

/** A state of this contract's before its first block; the caller frees. */
struct ledger_state *fixture_state_new(const struct fixture *fixture);

/**
 * A signed reading that continues @member's chain in @state: @import_mwh at the end of the interval
 * that ends @intervals after FIXTURE_TIME_S. Change what is to be wrong, then fixture_resign().
 */
struct transaction fixture_reading(const struct fixture *fixture, const struct ledger_state *state,
				   unsigned int member, unsigned int intervals, int64_t import_mwh);
void fixture_resign(const struct fixture *fixture, struct transaction *transaction);

/**
 * @judge's words on @count transactions in one signed batch, sorted; @reasons NULL: yes to all. The
 * caller frees batch.verdicts.
 */
struct verdict_batch fixture_batch(const struct fixture *fixture, unsigned int judge,
				   const struct transaction *transactions, size_t count,
				   const enum verdict_reason *reasons);

struct vote fixture_vote(const struct fixture *fixture, unsigned int member, enum vote_kind kind,
			 uint64_t slot, const struct hash *block);
/** Of the members with @signers[index] set, NULL: of all. */
void fixture_certificate(const struct fixture *fixture, enum vote_kind kind, uint64_t slot,
			 const struct hash *block, const bool *signers,
			 struct certificate *ret_certificate);

/** An empty block on top of @state; add to it, then seal it. The caller ends with block_clear(). */
void fixture_block_init(const struct fixture *fixture, const struct ledger_state *state,
			struct block *block);
void fixture_block_add(struct block *block, const struct transaction *transaction);
/** @judge's words on all transactions of the block so far, as fixture_batch() makes them. */
void fixture_block_judge(const struct fixture *fixture, struct block *block, unsigned int judge,
			 const enum verdict_reason *reasons);
/** Fills in what state_apply() says (if it says OK), hashes and signs as the proposer. */
enum state_error fixture_block_seal(const struct fixture *fixture, const struct ledger_state *state,
				    struct block *block);
/** Hashes and signs again after a change of the header. */
void fixture_block_sign(const struct fixture *fixture, struct block *block);

/**
 * The next block of an uneventful ledger: a reading of every member, judged by every member, in
 * slot and height @state->height + 1. @state advances. The caller ends with block_clear().
 */
void fixture_block_next(const struct fixture *fixture, struct ledger_state *state,
			struct block *ret_block);

/** Records in memory, in place of a store. */
struct fixture_records {
	struct fixture_record *list;
	size_t count;
	size_t capacity;
};

void fixture_records_finish(struct fixture_records *records);
/** Puts or replaces. */
void fixture_record_put(struct fixture_records *records, enum ledger_table table, struct bytes key,
			struct bytes value);
void fixture_record_delete(struct fixture_records *records, enum ledger_table table,
			   struct bytes key);
/** ledger_read_record: @context is struct fixture_records. */
struct bytes fixture_record_read(void *context, enum ledger_table table, struct bytes key);
/** The record of @table with @n smaller keys; false beyond the last. */
bool fixture_record_nth(const struct fixture_records *records, enum ledger_table table, size_t n,
			struct bytes *ret_key, struct bytes *ret_value);
/** The record of BLOCK or CERTIFICATE at @height, to be changed in place; NULL if there is none. */
uint8_t *fixture_record_at(struct fixture_records *records, enum ledger_table table,
			   uint64_t height, size_t *ret_size);
void fixture_record_put_at(struct fixture_records *records, enum ledger_table table,
			   uint64_t height, struct bytes value);
void fixture_put_block(struct fixture_records *records, const struct block *block);
void fixture_put_certificate(struct fixture_records *records, uint64_t height,
			     const struct certificate *certificate);
void fixture_put_state(const struct fixture *fixture, struct fixture_records *records,
		       const struct ledger_state *state);

/**
 * A good ledger of @blocks uneventful blocks as a node stores it: blocks, a FINAL certificate each
 * @certificate_each blocks and for the newest, and the state, in which @state ends.
 */
void fixture_ledger(const struct fixture *fixture, uint64_t blocks, uint64_t certificate_each,
		    struct ledger_state *state, struct fixture_records *records);
