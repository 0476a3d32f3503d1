/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Reads a stored ledger again from its first block: hashes, signatures, verdict counts, registers,
 * roots, parents and certificates. Pure: records come through a callback.
 */
#pragma once

#include "ledger.h"

enum { VERIFY_TEXT_MAX = 256 };

struct verify_report {
	bool is_good;
	uint64_t blocks;
	uint64_t readings_accepted;
	uint64_t readings_rejected;
	struct hash head;
	/** "1,234 blocks, 5,678 readings: good", or what is wrong and at which height. */
	char text[VERIFY_TEXT_MAX];
};

/** Called for each transaction of the verified blocks, in order. */
typedef void (*verify_reading_callback)(const struct contract *contract, const struct block *block,
					size_t index, bool is_accepted, enum verdict_reason reason,
					void *context);

/**
 * A verification that can be taken up again, so that a loop turns in between. The ledger may grow
 * meanwhile: the last slice is the one that finds no further block, and it compares the state.
 */
struct verification;

/**
 * Begins before block 1. Everything given is borrowed until verification_free(); @read has
 * ledger_read_record's contract, @on_reading may be NULL. Within a slice @read must show one moment
 * of the ledger. Errors: -ENOMEM.
 */
_must_check_ int verification_new(const struct contract *contract, struct verifier verifier,
				  ledger_read_record read, void *read_context,
				  verify_reading_callback on_reading, void *context,
				  struct verification **ret_verification);
void verification_free(struct verification *verification);
DEFINE_CLEANUP(struct verification *, verification_free);

/**
 * Verifies at most @blocks_max further blocks. 1: there may be more; 0: verification_report() says
 * what came out; -ENOMEM: only verification_free() is left to do.
 */
_must_check_ int verification_step(struct verification *verification, uint64_t blocks_max);

/** Once verification_step() has returned 0; borrowed from @verification. */
const struct verify_report *verification_report(const struct verification *verification);

/**
 * Verifies all blocks in one go, with what verification_new() is given. Errors: -ENOMEM; a bad
 * ledger is not an error but a report.
 */
_must_check_ int verify_ledger(const struct contract *contract, struct verifier verifier,
			       ledger_read_record read, void *read_context,
			       verify_reading_callback on_reading, void *context,
			       struct verify_report *ret_report);
