/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Inside of the ledger's core: struct ledger and what its files do for one another. Nobody outside
 * the core includes this. ledger.c dispatches; own.c submits and judges; vote.c, progress.c and
 * propose.c are Simplex (LEDGER.md section 3); final.c carries out finality; sync.c repeats and
 * catches up; records.c gives back what was stored.
 */
#pragma once

#include "certificate.h"
#include "codec.h"
#include "effects.h"
#include "pool.h"
#include "slots.h"
#include "tree.h"

enum {
	OUTBOX_MAX = 16384, /**< Own transactions that are not final: a week of LAN minutes. */
	SYNC_BYTES_MAX = LEDGER_BLOCK_SIZE_MAX, /**< Of one answer to a node that is behind. */
	JUSTIFICATION_SIZE_MAX = 16 * 1024,
	ANSWER_RATE = 16, /**< Answers a second to what one member says of itself, on average. */
	ANSWER_BURST = 64,
	REPEAT_TRANSACTIONS_MAX = 32, /**< Own ones in one repetition. */
	LINK_QUIET_US = 100 * 1000,   /**< Between two unasked answers to one member. */
	SILENT_SLOTS_MAX = 8, /**< A leader without a vote in so many slots is skipped at once. */
};

/** A token bucket, in millionths of a token; all zero: full. */
struct bucket {
	int64_t tokens;
	int64_t filled_us;
};

/** One other member, as the wire shows it. */
struct link {
	bool is_up;
	uint64_t vote_slot;	    /**< Newest slot in which a valid vote of it was seen. */
	int64_t answered_us;	    /**< When it last got an answer or a question from us. */
	struct bucket transactions; /**< New ones that it may bring. */
	struct bucket answers;	    /**< To what it says of itself. */
};

struct ledger {
	const struct contract *contract;
	unsigned int own;
	struct signer signer;
	struct verifier verifier;
	ledger_read_record read;
	void *read_context;

	struct ledger_state *state; /**< After the newest final block. */
	struct effects effects;
	struct pool pool;
	struct slots slots;
	struct tree tree;
	struct link *links;

	/* The event's clocks. */
	int64_t now_us;
	int64_t time_us;

	/* Own transactions that are not final, in order; all are records. */
	struct transaction *outbox;
	size_t outbox_count;
	size_t outbox_capacity;
	uint64_t own_sequence;
	struct hash own_previous;
	int64_t own_end_us;

	/* Own words of earlier boots on transactions that have not come again yet. */
	struct verdict *words;
	size_t word_count;
	size_t word_capacity;
	int64_t unsigned_since_us; /**< Oldest own word without a batch; 0: none. */

	uint64_t slot;		/**< The one this node is in. */
	int64_t slot_active_us; /**< Since when there is work in it; 0: none. */
	int64_t slot_entered_us;
	int64_t news_us; /**< Something moved. */
	int64_t repeated_us;
	bool has_wanted; /**< A block that a certificate names and nobody sent yet. */
	struct hash wanted;
	int64_t wanted_us;

	bool is_awake; /**< The first event has come. */
	int64_t next_tick_us;
	uint64_t votes_cast;
	uint64_t duplicates;

	/* Room for what is too large for a stack that is used often. */
	struct certificate certificate;
	struct verdict batch_verdicts[LEDGER_BATCH_VERDICTS_MAX];
};

/* own.c */
void own_submit(struct ledger *ledger, const struct reading_body *body);
/** Puts those own transactions into the pool that fit its window; sends what is new there. */
void own_fill_pool(struct ledger *ledger);
/** Judges what can be judged, and signs the words that have waited long enough. */
void own_judge(struct ledger *ledger);
/** Signs and sends all own words on what is not final, again; for repetitions. */
void own_send_words(struct ledger *ledger, unsigned int member);
void own_send_transactions(struct ledger *ledger, unsigned int member);
int own_restore_transaction(struct ledger *ledger, struct bytes key, struct bytes value);
int own_restore_word(struct ledger *ledger, struct bytes key, struct bytes value);
/** A transaction of ours is final: it leaves the outbox. */
void own_forget(struct ledger *ledger, uint64_t sequence);

/* vote.c */
/** Signs, keeps and sends this node's vote; its slot's record goes before it. */
void vote_cast(struct ledger *ledger, struct slot *slot, enum vote_kind kind,
	       const struct hash *block);
void vote_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader);
void vote_send_own(struct ledger *ledger, unsigned int member, struct slot *slot);
/** Returns false if it was refused. */
bool certificate_take(struct ledger *ledger, unsigned int sender,
		      const struct certificate *certificate);
void certificate_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader);
void certificate_send(struct ledger *ledger, unsigned int member,
		      const struct slot_certificate *certificate);

/* candidate.c */
void candidate_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader);
void candidate_send(struct ledger *ledger, unsigned int member, const struct node *node);
/** Checks a candidate's content on its parent's state, once; true if it is good. */
bool candidate_check(struct ledger *ledger, struct node *node);
int candidate_restore(struct ledger *ledger, struct bytes key, struct bytes value);
void candidate_store(struct ledger *ledger, struct node *node);

/* propose.c */
/** Proposes in the current slot if this node leads it and something is to be proposed. */
void propose_if_due(struct ledger *ledger);
/** Monotonic time at which the leader of the current slot would propose; INT64_MAX: nothing. */
int64_t propose_due_us(const struct ledger *ledger);
unsigned int slot_leader(const struct ledger *ledger, uint64_t slot);
/**
 * A device's transaction of this sequence if a block could show its verdicts, else NULL. Decided is
 * not enough: a judge who contradicted himself must not keep slots running that store nothing.
 */
const struct pool_entry *propose_next(const struct ledger *ledger, unsigned int device,
				      uint64_t sequence);

/* progress.c */
/** Carries out every rule that can be, until none can. */
void progress(struct ledger *ledger);
/** The newest certified block on which the current slot may build: NULL is the final head. */
struct node *progress_parent(const struct ledger *ledger);
/** True if every slot strictly between has a SKIP certificate. */
bool progress_gap_is_skipped(const struct ledger *ledger, uint64_t below, uint64_t above);
int64_t progress_timeout_us(const struct ledger *ledger);
const struct ledger_state *state_after(const struct ledger *ledger, const struct node *node);

/* final.c */
/** Finalises what a FINAL certificate covers and the tree holds; true if anything. */
bool final_advance(struct ledger *ledger);
/** Applies a final block to the state, stores it and tells of its readings; false if it does not
 * fit. */
bool final_apply(struct ledger *ledger, const struct block *block, struct bytes wire,
		 const struct slot_certificate *certificate);
/** After the last of several: stores the state, forgets what lies below. */
void final_done(struct ledger *ledger);

/* sync.c */
/** True while something is known that is not final. */
bool sync_is_pending(const struct ledger *ledger);
/** Asks for blocks that certificates name and nobody sent. */
void sync_want(struct ledger *ledger);
void sync_repeat_if_due(struct ledger *ledger);
void sync_greet(struct ledger *ledger, unsigned int member);
void sync_ask(struct ledger *ledger, unsigned int member);
void status_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader);
void blocks_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader);

/* records.c */
void record_slot(struct ledger *ledger, struct slot *slot);
void record_state(struct ledger *ledger);

/** Takes one token if there is one; @rate a second flow in, up to @burst. */
bool bucket_take(struct bucket *bucket, int64_t now_us, unsigned int rate, unsigned int burst);
/** Counts a message that changed nothing. */
void refuse(struct ledger *ledger, enum ledger_refusal refusal, unsigned int sender,
	    unsigned int device);
