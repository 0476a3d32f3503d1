/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Votes and certificates of the slots above the newest final block, and what this node itself
 * signed in each (LEDGER.md section 3). Bookkeeping only: when to vote is consensus.c's.
 */
#pragma once

#include "contract.h"

enum {
	/** Slots without a FINAL that are kept; a node that has run this far without one stands
	   still. */
	SLOTS_MAX = 1024,
	/** Votes further ahead than this are not kept; certificates always are. */
	SLOTS_AHEAD_MAX = 64,
	/** Votes of slots this far behind are dropped, their certificates and own votes are kept.
	 */
	SLOTS_BEHIND_MAX = 32,
};

struct slot_vote {
	bool is_given;
	struct hash block;
	uint32_t incarnation;
	struct signature signature;
};

/** A certificate as it stands on the wire. */
struct slot_certificate {
	struct hash block;
	uint8_t *data; /**< NULL: none. */
	size_t size;
};

struct slot {
	uint64_t number;
	/* What this node signed; durable before it is sent. */
	bool voted_notar;
	struct hash notar;
	bool voted_skip;
	bool voted_final;
	bool is_dirty;		 /**< Differs from its record. */
	bool is_stored;		 /**< Has a record. */
	struct slot_vote *votes; /**< [kind - 1][member], or NULL. */
	struct slot_certificate certificates[VOTE_KINDS];
};

struct slots {
	const struct contract *contract;
	uint64_t base; /**< Number of slots[0]: one above the newest final block's. */
	struct slot *slots;
	size_t count;
	size_t capacity;
};

void slots_init(struct slots *slots, const struct contract *contract, uint64_t base);
void slots_finish(struct slots *slots);

/** The slot, or NULL if nothing is known of it. */
struct slot *slots_find(const struct slots *slots, uint64_t number);
/** The slot, made if need be; valid until the next call. Errors: -ERANGE (below base, or SLOTS_MAX
 * above it), -ENOMEM. */
_must_check_ int slots_get(struct slots *slots, uint64_t number, struct slot **ret_slot);
/** Forgets everything below @base. */
void slots_advance(struct slots *slots, uint64_t base);
/** Forgets the votes of slots far below @current. */
void slots_trim(struct slots *slots, uint64_t current);

/**
 * Keeps a vote whose signature is good. Errors: -EEXIST (known), -ENOTUNIQ (the member voted for
 * something else in this slot and kind; the first stays), -ENOMEM.
 */
_must_check_ int slot_add_vote(const struct slots *slots, struct slot *slot,
			       const struct vote *vote);
/** True if this very vote is known already, so that its signature need not be checked again. */
bool slot_has_vote(const struct slots *slots, const struct slot *slot, const struct vote *vote);
/** Fills in the signature of the same statement by the same member; false if it is not known. */
bool slot_find_signature(const struct slots *slots, const struct slot *slot, struct vote *vote);

/**
 * Makes the certificate of @kind for the slot if its votes suffice now and none is kept yet.
 * Returns 1 if one was made, 0 if not, or -ENOMEM. @scratch is the caller's: certificates are
 * large.
 */
_must_check_ int slot_form_certificate(const struct slots *slots, uint64_t epoch, struct slot *slot,
				       enum vote_kind kind, struct certificate *scratch);
/** Keeps a certificate that was verified. Errors: -EEXIST, -ENOMEM. */
_must_check_ int slot_keep_certificate(struct slot *slot, const struct certificate *certificate);

bool slot_has_certificate(const struct slot *slot, enum vote_kind kind);

/** Distinct members of whom a vote of any kind is known in this slot. */
unsigned int slot_voters(const struct slots *slots, const struct slot *slot);
