/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The immutable rules of a layer: a text file a person can read, encoded canonically. Pure. */
#pragma once

#include "base/text.h"
#include "objects.h"

enum {
	CONTRACT_PREFIXES_MAX = 8,
	CONTRACT_VERSION = 1,
	CONTRACT_WINDOW_MAX = 64, /**< Unfinal transactions of one member that others keep. */
};

struct contract {
	enum layer layer;
	char name[LEDGER_NAME_MAX];
	/** LAN: every certificate contains the hub. */
	bool authority_required;
	/** accept = floor(accept_percent * n / 100) + 1 yes verdicts store a reading; 51 in the
	 * paper. */
	unsigned int accept_percent;
	int64_t interval_us;  /**< Readings end on multiples of it. */
	int64_t skew_us;      /**< How far beyond the judge's clock a reading may end. */
	int64_t power_mw_max; /**< What the home's connection can carry. */
	unsigned int window;  /**< Unfinal transactions of one member that others keep. */
	unsigned int rate;    /**< New transactions a second of one member, on average. */
	unsigned int block_transactions;
	/* Pace, in milliseconds of monotonic time. */
	unsigned int collect_ms; /**< How long a leader waits for a whole interval. */
	unsigned int verdict_ms; /**< How long a judge collects verdicts under one signature. */
	unsigned int timeout_ms; /**< Of a slot; grows by half each slot since the last FINAL. */
	unsigned int timeout_max_ms;
	unsigned int standstill_ms; /**< Without news for this long, repeat. */
	struct hash previous_head;  /**< Of the chain that this contract replaces, or zero. */
	struct address_prefix prefixes[CONTRACT_PREFIXES_MAX];
	size_t prefix_count;
	struct member *members; /**< Sorted by id. */
	size_t member_count;
	unsigned int authority; /**< Index of the hub; LEDGER_MEMBERS_MAX if there is none. */
	struct hash chain;	/**< SHA-256 of the canonical encoding. */
};

/**
 * Reads `[contract]` and its `[member NAME]` sections. README.md of this folder has one of each
 * key. Keys of a member: role, sign_key ("ed25519:HEX" or "p256:HEX"), dtls_key (SPKI, HEX),
 * address.
 * @file is named in errors only. Errors: -EINVAL, -EFBIG, -ENOMEM, with @error filled.
 */
_must_check_ int contract_parse(const char *file, struct bytes text, struct contract **ret_contract,
				struct text_error *error);
void contract_free(struct contract *contract);
DEFINE_CLEANUP(struct contract *, contract_free);

/** Hash of the member list alone, for headers. */
void contract_members_hash(const struct contract *contract, struct hash *ret_hash);

/** Index of a member, or -ENOENT. */
_must_check_ int contract_find_device(const struct contract *contract, const struct device_id *id);
_must_check_ int contract_find_spki(const struct contract *contract, struct bytes spki);
_must_check_ int contract_find_name(const struct contract *contract, const char *name);

/** Yes verdicts that store a reading among @awake members: floor(accept_percent * awake / 100) + 1.
 */
unsigned int contract_accept(const struct contract *contract, size_t awake);

/**
 * True if the signers of @certificate are members in ascending order, at least contract_accept() of
 * all of them and, where the contract requires it, the authority among them. Signatures are
 * certificate_verify()'s matter.
 */
bool contract_is_quorum(const struct contract *contract, const struct certificate *certificate);

/**
 * The contract as text that contract_parse() reads as the same contract, each key with its value;
 * comments are lost. The caller frees. Errors: -ENOMEM.
 */
_must_check_ int contract_to_text(const struct contract *contract, char **ret_text);

/** "lan", as in a contract's file. */
const char *layer_text(enum layer layer);
const char *role_text(enum role role);
const char *verdict_reason_text(enum verdict_reason reason);
