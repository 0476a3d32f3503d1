/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Blocks and whole ledgers for tests, kept in memory; see ledger_fixture.h. */
#include "ledger_fixture.h"

#include <assert.h>

enum { HEIGHT_KEY_SIZE = 8, VERDICTS_MAX = LEDGER_MEMBERS_MAX * LEDGER_BLOCK_TRANSACTIONS_MAX };

struct fixture_record {
	enum ledger_table table;
	uint8_t *key;
	size_t key_size;
	uint8_t *value;
	size_t value_size;
};

/* Blocks */

void fixture_block_init(const struct fixture *fixture, const struct ledger_state *state,
			struct block *block)
{
	size_t proposer = (size_t)(state->height % fixture->contract->member_count);

	*block = (struct block){0};
	block->header.chain = fixture->contract->chain;
	block->header.epoch = state->epoch;
	block->header.slot = state->slot + 1;
	block->header.height = state->height + 1;
	block->header.parent = state->head;
	block->header.parent_slot = state->slot;
	block->header.time_us = state->time_us;
	block->header.proposer = fixture->contract->members[proposer].id;
	block->transactions = calloc(LEDGER_BLOCK_TRANSACTIONS_MAX, sizeof(block->transactions[0]));
	block->batches = calloc(LEDGER_BLOCK_BATCHES_MAX, sizeof(block->batches[0]));
	block->verdicts = calloc(VERDICTS_MAX, sizeof(block->verdicts[0]));
	assert(block->transactions && block->batches && block->verdicts);
}

void fixture_block_add(struct block *block, const struct transaction *transaction)
{
	assert(block->header.count < LEDGER_BLOCK_TRANSACTIONS_MAX);
	block->transactions[block->header.count++] = *transaction;
	if (block->header.time_us < transaction->time_us)
		block->header.time_us = transaction->time_us;
}

void fixture_block_judge(const struct fixture *fixture, struct block *block, unsigned int judge,
			 const enum verdict_reason *reasons)
{
	size_t count = (size_t)block->header.count;
	struct verdict_batch batch =
		fixture_batch(fixture, judge, block->transactions, count, reasons);
	size_t used = 0;

	for (size_t index = 0; index < block->batch_count; index++)
		used += block->batches[index].count;
	assert(used + count <= VERDICTS_MAX);
	assert(block->batch_count < LEDGER_BLOCK_BATCHES_MAX);
	memcpy(block->verdicts + used, batch.verdicts, count * sizeof(batch.verdicts[0]));
	free(batch.verdicts);
	batch.verdicts = block->verdicts + used;
	block->batches[block->batch_count++] = batch;
}

void fixture_block_sign(const struct fixture *fixture, struct block *block)
{
	int proposer = contract_find_device(fixture->contract, &block->header.proposer);

	block_set_hash(block);
	if (proposer >= 0)
		fixture_sign(fixture, (unsigned int)proposer, &block->hash, &block->signature);
}

enum state_error fixture_block_seal(const struct fixture *fixture, const struct ledger_state *state,
				    struct block *block)
{
	_cleanup_(freep) struct ledger_state *copy = fixture_state_new(fixture);
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	struct block_header header;
	enum state_error error;

	state_copy(copy, state);
	error = state_apply(copy, fixture->contract, block, decisions, &header);
	if (error == STATE_OK)
		block->header = header;
	fixture_block_sign(fixture, block);
	return error;
}

void fixture_block_next(const struct fixture *fixture, struct ledger_state *state,
			struct block *ret_block)
{
	unsigned int count = (unsigned int)fixture->contract->member_count;
	unsigned int interval = (unsigned int)state->height + 1;
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	enum state_error error;

	fixture_block_init(fixture, state, ret_block);
	for (unsigned int member = 0; member < count; member++) {
		struct transaction transaction = fixture_reading(fixture, state, member, interval,
								 (int64_t)interval * 1000 + member);

		fixture_block_add(ret_block, &transaction);
	}
	for (unsigned int judge = 0; judge < count; judge++)
		fixture_block_judge(fixture, ret_block, judge, NULL);
	error = fixture_block_seal(fixture, state, ret_block);
	assert(error == STATE_OK);
	error = state_apply_checked(state, fixture->contract, ret_block, decisions);
	assert(error == STATE_OK);
	(void)error;
}

/* Records */

static struct fixture_record *find(const struct fixture_records *records, enum ledger_table table,
				   struct bytes key)
{
	for (size_t index = 0; index < records->count; index++) {
		struct fixture_record *record = &records->list[index];

		if (record->table == table &&
		    bytes_equal(BYTES(record->key, record->key_size), key))
			return record;
	}
	return NULL;
}

static uint8_t *copy_of(struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.size > 0 ? bytes.size : 1);

	assert(copy);
	if (bytes.size > 0)
		memcpy(copy, bytes.data, bytes.size);
	return copy;
}

void fixture_record_put(struct fixture_records *records, enum ledger_table table, struct bytes key,
			struct bytes value)
{
	/* Copied first: they may be of the record that is replaced. */
	const struct fixture_record record = {table, copy_of(key), key.size, copy_of(value),
					      value.size};

	fixture_record_delete(records, table, BYTES(record.key, record.key_size));
	if (records->count == records->capacity) {
		records->capacity = records->capacity > 0 ? 2 * records->capacity : 64;
		records->list =
			realloc(records->list, records->capacity * sizeof(records->list[0]));
		assert(records->list);
	}
	records->list[records->count++] = record;
}

static void record_clear(struct fixture_record *record)
{
	free(record->key);
	free(record->value);
}

void fixture_record_delete(struct fixture_records *records, enum ledger_table table,
			   struct bytes key)
{
	struct fixture_record *record = find(records, table, key);

	if (!record)
		return;
	record_clear(record);
	*record = records->list[--records->count];
}

struct bytes fixture_record_read(void *context, enum ledger_table table, struct bytes key)
{
	const struct fixture_record *record = find(context, table, key);

	return record ? BYTES(record->value, record->value_size) : (struct bytes){0};
}

void fixture_records_finish(struct fixture_records *records)
{
	for (size_t index = 0; index < records->count; index++)
		record_clear(&records->list[index]);
	free(records->list);
	*records = (struct fixture_records){0};
}

uint8_t *fixture_record_at(struct fixture_records *records, enum ledger_table table,
			   uint64_t height, size_t *ret_size)
{
	uint8_t key[HEIGHT_KEY_SIZE];
	struct fixture_record *record;

	bytes_put_u64(key, height);
	record = find(records, table, BYTES(key, sizeof(key)));
	*ret_size = record ? record->value_size : 0;
	return record ? record->value : NULL;
}

void fixture_record_put_at(struct fixture_records *records, enum ledger_table table,
			   uint64_t height, struct bytes value)
{
	uint8_t key[HEIGHT_KEY_SIZE];

	bytes_put_u64(key, height);
	fixture_record_put(records, table, BYTES(key, sizeof(key)), value);
}

void fixture_put_block(struct fixture_records *records, const struct block *block)
{
	uint8_t data[FIXTURE_RECORD_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	block_write(&writer, block);
	assert(writer.error == 0);
	fixture_record_put_at(records, LEDGER_TABLE_BLOCK, block->header.height,
			      BYTES(data, writer.size));
}

void fixture_put_certificate(struct fixture_records *records, uint64_t height,
			     const struct certificate *certificate)
{
	uint8_t data[FIXTURE_RECORD_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	certificate_write(&writer, certificate);
	assert(writer.error == 0);
	fixture_record_put_at(records, LEDGER_TABLE_CERTIFICATE, height, BYTES(data, writer.size));
}

void fixture_put_state(const struct fixture *fixture, struct fixture_records *records,
		       const struct ledger_state *state)
{
	size_t capacity = state_encoded_size(fixture->contract);
	_cleanup_(freep) uint8_t *data = malloc(capacity);
	size_t size = 0;
	int r;

	assert(data);
	r = state_encode(state, data, capacity, &size);
	assert(r == 0);
	(void)r;
	fixture_record_put(records, LEDGER_TABLE_STATE,
			   BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY)),
			   BYTES(data, size));
}

void fixture_ledger(const struct fixture *fixture, uint64_t blocks, uint64_t certificate_each,
		    struct ledger_state *state, struct fixture_records *records)
{
	for (uint64_t height = state->height + 1; height <= blocks; height++) {
		struct certificate certificate;
		struct block block;

		fixture_block_next(fixture, state, &block);
		fixture_put_block(records, &block);
		if (height % certificate_each == 0 || height == blocks) {
			fixture_certificate(fixture, VOTE_FINAL, block.header.slot, &block.hash,
					    NULL, &certificate);
			fixture_put_certificate(records, height, &certificate);
		}
		block_clear(&block);
	}
	fixture_put_state(fixture, records, state);
}

bool fixture_record_nth(const struct fixture_records *records, enum ledger_table table, size_t n,
			struct bytes *ret_key, struct bytes *ret_value)
{
	for (size_t index = 0; index < records->count; index++) {
		const struct fixture_record *record = &records->list[index];
		struct bytes key = BYTES(record->key, record->key_size);
		size_t smaller = 0;

		if (record->table != table)
			continue;
		for (size_t i = 0; i < records->count; i++) {
			const struct fixture_record *other = &records->list[i];

			if (other->table == table &&
			    bytes_compare(BYTES(other->key, other->key_size), key) < 0)
				smaller++;
		}
		if (smaller != n)
			continue;
		*ret_key = key;
		*ret_value = BYTES(record->value, record->value_size);
		return true;
	}
	return false;
}
