/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The ledger's core: events in, effects out. No clock, socket, file, randomness or log.
 *
 * The contract of ledger_step():
 *  1. The same contract, key, records and events give the same effects, byte for byte.
 *  2. Time is what the event says: monotonic_us paces the protocol, time_us is reading time.
 *  3. Effects are carried out in order. Everything after a PUT or DELETE waits until those before
 * it are durable; a runner may gather the effects of several events and commit once, as long as
 *     nothing is sent before that commit.
 *  4. If a commit fails, nothing after it is carried out and the ledger is freed: memory is then
 *     ahead of the disk. A new one is made from the records when the disk takes them again.
 *  5. Bytes in an effect are valid until the next step.
 *  6. A message that is refused changes nothing and gives one REFUSED effect.
 */
#pragma once

#include "contract.h"
#include "keys.h"
#include "objects.h"

/** Where a record belongs; the store keeps one ordered map a table. Keys are at most 40 bytes. */
enum ledger_table {
	LEDGER_TABLE_META,	  /**< Format, chain, own device. */
	LEDGER_TABLE_BLOCK,	  /**< Height: encoded block. Final ones only. */
	LEDGER_TABLE_CERTIFICATE, /**< Height: encoded FINAL certificate, where one is held. */
	LEDGER_TABLE_STATE,	  /**< One record: the state after the newest final block. */
	LEDGER_TABLE_SLOT,	  /**< Slot: what this node signed in it and holds of it. */
	LEDGER_TABLE_CANDIDATE,	  /**< Block hash: encoded candidate not yet final. */
	LEDGER_TABLE_VERDICT, /**< Transaction hash: this node's word on it, until it is final. */
	LEDGER_TABLE_OUTBOX,  /**< Sequence: own encoded transaction, until it is final. */
	LEDGER_TABLES,
};

enum ledger_event_kind {
	LEDGER_EVENT_RECEIVE,
	LEDGER_EVENT_SUBMIT,
	LEDGER_EVENT_TICK,
	LEDGER_EVENT_PEER,
};

struct ledger_event {
	enum ledger_event_kind kind;
	int64_t monotonic_us;
	int64_t time_us;
	union {
		/** A message over the session of member @sender, from the session's address. */
		struct {
			unsigned int sender;
			struct address from;
			struct bytes message; /**< Borrowed for the step. */
		} receive;
		/** The node's own registers at an interval's end. */
		struct reading_body submit;
		/** A session with this member stands from now on, or has gone. */
		struct {
			unsigned int member;
			bool is_up;
		} peer;
	};
};

enum ledger_effect_kind {
	LEDGER_EFFECT_PUT,
	LEDGER_EFFECT_DELETE,
	LEDGER_EFFECT_SEND, /**< To one member, or to all others: @member is LEDGER_MEMBERS_MAX. */
	LEDGER_EFFECT_READING, /**< A reading is final: stored, or its rejection is. */
	LEDGER_EFFECT_REFUSED, /**< A message or submission was not taken. */
};

/** Why a message changed nothing. Stored nowhere; counted by the hub. */
enum ledger_refusal {
	LEDGER_REFUSED_MALFORMED,
	LEDGER_REFUSED_DEVICE, /**< Names a device that is not a member. */
	LEDGER_REFUSED_SENDER, /**< A transaction over the session of another member. */
	LEDGER_REFUSED_SIGNATURE,
	LEDGER_REFUSED_EQUIVOCATION, /**< Another content under a sequence or vote known already. */
	LEDGER_REFUSED_SEQUENCE,     /**< Beyond the window of unfinal transactions. */
	LEDGER_REFUSED_CHAIN,	  /**< Its previous hash is not the device's transaction before. */
	LEDGER_REFUSED_RATE,	  /**< More new transactions than the contract's rate. */
	LEDGER_REFUSED_SLOT,	  /**< Too far ahead. */
	LEDGER_REFUSED_CANDIDATE, /**< Its parent, content or roots do not check. */
	LEDGER_REFUSED_CERTIFICATE, /**< Not a quorum of valid signatures. */
	LEDGER_REFUSED_SUBMISSION,  /**< Our own reading would break the contract. */
	LEDGER_REFUSALS,
};

struct ledger_effect {
	enum ledger_effect_kind kind;
	union {
		struct {
			enum ledger_table table;
			struct bytes key;
			struct bytes value; /**< Empty for DELETE. */
		} record;
		struct {
			unsigned int member;
			struct bytes message;
		} send;
		struct {
			unsigned int member;
			bool is_accepted;
			enum verdict_reason reason; /**< Of a rejection: the one given most. */
			unsigned int yes;
			unsigned int no;
			uint64_t height;
			struct transaction transaction;
		} reading;
		struct {
			enum ledger_refusal refusal;
			unsigned int member; /**< Who sent it. */
			unsigned int device; /**< Whom it names; LEDGER_MEMBERS_MAX if nobody. */
		} refused;
	};
};

struct ledger_effects {
	const struct ledger_effect *list; /**< Valid until the next step. */
	size_t count;
};

/** What people are shown of a ledger; a copy of plain values. */
struct ledger_view {
	uint64_t height;
	struct hash head;
	int64_t head_time_us;
	uint64_t epoch;
	uint64_t slot;
	uint64_t readings_final;
	uint64_t readings_rejected;
	uint64_t verdicts_final; /**< Verdicts under the final readings, both kinds. */
	unsigned int pending;	 /**< Known transactions that are not final. */
	unsigned int own_pending;
	uint64_t votes_cast; /**< Since this object was made. */
	uint64_t duplicates; /**< Repetitions that were ignored, since this object was made. */
	unsigned int accept;
	int64_t waiting_since_us; /**< Monotonic; since when the oldest pending waits, 0 if none. */
	uint64_t own_sequence;	  /**< Of the newest own transaction, final or not. */
	int64_t own_end_us;	  /**< End of its interval. */
};

/** One member as the final state has it. */
struct ledger_member_view {
	uint64_t sequence;
	uint64_t accepted;
	uint64_t rejected;
	bool has_reading;
	int64_t end_us; /**< Of the newest accepted reading. */
	int64_t import_mwh;
	int64_t export_mwh;
	uint64_t vote_slot; /**< Newest slot in which a valid vote of it was seen; 0 if none. */
};

struct ledger;

/**
 * Makes a ledger for member @own. Everything given is borrowed until ledger_free().
 * Errors: -EINVAL (own is not a member), -ENOMEM.
 */
_must_check_ int ledger_new(const struct contract *contract, unsigned int own, struct signer signer,
			    struct verifier verifier, struct ledger **ret_ledger);
void ledger_free(struct ledger *ledger);
DEFINE_CLEANUP(struct ledger *, ledger_free);

/**
 * Gives back one stored record, table by table in the order of enum ledger_table and in key order,
 * before the first step. BLOCK and CERTIFICATE records are not needed, but for the newest of each.
 * Errors: -EBADMSG (not a record of ours), -EUCLEAN (of another chain, or they contradict).
 */
_must_check_ int ledger_restore(struct ledger *ledger, enum ledger_table table, struct bytes key,
				struct bytes value);

/** Final blocks that others miss are read through this; NULL value data if there is none. */
typedef struct bytes (*ledger_read_record)(void *context, enum ledger_table table,
					   struct bytes key);
void ledger_set_reader(struct ledger *ledger, ledger_read_record read, void *context);

/** See the contract above. Errors: -ENOMEM (the ledger must be freed, as after a failed commit). */
_must_check_ int ledger_step(struct ledger *ledger, const struct ledger_event *event,
			     struct ledger_effects *ret_effects);

/** Monotonic time by which a TICK must come, INT64_MAX if none is needed. */
int64_t ledger_next_tick_us(const struct ledger *ledger);

void ledger_view(const struct ledger *ledger, struct ledger_view *ret_view);
void ledger_view_member(const struct ledger *ledger, unsigned int member,
			struct ledger_member_view *ret_view);

const char *ledger_refusal_text(enum ledger_refusal refusal);
