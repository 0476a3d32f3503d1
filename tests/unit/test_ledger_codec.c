/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The ledger's encoding: one encoding for each object, and nothing else is taken. */
#include "unit.h"

#include <errno.h>

#include "ledger_roundtrip.h"

enum { OBJECTS = 40, BLOCK_TRANSACTIONS = 9, STRANGERS = 2 };

static const struct hash chain = {{'c', 'h', 'a', 'i', 'n'}};

/** A message under work: as it was written, and room for what comes back. */
struct message {
	uint8_t data[LEDGER_MESSAGE_MAX];
	uint8_t again[LEDGER_MESSAGE_MAX];
	struct cbor_writer writer;
};

/* Objects from a seed */

static void fill(uint64_t *seed, void *data, size_t size)
{
	uint8_t *bytes = data;

	for (size_t index = 0; index < size; index++)
		bytes[index] = (uint8_t)seeded_next(seed);
}

static uint64_t number(uint64_t *seed)
{
	/* All sizes of encoded numbers are met about as often. */
	return seeded_next(seed) >> (seeded_next(seed) % 64);
}

static struct hash random_hash(uint64_t *seed)
{
	struct hash hash;

	fill(seed, &hash, sizeof(hash));
	return hash;
}

static struct transaction random_transaction(uint64_t *seed)
{
	struct transaction transaction = {
		.type = TRANSACTION_READING,
		.incarnation = (uint32_t)number(seed),
		.sequence = 1 + number(seed) / 2,
		.previous = random_hash(seed),
		.time_us = (int64_t)number(seed),
		.reading =
			{
				.start_us = (int64_t)number(seed),
				.end_us = (int64_t)number(seed),
				.import_mwh = (int64_t)number(seed),
				.export_mwh = (int64_t)number(seed),
				.observed_us = (int64_t)number(seed),
				.quality = (enum reading_quality)(number(seed) % 3),
				.has_anchor = number(seed) % 2 == 0,
			},
	};

	fill(seed, &transaction.device, sizeof(transaction.device));
	fill(seed, &transaction.signature, sizeof(transaction.signature));
	if (transaction.reading.has_anchor) {
		transaction.reading.anchor_height = number(seed);
		transaction.reading.anchor_hash = random_hash(seed);
	}
	transaction_set_hash(&chain, &transaction);
	return transaction;
}

static int compare_verdicts(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash));
}

/** On each of @count transactions, and on some that stand elsewhere. */
static struct verdict_batch random_batch(uint64_t *seed, const struct transaction *transactions,
					 size_t count, struct verdict *verdicts)
{
	struct verdict_batch batch = {.incarnation = (uint32_t)number(seed), .verdicts = verdicts};

	for (size_t index = 0; index < count + STRANGERS; index++)
		verdicts[batch.count++] = (struct verdict){
			index < count ? transactions[index].hash : random_hash(seed),
			(enum verdict_reason)(number(seed) % VERDICT_REASONS),
		};
	qsort(verdicts, batch.count, sizeof(verdicts[0]), compare_verdicts);
	fill(seed, &batch.judge, sizeof(batch.judge));
	fill(seed, &batch.signature, sizeof(batch.signature));
	verdict_batch_set_hash(&chain, &batch);
	return batch;
}

static struct vote random_vote(uint64_t *seed)
{
	struct vote vote = {
		.kind = (enum vote_kind)(1 + number(seed) % VOTE_KINDS),
		.epoch = number(seed),
		.slot = number(seed),
		.member = (uint16_t)(number(seed) % LEDGER_MEMBERS_MAX),
		.incarnation = (uint32_t)number(seed),
	};

	if (vote.kind != VOTE_SKIP)
		vote.block = random_hash(seed);
	fill(seed, &vote.signature, sizeof(vote.signature));
	return vote;
}

static struct certificate random_certificate(uint64_t *seed)
{
	struct vote vote = random_vote(seed);
	struct certificate certificate = {
		.kind = vote.kind,
		.epoch = vote.epoch,
		.slot = vote.slot,
		.block = vote.block,
		.count = number(seed) % 20,
	};

	for (size_t index = 0; index < certificate.count; index++) {
		struct certificate_entry *entry = &certificate.entries[index];

		entry->member = (uint16_t)(12 * index + number(seed) % 12);
		entry->incarnation = (uint32_t)number(seed);
		fill(seed, &entry->signature, sizeof(entry->signature));
	}
	return certificate;
}

/** The caller ends with block_clear(). */
static struct block random_block(uint64_t *seed)
{
	struct block block = {.header = {.chain = chain}};
	struct block_header *header = &block.header;
	size_t verdict_count = BLOCK_TRANSACTIONS + STRANGERS;

	header->epoch = number(seed);
	header->slot = number(seed);
	header->height = number(seed);
	header->parent = random_hash(seed);
	header->parent_slot = number(seed);
	header->time_us = (int64_t)number(seed);
	header->count = number(seed) % BLOCK_TRANSACTIONS;
	header->log_root = random_hash(seed);
	header->state_root = random_hash(seed);
	block.batch_count = number(seed) % 4;
	block.transactions = calloc(BLOCK_TRANSACTIONS, sizeof(block.transactions[0]));
	block.batches = calloc(block.batch_count + 1, sizeof(block.batches[0]));
	block.verdicts = calloc((block.batch_count + 1) * verdict_count, sizeof(struct verdict));
	assert_true(block.transactions && block.batches && block.verdicts);
	for (size_t index = 0; index < header->count; index++)
		block.transactions[index] = random_transaction(seed);
	for (size_t index = 0; index < block.batch_count; index++)
		block.batches[index] = random_batch(seed, block.transactions, (size_t)header->count,
						    block.verdicts + index * verdict_count);
	fill(seed, &block.signature, sizeof(block.signature));
	block_set_hash(&block);
	return block;
}

static void write_random_candidate(struct cbor_writer *writer, uint64_t *seed)
{
	struct block block = random_block(seed);
	uint8_t data[8 * 1024];
	struct cbor_writer certificates;
	size_t count = number(seed) % 4;

	cbor_write_init(&certificates, data, sizeof(data));
	cbor_write_array(&certificates, count);
	for (size_t index = 0; index < count; index++) {
		struct certificate certificate = random_certificate(seed);

		certificate_write(&certificates, &certificate);
	}
	assert_int_equal(certificates.error, 0);
	message_write_candidate(writer, &block, BYTES(data, certificates.size));
	block_clear(&block);
}

static void write_random_blocks(struct cbor_writer *writer, uint64_t *seed)
{
	struct certificate certificate = random_certificate(seed);
	struct bytes blocks[3];
	uint8_t data[48 * 1024];
	struct cbor_writer parts;
	size_t count = number(seed) % 4;
	size_t start;

	cbor_write_init(&parts, data, sizeof(data));
	for (size_t index = 0; index < count; index++) {
		struct block block = random_block(seed);

		start = parts.size;
		block_write(&parts, &block);
		blocks[index] = BYTES(data + start, parts.size - start);
		block_clear(&block);
	}
	start = parts.size;
	certificate_write(&parts, &certificate);
	assert_int_equal(parts.error, 0);
	message_write_blocks(writer, blocks, count, BYTES(data + start, parts.size - start));
}

static void write_random_message(struct message *message, enum message_type type, uint64_t *seed)
{
	struct verdict verdicts[BLOCK_TRANSACTIONS + STRANGERS];
	struct transaction transaction = random_transaction(seed);
	struct verdict_batch batch = random_batch(seed, &transaction, 1, verdicts);
	struct vote vote = random_vote(seed);
	struct certificate certificate = random_certificate(seed);
	struct status status = {number(seed), random_hash(seed), number(seed), false, {{0}}};
	struct cbor_writer *writer = &message->writer;

	status.has_wanted = number(seed) % 2 == 0;
	cbor_write_init(writer, message->data, sizeof(message->data));
	switch (type) {
	case MESSAGE_TRANSACTION:
		message_write_transaction(writer, &transaction);
		break;
	case MESSAGE_VERDICTS:
		message_write_verdicts(writer, &batch);
		break;
	case MESSAGE_CANDIDATE:
		write_random_candidate(writer, seed);
		break;
	case MESSAGE_VOTE:
		message_write_vote(writer, &vote);
		break;
	case MESSAGE_CERTIFICATE:
		message_write_certificate(writer, &certificate);
		break;
	case MESSAGE_STATUS:
		message_write_status(writer, &status);
		break;
	case MESSAGE_BLOCKS:
		write_random_blocks(writer, seed);
		break;
	}
	assert_int_equal(writer->error, 0);
}

static struct message *message_new(void)
{
	struct message *message = malloc(sizeof(*message));

	assert_non_null(message);
	return message;
}

/* Properties */

UNIT_TEST(what_is_encoded_decodes_to_the_same)
{
	_cleanup_(freep) struct message *message = message_new();
	uint64_t seed = 1;

	for (unsigned int turn = 0; turn < OBJECTS * MESSAGE_BLOCKS; turn++) {
		enum message_type type = (enum message_type)(1 + turn % MESSAGE_BLOCKS);
		size_t size = 0;

		write_random_message(message, type, &seed);
		assert_int_equal(
			ledger_roundtrip_message(&chain, BYTES(message->data, message->writer.size),
						 message->again, &size),
			0);
		assert_int_equal(size, message->writer.size);
		assert_memory_equal(message->again, message->data, size);
	}
}

/** One byte at a time, each with some other values. */
static void mutate(struct message *message, uint64_t *seed)
{
	size_t size = message->writer.size;
	size_t step = 1 + size / 2000;

	for (size_t index = 0; index < size; index += step) {
		uint8_t before = message->data[index];
		size_t again_size = 0;

		message->data[index] ^= (uint8_t)(1 + seeded_next(seed) % 255);
		if (ledger_roundtrip_message(&chain, BYTES(message->data, size), message->again,
					     &again_size) == 0) {
			assert_int_equal(again_size, size);
			assert_memory_equal(message->again, message->data, size);
		}
		message->data[index] = before;
	}
}

UNIT_TEST(no_bytes_mean_the_same_as_others)
{
	_cleanup_(freep) struct message *message = message_new();
	uint64_t seed = 2;

	for (unsigned int turn = 0; turn < OBJECTS / 4 * MESSAGE_BLOCKS; turn++) {
		write_random_message(message, (enum message_type)(1 + turn % MESSAGE_BLOCKS),
				     &seed);
		mutate(message, &seed);
	}
}

UNIT_TEST(a_message_cut_short_or_with_more_behind_it_is_refused)
{
	_cleanup_(freep) struct message *message = message_new();
	uint64_t seed = 3;

	for (unsigned int turn = 0; turn < MESSAGE_BLOCKS; turn++) {
		size_t size;

		write_random_message(message, (enum message_type)(1 + turn), &seed);
		message->data[message->writer.size] = 0;
		assert_int_not_equal(ledger_roundtrip_message(
					     &chain, BYTES(message->data, message->writer.size + 1),
					     message->again, &size),
				     0);
		for (size_t cut = 0; cut < message->writer.size; cut += 1 + cut / 64)
			assert_int_not_equal(ledger_roundtrip_message(&chain,
								      BYTES(message->data, cut),
								      message->again, &size),
					     0);
	}
}

/* Single rules */

static int read_transaction(const struct transaction *transaction)
{
	uint8_t data[512];
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct transaction read;

	cbor_write_init(&writer, data, sizeof(data));
	transaction_write(&writer, transaction);
	cbor_read_init(&reader, BYTES(data, writer.size));
	transaction_read(&reader, &chain, &read);
	return cbor_read_end(&reader);
}

UNIT_TEST(a_transaction_out_of_range_is_refused)
{
	uint64_t seed = 4;
	struct transaction good = random_transaction(&seed);
	struct transaction bad = good;

	assert_int_equal(read_transaction(&good), 0);
	bad.type = (enum transaction_type)2;
	assert_int_equal(read_transaction(&bad), -ERANGE);
	bad = good;
	bad.sequence = 0;
	assert_int_equal(read_transaction(&bad), -ERANGE);
	bad = good;
	bad.reading.quality = (enum reading_quality)3;
	assert_int_equal(read_transaction(&bad), -ERANGE);
}

static int read_batch(const struct verdict_batch *batch)
{
	struct verdict verdicts[LEDGER_BATCH_VERDICTS_MAX];
	uint8_t data[16 * 1024];
	struct verdict_batch read;
	struct cbor_writer writer;
	struct cbor_reader reader;

	cbor_write_init(&writer, data, sizeof(data));
	message_write_verdicts(&writer, batch);
	cbor_read_init(&reader, BYTES(data, writer.size));
	assert_int_equal(message_read_type(&reader), MESSAGE_VERDICTS);
	message_read_verdicts(&reader, &chain, verdicts, &read);
	return cbor_read_end(&reader);
}

UNIT_TEST(verdicts_out_of_order_or_without_end_are_refused)
{
	struct verdict verdicts[LEDGER_BATCH_VERDICTS_MAX + 1] = {{.reason = VERDICT_YES}};
	struct verdict_batch batch = {.verdicts = verdicts, .count = LEDGER_BATCH_VERDICTS_MAX};

	for (size_t index = 0; index <= LEDGER_BATCH_VERDICTS_MAX; index++)
		bytes_put_u64(verdicts[index].transaction.bytes, index);
	assert_int_equal(read_batch(&batch), 0);
	batch.count++;
	assert_int_equal(read_batch(&batch), -ERANGE);
	batch.count = 0;
	assert_int_equal(read_batch(&batch), -EBADMSG);
	batch.count = 2;
	verdicts[1].transaction = verdicts[0].transaction;
	assert_int_equal(read_batch(&batch), -EBADMSG);
	verdicts[1].reason = VERDICT_REASONS;
	assert_int_equal(read_batch(&batch), -ERANGE);
}

static int read_vote(const struct vote *vote)
{
	uint8_t data[256];
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct vote read;

	cbor_write_init(&writer, data, sizeof(data));
	message_write_vote(&writer, vote);
	cbor_read_init(&reader, BYTES(data, writer.size));
	assert_int_equal(message_read_type(&reader), MESSAGE_VOTE);
	message_read_vote(&reader, &read);
	return cbor_read_end(&reader);
}

UNIT_TEST(a_vote_to_skip_names_no_block)
{
	struct vote vote = {.kind = VOTE_SKIP, .slot = 7};

	assert_int_equal(read_vote(&vote), 0);
	vote.block.bytes[31] = 1;
	assert_int_equal(read_vote(&vote), -EBADMSG);
	vote.kind = VOTE_FINAL;
	assert_int_equal(read_vote(&vote), 0);
	vote.kind = (enum vote_kind)0;
	assert_int_equal(read_vote(&vote), -ERANGE);
	vote.kind = VOTE_NOTAR;
	vote.member = LEDGER_MEMBERS_MAX;
	assert_int_equal(read_vote(&vote), -ERANGE);
}

static int read_certificate(const struct certificate *certificate)
{
	uint8_t data[32 * 1024];
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct certificate read;

	cbor_write_init(&writer, data, sizeof(data));
	certificate_write(&writer, certificate);
	cbor_read_init(&reader, BYTES(data, writer.size));
	certificate_read(&reader, &read);
	return cbor_read_end(&reader);
}

UNIT_TEST(the_signers_of_a_certificate_are_in_order)
{
	struct certificate certificate = {.kind = VOTE_FINAL, .count = LEDGER_MEMBERS_MAX};

	for (size_t index = 0; index < certificate.count; index++)
		certificate.entries[index].member = (uint16_t)index;
	assert_int_equal(read_certificate(&certificate), 0);
	certificate.entries[1].member = 0;
	assert_int_equal(read_certificate(&certificate), -EBADMSG);
}

static int read_block(const struct block *block, const struct hash *of_chain)
{
	_cleanup_(freep) uint8_t *data = malloc(LEDGER_MESSAGE_MAX);
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct block read = {0};
	int r;

	assert_non_null(data);
	cbor_write_init(&writer, data, LEDGER_MESSAGE_MAX);
	block_write(&writer, block);
	assert_int_equal(writer.error, 0);
	cbor_read_init(&reader, BYTES(data, writer.size));
	block_read(&reader, of_chain, &read);
	r = cbor_read_end(&reader);
	if (r == 0) {
		assert_true(hash_equal(&read.hash, &block->hash));
		for (size_t index = 0; index < block->batch_count; index++)
			assert_true(
				hash_equal(&read.batches[index].hash, &block->batches[index].hash));
	}
	block_clear(&read);
	return r;
}

UNIT_TEST(a_block_of_another_chain_or_with_a_transaction_twice_is_refused)
{
	static const struct hash other = {{'o'}};
	uint64_t seed = 5;
	struct block block = random_block(&seed);

	while (block.header.count < 2 || block.batch_count < 2) {
		block_clear(&block);
		block = random_block(&seed);
	}
	assert_int_equal(read_block(&block, &chain), 0);
	assert_int_equal(read_block(&block, &other), -EBADMSG);
	block.transactions[1] = block.transactions[0];
	assert_int_equal(read_block(&block, &chain), -EBADMSG);
	block_clear(&block);
}

UNIT_TEST(a_hash_covers_chain_type_and_content)
{
	static const struct hash other = {{'o'}};
	uint64_t seed = 6;
	struct transaction transaction = random_transaction(&seed);
	struct transaction changed = transaction;
	struct vote vote = random_vote(&seed);
	struct hash first;
	struct hash second;

	changed.reading.import_mwh ^= 1;
	transaction_set_hash(&chain, &changed);
	assert_false(hash_equal(&changed.hash, &transaction.hash));
	changed.reading.import_mwh ^= 1;
	transaction_set_hash(&chain, &changed);
	assert_true(hash_equal(&changed.hash, &transaction.hash));
	transaction_set_hash(&other, &changed);
	assert_false(hash_equal(&changed.hash, &transaction.hash));
	vote_hash(&chain, &vote, &first);
	vote.member ^= 1;
	vote_hash(&chain, &vote, &second);
	assert_true(hash_equal(&first, &second));
	vote.slot ^= 1;
	vote_hash(&chain, &vote, &second);
	assert_false(hash_equal(&first, &second));
}

UNIT_TEST(a_writer_that_is_too_small_says_so)
{
	uint64_t seed = 7;
	struct transaction transaction = random_transaction(&seed);
	uint8_t data[512];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	transaction_write(&writer, &transaction);
	for (size_t capacity = 0; capacity < writer.size; capacity++) {
		struct cbor_writer small;

		cbor_write_init(&small, data, capacity);
		transaction_write(&small, &transaction);
		assert_int_equal(small.error, -ENOBUFS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_decodes_to_the_same),
		cmocka_unit_test(no_bytes_mean_the_same_as_others),
		cmocka_unit_test(a_message_cut_short_or_with_more_behind_it_is_refused),
		cmocka_unit_test(a_transaction_out_of_range_is_refused),
		cmocka_unit_test(verdicts_out_of_order_or_without_end_are_refused),
		cmocka_unit_test(a_vote_to_skip_names_no_block),
		cmocka_unit_test(the_signers_of_a_certificate_are_in_order),
		cmocka_unit_test(a_block_of_another_chain_or_with_a_transaction_twice_is_refused),
		cmocka_unit_test(a_hash_covers_chain_type_and_content),
		cmocka_unit_test(a_writer_that_is_too_small_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
