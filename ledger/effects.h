/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The list of effects of one step and the memory of their bytes. Running out of memory sticks:
 * ledger_step() then fails as a whole.
 */
#pragma once

#include "base/cbor.h"
#include "ledger.h"

enum {
	EFFECTS_MAX = 65536,
	EFFECTS_CHUNK = 128 * 1024,
};

struct effects_chunk;

struct effects {
	struct ledger_effect *list;
	size_t count;
	size_t capacity;
	struct effects_chunk *chunks; /**< Newest first; bytes never move within a step. */
	int error;		      /**< 0 or -ENOMEM. */
};

/** Forgets everything of the step before; one chunk is kept. */
void effects_reset(struct effects *effects);
void effects_finish(struct effects *effects);

/** Room for @size bytes until the next reset, or NULL (the error then sticks). */
uint8_t *effects_allocate(struct effects *effects, size_t size);
/** A writer over up to LEDGER_MESSAGE_MAX bytes; end with effects_written(). */
void effects_write_begin(struct effects *effects, struct cbor_writer *writer);
/** What was written; empty and the error sticks if it did not fit. */
struct bytes effects_write_end(struct effects *effects, struct cbor_writer *writer);

/** @key is copied, @value is kept: it must live until the next reset. */
void effects_put(struct effects *effects, enum ledger_table table, struct bytes key,
		 struct bytes value);
void effects_delete(struct effects *effects, enum ledger_table table, struct bytes key);
void effects_delete_number(struct effects *effects, enum ledger_table table, uint64_t number);
void effects_put_number(struct effects *effects, enum ledger_table table, uint64_t number,
			struct bytes value);
/** @member LEDGER_MEMBERS_MAX: all others. @message must live until the next reset. */
void effects_send(struct effects *effects, unsigned int member, struct bytes message);
void effects_refuse(struct effects *effects, enum ledger_refusal refusal, unsigned int member,
		    unsigned int device);
/** A new effect to fill, or NULL. */
struct ledger_effect *effects_add(struct effects *effects, enum ledger_effect_kind kind);
