/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Blocks, and the messages that carry them, to and from CBOR; codec.h draws them.
 *
 * A batch of verdicts may also speak of transactions that stand in other blocks, because its one
 * signature covers all of them: those it names by their hash.
 */
#include "codec.h"

#include <assert.h>
#include <errno.h>

#include "codec_parts.h"
#include "hash.h"

enum {
	BLOCK_VERSION = 1,
	HEADER_ITEMS = 17,
	HEADER_SIZE_MAX = 512,
	BATCH_SIZE_MAX = 256 + LEDGER_BATCH_VERDICTS_MAX * 40,
	VERDICTS_FIRST = 64,
};

static void write_header(struct cbor_writer *writer, const struct block_header *header)
{
	cbor_write_array(writer, HEADER_ITEMS);
	cbor_write_uint(writer, BLOCK_VERSION);
	codec_write_hash(writer, &header->chain);
	cbor_write_uint(writer, header->epoch);
	cbor_write_uint(writer, header->slot);
	cbor_write_uint(writer, header->height);
	codec_write_hash(writer, &header->parent);
	cbor_write_uint(writer, header->parent_slot);
	cbor_write_int(writer, header->time_us);
	codec_write_device(writer, &header->proposer);
	cbor_write_uint(writer, header->count);
	codec_write_hash(writer, &header->transaction_root);
	codec_write_hash(writer, &header->verdict_hash);
	cbor_write_uint(writer, header->log_size);
	codec_write_hash(writer, &header->log_root);
	codec_write_hash(writer, &header->state_root);
	codec_write_hash(writer, &header->next_members);
	codec_write_hash(writer, &header->justification);
}

static void read_header(struct cbor_reader *reader, struct block_header *ret_header)
{
	cbor_read_array_exact(reader, HEADER_ITEMS);
	if (cbor_read_uint(reader) != BLOCK_VERSION)
		cbor_read_fail(reader, -EBADMSG);
	codec_read_hash(reader, &ret_header->chain);
	ret_header->epoch = cbor_read_uint(reader);
	ret_header->slot = cbor_read_uint(reader);
	ret_header->height = cbor_read_uint(reader);
	codec_read_hash(reader, &ret_header->parent);
	ret_header->parent_slot = cbor_read_uint(reader);
	ret_header->time_us = cbor_read_int(reader);
	codec_read_device(reader, &ret_header->proposer);
	ret_header->count = codec_read_uint_max(reader, LEDGER_BLOCK_TRANSACTIONS_MAX);
	codec_read_hash(reader, &ret_header->transaction_root);
	codec_read_hash(reader, &ret_header->verdict_hash);
	ret_header->log_size = cbor_read_uint(reader);
	codec_read_hash(reader, &ret_header->log_root);
	codec_read_hash(reader, &ret_header->state_root);
	codec_read_hash(reader, &ret_header->next_members);
	codec_read_hash(reader, &ret_header->justification);
}

void block_set_hash(struct block *block)
{
	uint8_t data[HEADER_SIZE_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	write_header(&writer, &block->header);
	assert(writer.error == 0);
	codec_object_hash(&block->header.chain, MESSAGE_CANDIDATE, BYTES(data, writer.size),
			  &block->hash);
}

/** A block that names one transaction twice is refused elsewhere; either place then serves. */
static void find_places(const struct block *block, struct places *ret_places)
{
	int r = places_init(ret_places, block->transactions, (size_t)block->header.count);

	(void)r;
}

void block_verdict_hash(const struct block *block, struct hash *ret_hash)
{
	uint8_t data[BATCH_SIZE_MAX];
	struct cbor_writer writer;
	struct places places;
	struct hasher hasher;

	find_places(block, &places);
	hasher_init(&hasher);
	cbor_write_init(&writer, data, sizeof(data));
	cbor_write_array(&writer, block->batch_count);
	hasher_add(&hasher, BYTES(data, writer.size));
	for (size_t index = 0; index < block->batch_count; index++) {
		cbor_write_init(&writer, data, sizeof(data));
		codec_write_batch(&writer, &block->batches[index], &places);
		assert(writer.error == 0);
		hasher_add(&hasher, BYTES(data, writer.size));
	}
	hasher_finish(&hasher, ret_hash);
}

void block_write(struct cbor_writer *writer, const struct block *block)
{
	struct places places;

	find_places(block, &places);
	cbor_write_array(writer, 4);
	write_header(writer, &block->header);
	cbor_write_array(writer, (size_t)block->header.count);
	for (size_t index = 0; index < block->header.count; index++)
		transaction_write(writer, &block->transactions[index]);
	cbor_write_array(writer, block->batch_count);
	for (size_t index = 0; index < block->batch_count; index++)
		codec_write_batch(writer, &block->batches[index], &places);
	codec_write_signature(writer, &block->signature);
}

static void read_transactions(struct cbor_reader *reader, const struct hash *chain,
			      struct block *block, struct places *ret_places)
{
	size_t count = cbor_read_array(reader, LEDGER_BLOCK_TRANSACTIONS_MAX);

	if (reader->error == 0 && count != block->header.count)
		cbor_read_fail(reader, -EBADMSG);
	if (reader->error < 0)
		return;
	block->transactions = calloc(count > 0 ? count : 1, sizeof(block->transactions[0]));
	if (!block->transactions) {
		cbor_read_fail(reader, -ENOMEM);
		return;
	}
	for (size_t index = 0; index < count; index++)
		transaction_read(reader, chain, &block->transactions[index]);
	if (reader->error == 0 && places_init(ret_places, block->transactions, count) < 0)
		cbor_read_fail(reader, -EBADMSG);
}

/** Makes room for @count verdicts more, also for none, in the array that all batches share. */
static int reserve_verdicts(struct block *block, size_t used, size_t count, size_t *capacity)
{
	size_t wanted = *capacity > 0 ? *capacity : VERDICTS_FIRST;
	struct verdict *verdicts;

	if (block->verdicts && used + count <= *capacity)
		return 0;
	while (wanted < used + count)
		wanted *= 2;
	verdicts = realloc(block->verdicts, wanted * sizeof(verdicts[0]));
	if (!verdicts)
		return -ENOMEM;
	block->verdicts = verdicts;
	*capacity = wanted;
	return 0;
}

static void read_batches(struct cbor_reader *reader, const struct hash *chain,
			 const struct places *places, struct block *block)
{
	size_t count = cbor_read_array(reader, LEDGER_BLOCK_BATCHES_MAX);
	size_t capacity = 0;
	size_t used = 0;

	if (reader->error < 0)
		return;
	block->batches = calloc(count > 0 ? count : 1, sizeof(block->batches[0]));
	if (!block->batches)
		cbor_read_fail(reader, -ENOMEM);
	for (size_t index = 0; index < count && reader->error == 0; index++) {
		struct verdict_batch *batch = &block->batches[index];
		size_t verdict_count;

		cbor_read_array_exact(reader, 2);
		verdict_count = codec_read_batch_head(reader, batch);
		if (reserve_verdicts(block, used, verdict_count, &capacity) < 0) {
			cbor_read_fail(reader, -ENOMEM);
			return;
		}
		batch->verdicts = block->verdicts + used;
		codec_read_batch_rest(reader, chain, places, batch);
		used += verdict_count;
	}
	if (reader->error < 0)
		return;
	/* The array has moved while it grew. */
	used = 0;
	for (size_t index = 0; index < count; index++) {
		block->batches[index].verdicts = block->verdicts + used;
		used += block->batches[index].count;
	}
	block->batch_count = count;
}

void block_read(struct cbor_reader *reader, const struct hash *chain, struct block *ret_block)
{
	struct block block = {0};
	struct places places;

	cbor_read_array_exact(reader, 4);
	read_header(reader, &block.header);
	if (reader->error == 0 && !hash_equal(&block.header.chain, chain))
		cbor_read_fail(reader, -EBADMSG);
	read_transactions(reader, chain, &block, &places);
	read_batches(reader, chain, &places, &block);
	codec_read_signature(reader, &block.signature);
	if (reader->error < 0) {
		block_clear(&block);
		return;
	}
	block_set_hash(&block);
	*ret_block = block;
}

void block_clear(struct block *block)
{
	free(block->transactions);
	free(block->batches);
	free(block->verdicts);
	*block = (struct block){0};
}

void message_write_candidate(struct cbor_writer *writer, const struct block *block,
			     struct bytes certificates)
{
	cbor_write_array(writer, 3);
	cbor_write_uint(writer, MESSAGE_CANDIDATE);
	block_write(writer, block);
	cbor_write_raw(writer, certificates);
}

void message_read_candidate(struct cbor_reader *reader, const struct hash *chain,
			    struct block *ret_block, struct bytes *ret_certificates)
{
	struct certificate certificate;
	struct block block = {0};
	size_t start;
	size_t count;

	block_read(reader, chain, &block);
	start = cbor_read_offset(reader);
	count = cbor_read_array(reader, LEDGER_JUSTIFICATION_MAX);
	for (size_t index = 0; index < count && reader->error == 0; index++)
		certificate_read(reader, &certificate);
	if (reader->error < 0) {
		block_clear(&block);
		return;
	}
	*ret_certificates = cbor_read_span(reader, start);
	*ret_block = block;
}

void message_write_blocks(struct cbor_writer *writer, const struct bytes *blocks, size_t count,
			  struct bytes certificate)
{
	cbor_write_array(writer, 3);
	cbor_write_uint(writer, MESSAGE_BLOCKS);
	cbor_write_array(writer, count);
	for (size_t index = 0; index < count; index++)
		cbor_write_raw(writer, blocks[index]);
	cbor_write_raw(writer, certificate);
}

void message_read_blocks(struct cbor_reader *reader, size_t *ret_count)
{
	*ret_count = cbor_read_array(reader, LEDGER_SYNC_BLOCKS_MAX);
}
