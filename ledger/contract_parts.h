/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the contract*.c files share; nobody else includes it. */
#pragma once

#include "contract.h"

/** Keys of [contract] that are numbers. */
enum number {
	NUMBER_VERSION,
	NUMBER_ACCEPT_PERCENT,
	NUMBER_INTERVAL_S,
	NUMBER_SKEW_S,
	NUMBER_POWER_W_MAX,
	NUMBER_WINDOW,
	NUMBER_RATE,
	NUMBER_BLOCK_TRANSACTIONS,
	NUMBER_COLLECT_MS,
	NUMBER_VERDICT_MS,
	NUMBER_TIMEOUT_MS,
	NUMBER_TIMEOUT_MAX_MS,
	NUMBER_STANDSTILL_MS,
	NUMBERS,
};

enum {
	NUMBER_MUST_BE_GIVEN = -1,
	NUMBER_BY_LAYER = -2, /**< 60 s in a lan, 900 s above. */
};

struct number_key {
	const char *key;
	int64_t min;
	int64_t max;
	int64_t standard; /**< Where the key is left out. */
};

extern const struct number_key contract_numbers[NUMBERS];

/** Keys of a [member NAME]. */
enum member_key {
	MEMBER_ROLE,
	MEMBER_SIGN_KEY,
	MEMBER_DTLS_KEY,
	MEMBER_ADDRESS,
	MEMBER_KEYS,
};

extern const char *const contract_member_keys[MEMBER_KEYS];

/** A member, and at which lines its section and keys stand; 0: nowhere. */
struct draft_member {
	struct member member;
	unsigned int line;
	unsigned int lines[MEMBER_KEYS];
};

struct contract_draft {
	const char *file;
	struct text_error *error;
	struct contract *contract;
	int64_t numbers[NUMBERS];
	unsigned int number_lines[NUMBERS];
	unsigned int line; /**< Of [contract]. */
	unsigned int layer_line;
	unsigned int name_line;
	unsigned int authority_line;
	unsigned int prefixes_line;
	size_t member_count;
	struct draft_member members[LEDGER_MEMBERS_MAX];
};

/** Bytes of a public key that are used. */
size_t contract_key_size(enum key_algorithm algorithm);
/** SHA-256 of the canonical encoding, of a contract that is otherwise complete. */
void contract_set_chain(struct contract *contract);
/**
 * Fills the contract from its draft, with what was left out, and checks what concerns more than one
 * key. Errors: -EINVAL, -ENOMEM, with the draft's error filled.
 */
_must_check_ int contract_draft_finish(struct contract_draft *draft);
