/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What all members agree on after a block: each member's registers and place in its own chain, the
 * log, the totals. A pure function of the contract and the blocks; no view of its own.
 */
#pragma once

#include "contract.h"
#include "merkle.h"

struct member_state {
	uint32_t incarnation;
	uint64_t sequence;    /**< Newest decided transaction, stored or rejected; 0: none. */
	struct hash previous; /**< Its hash. */
	bool has_reading;
	int64_t import_mwh; /**< Of the newest accepted reading. */
	int64_t export_mwh;
	int64_t end_us;
	uint64_t accepted;
	uint64_t rejected;
};

struct ledger_state {
	uint64_t epoch;
	uint64_t height;
	uint64_t slot;	  /**< Of the block at height; 0 before the first. */
	struct hash head; /**< Its hash; the chain id before the first. */
	int64_t time_us;
	struct merkle log;
	uint64_t verdicts;
	size_t member_count;
	struct member_state members[];
};

enum state_error {
	STATE_OK = 0,
	STATE_HEIGHT = -1,   /**< Parent, height, epoch, slot or time do not follow. */
	STATE_DEVICE = -2,   /**< A transaction or verdict of somebody who is not a member. */
	STATE_SEQUENCE = -3, /**< A device's chain does not continue. */
	STATE_VERDICTS = -4, /**< A reading is neither accepted nor rejected by its verdicts. */
	STATE_ROOT = -5,     /**< A root or count of the header is not that of its content. */
	STATE_FULL = -6,
};

const char *state_error_text(enum state_error error);

/** Size of a state with this contract's members. */
size_t state_size(const struct contract *contract);
void state_init(struct ledger_state *state, const struct contract *contract);
void state_copy(struct ledger_state *state, const struct ledger_state *from);

/**
 * How a block decides one of its transactions: by its verdicts, of which each judge's first counts.
 * Whoever said yes, a reading that runs back behind the newest accepted one is rejected all the
 * same.
 */
struct decision {
	bool is_decided;
	bool is_accepted;
	enum verdict_reason reason; /**< Of a rejection: the one given most. */
	unsigned int yes;
	unsigned int no;
};

/**
 * Applies @block's transactions on top of @state, in place, and fills what the header must then
 * say: count, transaction_root, verdict_hash, log_size, log_root, state_root, next_members. Slot,
 * height and time are taken from the header; the header's roots are not compared. A block's hash
 * covers its state root, so the head in a state root, and in @state afterwards, is still the
 * parent: who makes a block sets the state's head to the block's hash at the end. On an error the
 * state is undefined: work on a copy. Signatures are not looked at. @decisions has room for
 * LEDGER_BLOCK_TRANSACTIONS_MAX; header.count of them are filled.
 */
_must_check_ enum state_error state_apply(struct ledger_state *state,
					  const struct contract *contract,
					  const struct block *block, struct decision *decisions,
					  struct block_header *ret_header);

/** As state_apply(), and the block's own header must say the same; then head is its hash. */
_must_check_ enum state_error state_apply_checked(struct ledger_state *state,
						  const struct contract *contract,
						  const struct block *block,
						  struct decision *decisions);

/** Key of the one record in LEDGER_TABLE_STATE. */
#define STATE_RECORD_KEY "state"

/** Encoded for the store; at most state_encoded_size() bytes. 0 or -ENOBUFS. */
size_t state_encoded_size(const struct contract *contract);
_must_check_ int state_encode(const struct ledger_state *state, uint8_t *data, size_t capacity,
			      size_t *ret_size);
/** Errors: -EBADMSG. */
_must_check_ int state_decode(struct bytes bytes, const struct contract *contract,
			      struct ledger_state *state);
