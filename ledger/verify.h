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
 * Verifies blocks 1 .. newest through @read (ledger_read_record's contract). @on_reading may be
 * NULL. Errors: -ENOMEM; a bad ledger is not an error but a report.
 */
_must_check_ int verify_ledger(const struct contract *contract, struct verifier verifier,
			       ledger_read_record read, void *read_context,
			       verify_reading_callback on_reading, void *context,
			       struct verify_report *ret_report);
