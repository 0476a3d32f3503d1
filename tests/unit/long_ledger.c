/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Blocks straight into a store, past runner and ledger; see long_ledger.h. */
#include "long_ledger.h"

#include <assert.h>

enum { COMMIT_BLOCKS = 500 };

static void put(struct store *store, enum ledger_table table, struct bytes key, struct bytes value)
{
	struct ledger_effect effect = {.kind = LEDGER_EFFECT_PUT};
	int r;

	effect.record.table = table;
	effect.record.key = key;
	effect.record.value = value;
	r = store_stage(store, &effect);
	assert(r == 0);
	(void)r;
}

static void put_block(const struct fixture *fixture, struct store *store, const struct block *block)
{
	struct certificate certificate;
	struct cbor_writer writer;
	uint8_t data[FIXTURE_RECORD_MAX];
	uint8_t key[sizeof(uint64_t)];

	bytes_put_u64(key, block->header.height);
	cbor_write_init(&writer, data, sizeof(data));
	block_write(&writer, block);
	assert(writer.error == 0);
	put(store, LEDGER_TABLE_BLOCK, BYTES(key, sizeof(key)), BYTES(data, writer.size));
	fixture_certificate(fixture, VOTE_FINAL, block->header.slot, &block->hash, NULL,
			    &certificate);
	cbor_write_init(&writer, data, sizeof(data));
	certificate_write(&writer, &certificate);
	assert(writer.error == 0);
	put(store, LEDGER_TABLE_CERTIFICATE, BYTES(key, sizeof(key)), BYTES(data, writer.size));
}

void long_ledger_add(const struct fixture *fixture, struct store *store, struct ledger_state *state,
		     uint64_t count)
{
	size_t capacity = state_encoded_size(fixture->contract);
	_cleanup_(freep) uint8_t *data = malloc(capacity);
	size_t size = 0;
	int r;

	assert(data);
	for (uint64_t index = 0; index < count; index++) {
		struct block block;

		fixture_block_next(fixture, state, &block);
		put_block(fixture, store, &block);
		block_clear(&block);
	}
	r = state_encode(state, data, capacity, &size);
	assert(r == 0);
	put(store, LEDGER_TABLE_STATE,
	    BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY)), BYTES(data, size));
	r = store_commit(store);
	assert(r == 0);
	(void)r;
}

void long_ledger_make(const struct fixture *fixture, const char *directory, uint64_t blocks,
		      struct ledger_state *state)
{
	_cleanup_(store_closep) struct store *store = NULL;
	int r = store_open(directory, fixture->contract, false, &store);

	assert(r == 0);
	(void)r;
	while (state->height < blocks) {
		uint64_t left = blocks - state->height;

		long_ledger_add(fixture, store, state, left < COMMIT_BLOCKS ? left : COMMIT_BLOCKS);
	}
}
