/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Transactions, verdicts, votes and certificates, and the messages around them, to and from CBOR;
 * codec.h draws them. Blocks are in codec_block.c.
 */
#include "codec.h"

#include <assert.h>
#include <errno.h>

#include "codec_parts.h"
#include "hash.h"

enum {
	READING_MODE_PLAIN = 0,
	TRANSACTION_SIZE_MAX = 320,
	VERDICTS_SIZE_MAX = 64 + LEDGER_BATCH_VERDICTS_MAX * 40,
	VOTE_SIZE_MAX = 96,
};

/** Items of a message with its type, by type. */
static const uint8_t message_items[] = {
	[MESSAGE_TRANSACTION] = 3, [MESSAGE_VERDICTS] = 3,    [MESSAGE_CANDIDATE] = 3,
	[MESSAGE_VOTE] = 4,	   [MESSAGE_CERTIFICATE] = 2, [MESSAGE_STATUS] = 5,
	[MESSAGE_BLOCKS] = 3,
};

void codec_write_hash(struct cbor_writer *writer, const struct hash *hash)
{
	cbor_write_bytes(writer, BYTES_OF(*hash));
}

void codec_read_hash(struct cbor_reader *reader, struct hash *ret_hash)
{
	cbor_read_bytes_fixed(reader, ret_hash->bytes, sizeof(ret_hash->bytes));
}

void codec_write_signature(struct cbor_writer *writer, const struct signature *signature)
{
	cbor_write_bytes(writer, BYTES_OF(*signature));
}

void codec_read_signature(struct cbor_reader *reader, struct signature *ret_signature)
{
	cbor_read_bytes_fixed(reader, ret_signature->bytes, sizeof(ret_signature->bytes));
}

void codec_write_device(struct cbor_writer *writer, const struct device_id *device)
{
	cbor_write_bytes(writer, BYTES_OF(*device));
}

void codec_read_device(struct cbor_reader *reader, struct device_id *ret_device)
{
	cbor_read_bytes_fixed(reader, ret_device->bytes, sizeof(ret_device->bytes));
}

uint64_t codec_read_uint_max(struct cbor_reader *reader, uint64_t max)
{
	uint64_t value = cbor_read_uint(reader);

	if (value <= max)
		return value;
	cbor_read_fail(reader, -ERANGE);
	return 0;
}

/** An unsigned integer of 1..@max. */
static uint64_t read_from_one(struct cbor_reader *reader, uint64_t max)
{
	uint64_t value = codec_read_uint_max(reader, max);

	if (value == 0)
		cbor_read_fail(reader, -ERANGE);
	return value;
}

void codec_object_hash(const struct hash *chain, enum message_type type, struct bytes object,
		       struct hash *ret_hash)
{
	const uint8_t tag = (uint8_t)type;
	const struct bytes parts[] = {BYTES_OF(*chain), BYTES(&tag, 1), object};

	hash_parts(parts, 3, ret_hash);
}

/** What a writer over a buffer of its own has written; too small a buffer is a bug. */
static struct bytes written(const struct cbor_writer *writer)
{
	assert(writer->error == 0);
	return BYTES(writer->data, writer->size);
}

/* Transactions */

static void write_reading(struct cbor_writer *writer, const struct reading_body *reading)
{
	cbor_write_array(writer, 8);
	cbor_write_uint(writer, READING_MODE_PLAIN);
	cbor_write_int(writer, reading->start_us);
	cbor_write_int(writer, reading->end_us);
	cbor_write_int(writer, reading->import_mwh);
	cbor_write_int(writer, reading->export_mwh);
	cbor_write_int(writer, reading->observed_us);
	cbor_write_uint(writer, (uint64_t)reading->quality);
	if (!reading->has_anchor) {
		cbor_write_null(writer);
		return;
	}
	cbor_write_array(writer, 2);
	cbor_write_uint(writer, reading->anchor_height);
	codec_write_hash(writer, &reading->anchor_hash);
}

static void read_reading(struct cbor_reader *reader, struct reading_body *ret_reading)
{
	cbor_read_array_exact(reader, 8);
	(void)codec_read_uint_max(reader, READING_MODE_PLAIN);
	ret_reading->start_us = cbor_read_int(reader);
	ret_reading->end_us = cbor_read_int(reader);
	ret_reading->import_mwh = cbor_read_int(reader);
	ret_reading->export_mwh = cbor_read_int(reader);
	ret_reading->observed_us = cbor_read_int(reader);
	ret_reading->quality = (enum reading_quality)codec_read_uint_max(reader, READING_RECOVERED);
	if (cbor_read_null(reader))
		return;
	cbor_read_array_exact(reader, 2);
	ret_reading->has_anchor = true;
	ret_reading->anchor_height = cbor_read_uint(reader);
	codec_read_hash(reader, &ret_reading->anchor_hash);
}

/** What its signature covers. */
static void write_unsigned(struct cbor_writer *writer, const struct transaction *transaction)
{
	cbor_write_array(writer, 7);
	cbor_write_uint(writer, (uint64_t)transaction->type);
	codec_write_device(writer, &transaction->device);
	cbor_write_uint(writer, transaction->incarnation);
	cbor_write_uint(writer, transaction->sequence);
	codec_write_hash(writer, &transaction->previous);
	cbor_write_int(writer, transaction->time_us);
	write_reading(writer, &transaction->reading);
}

/** Both parts of a transaction, within whatever array holds them. */
static void read_signed(struct cbor_reader *reader, const struct hash *chain,
			struct transaction *ret_transaction)
{
	struct transaction transaction = {0};
	size_t start = cbor_read_offset(reader);

	cbor_read_array_exact(reader, 7);
	transaction.type = (enum transaction_type)read_from_one(reader, TRANSACTION_READING);
	codec_read_device(reader, &transaction.device);
	transaction.incarnation = (uint32_t)codec_read_uint_max(reader, UINT32_MAX);
	transaction.sequence = read_from_one(reader, UINT64_MAX);
	codec_read_hash(reader, &transaction.previous);
	transaction.time_us = cbor_read_int(reader);
	read_reading(reader, &transaction.reading);
	if (reader->error == 0)
		codec_object_hash(chain, MESSAGE_TRANSACTION, cbor_read_span(reader, start),
				  &transaction.hash);
	codec_read_signature(reader, &transaction.signature);
	if (reader->error == 0)
		*ret_transaction = transaction;
}

void transaction_set_hash(const struct hash *chain, struct transaction *transaction)
{
	uint8_t data[TRANSACTION_SIZE_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	write_unsigned(&writer, transaction);
	codec_object_hash(chain, MESSAGE_TRANSACTION, written(&writer), &transaction->hash);
}

void transaction_write(struct cbor_writer *writer, const struct transaction *transaction)
{
	cbor_write_array(writer, 2);
	write_unsigned(writer, transaction);
	codec_write_signature(writer, &transaction->signature);
}

void transaction_read(struct cbor_reader *reader, const struct hash *chain,
		      struct transaction *ret_transaction)
{
	cbor_read_array_exact(reader, 2);
	read_signed(reader, chain, ret_transaction);
}

void message_write_transaction(struct cbor_writer *writer, const struct transaction *transaction)
{
	cbor_write_array(writer, message_items[MESSAGE_TRANSACTION]);
	cbor_write_uint(writer, MESSAGE_TRANSACTION);
	write_unsigned(writer, transaction);
	codec_write_signature(writer, &transaction->signature);
}

void message_read_transaction(struct cbor_reader *reader, const struct hash *chain,
			      struct transaction *ret_transaction)
{
	read_signed(reader, chain, ret_transaction);
}

/* Verdicts */

static void write_verdict(struct cbor_writer *writer, const struct verdict *verdict,
			  const struct places *places)
{
	int place = places ? places_find(places, &verdict->transaction) : -ENOENT;

	if (verdict->reason != VERDICT_YES)
		cbor_write_array(writer, 2);
	if (place < 0)
		codec_write_hash(writer, &verdict->transaction);
	else
		cbor_write_uint(writer, (uint64_t)place);
	if (verdict->reason != VERDICT_YES)
		cbor_write_uint(writer, (uint64_t)verdict->reason);
}

static void write_verdicts(struct cbor_writer *writer, const struct verdict_batch *batch,
			   const struct places *places)
{
	cbor_write_array(writer, 3);
	codec_write_device(writer, &batch->judge);
	cbor_write_uint(writer, batch->incarnation);
	cbor_write_array(writer, batch->count);
	for (size_t index = 0; index < batch->count; index++)
		write_verdict(writer, &batch->verdicts[index], places);
}

/** True if the next item is of this CBOR major type. */
static bool is_next(const struct cbor_reader *reader, unsigned int major)
{
	return reader->error == 0 && reader->offset < reader->size &&
	       reader->data[reader->offset] >> 5 == major;
}

static void read_name(struct cbor_reader *reader, const struct places *places,
		      struct hash *ret_hash)
{
	uint64_t place;

	if (!places || !is_next(reader, 0)) {
		codec_read_hash(reader, ret_hash);
		/* One that stands in this block is named by its place. */
		if (places && reader->error == 0 && places_find(places, ret_hash) >= 0)
			cbor_read_fail(reader, -EBADMSG);
		return;
	}
	place = cbor_read_uint(reader);
	if (place < places->count)
		*ret_hash = places->transactions[place].hash;
	else
		cbor_read_fail(reader, -ERANGE);
}

static void read_verdict(struct cbor_reader *reader, const struct places *places,
			 struct verdict *ret_verdict)
{
	bool is_no = is_next(reader, 4);

	if (is_no)
		cbor_read_array_exact(reader, 2);
	read_name(reader, places, &ret_verdict->transaction);
	ret_verdict->reason = VERDICT_YES;
	if (is_no)
		ret_verdict->reason =
			(enum verdict_reason)read_from_one(reader, VERDICT_REASONS - 1);
}

void codec_write_batch(struct cbor_writer *writer, const struct verdict_batch *batch,
		       const struct places *places)
{
	cbor_write_array(writer, 2);
	write_verdicts(writer, batch, places);
	codec_write_signature(writer, &batch->signature);
}

size_t codec_read_batch_head(struct cbor_reader *reader, struct verdict_batch *ret_batch)
{
	*ret_batch = (struct verdict_batch){0};
	cbor_read_array_exact(reader, 3);
	codec_read_device(reader, &ret_batch->judge);
	ret_batch->incarnation = (uint32_t)codec_read_uint_max(reader, UINT32_MAX);
	ret_batch->count = cbor_read_array(reader, LEDGER_BATCH_VERDICTS_MAX);
	if (ret_batch->count == 0)
		cbor_read_fail(reader, -EBADMSG);
	return ret_batch->count;
}

void codec_read_batch_rest(struct cbor_reader *reader, const struct hash *chain,
			   const struct places *places, struct verdict_batch *batch)
{
	for (size_t index = 0; index < batch->count && reader->error == 0; index++) {
		struct verdict *verdict = &batch->verdicts[index];

		read_verdict(reader, places, verdict);
		if (reader->error == 0 && index > 0 &&
		    bytes_compare(BYTES_OF(verdict[-1].transaction),
				  BYTES_OF(verdict->transaction)) >= 0)
			cbor_read_fail(reader, -EBADMSG);
	}
	codec_read_signature(reader, &batch->signature);
	if (reader->error == 0)
		verdict_batch_set_hash(chain, batch);
}

void verdict_batch_set_hash(const struct hash *chain, struct verdict_batch *batch)
{
	uint8_t data[VERDICTS_SIZE_MAX];
	struct cbor_writer writer;

	assert(batch->count <= LEDGER_BATCH_VERDICTS_MAX);
	cbor_write_init(&writer, data, sizeof(data));
	write_verdicts(&writer, batch, NULL);
	codec_object_hash(chain, MESSAGE_VERDICTS, written(&writer), &batch->hash);
}

void message_write_verdicts(struct cbor_writer *writer, const struct verdict_batch *batch)
{
	cbor_write_array(writer, message_items[MESSAGE_VERDICTS]);
	cbor_write_uint(writer, MESSAGE_VERDICTS);
	write_verdicts(writer, batch, NULL);
	codec_write_signature(writer, &batch->signature);
}

void message_read_verdicts(struct cbor_reader *reader, const struct hash *chain,
			   struct verdict *verdicts, struct verdict_batch *ret_batch)
{
	struct verdict_batch batch;

	(void)codec_read_batch_head(reader, &batch);
	batch.verdicts = verdicts;
	codec_read_batch_rest(reader, chain, NULL, &batch);
	if (reader->error == 0)
		*ret_batch = batch;
}

/* Votes and certificates */

static void check_skip_hash(struct cbor_reader *reader, enum vote_kind kind,
			    const struct hash *block)
{
	if (kind == VOTE_SKIP && !hash_is_zero(block))
		cbor_read_fail(reader, -EBADMSG);
}

static void write_vote(struct cbor_writer *writer, const struct vote *vote)
{
	cbor_write_array(writer, 5);
	cbor_write_uint(writer, vote->epoch);
	cbor_write_uint(writer, vote->slot);
	cbor_write_uint(writer, (uint64_t)vote->kind);
	codec_write_hash(writer, &vote->block);
	cbor_write_uint(writer, vote->incarnation);
}

void vote_hash(const struct hash *chain, const struct vote *vote, struct hash *ret_hash)
{
	uint8_t data[VOTE_SIZE_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	write_vote(&writer, vote);
	codec_object_hash(chain, MESSAGE_VOTE, written(&writer), ret_hash);
}

void message_write_vote(struct cbor_writer *writer, const struct vote *vote)
{
	cbor_write_array(writer, message_items[MESSAGE_VOTE]);
	cbor_write_uint(writer, MESSAGE_VOTE);
	write_vote(writer, vote);
	cbor_write_uint(writer, vote->member);
	codec_write_signature(writer, &vote->signature);
}

void message_read_vote(struct cbor_reader *reader, struct vote *ret_vote)
{
	struct vote vote = {0};

	cbor_read_array_exact(reader, 5);
	vote.epoch = cbor_read_uint(reader);
	vote.slot = cbor_read_uint(reader);
	vote.kind = (enum vote_kind)read_from_one(reader, VOTE_KINDS);
	codec_read_hash(reader, &vote.block);
	check_skip_hash(reader, vote.kind, &vote.block);
	vote.incarnation = (uint32_t)codec_read_uint_max(reader, UINT32_MAX);
	vote.member = (uint16_t)codec_read_uint_max(reader, LEDGER_MEMBERS_MAX - 1);
	codec_read_signature(reader, &vote.signature);
	if (reader->error == 0)
		*ret_vote = vote;
}

void certificate_write(struct cbor_writer *writer, const struct certificate *certificate)
{
	cbor_write_array(writer, 5);
	cbor_write_uint(writer, (uint64_t)certificate->kind);
	cbor_write_uint(writer, certificate->epoch);
	cbor_write_uint(writer, certificate->slot);
	codec_write_hash(writer, &certificate->block);
	cbor_write_array(writer, certificate->count);
	for (size_t index = 0; index < certificate->count; index++) {
		const struct certificate_entry *entry = &certificate->entries[index];

		cbor_write_array(writer, 3);
		cbor_write_uint(writer, entry->member);
		cbor_write_uint(writer, entry->incarnation);
		codec_write_signature(writer, &entry->signature);
	}
}

static void read_entry(struct cbor_reader *reader, struct certificate_entry *ret_entry)
{
	cbor_read_array_exact(reader, 3);
	ret_entry->member = (uint16_t)codec_read_uint_max(reader, LEDGER_MEMBERS_MAX - 1);
	ret_entry->incarnation = (uint32_t)codec_read_uint_max(reader, UINT32_MAX);
	codec_read_signature(reader, &ret_entry->signature);
}

void certificate_read(struct cbor_reader *reader, struct certificate *ret_certificate)
{
	struct certificate certificate;

	cbor_read_array_exact(reader, 5);
	certificate.kind = (enum vote_kind)read_from_one(reader, VOTE_KINDS);
	certificate.epoch = cbor_read_uint(reader);
	certificate.slot = cbor_read_uint(reader);
	codec_read_hash(reader, &certificate.block);
	check_skip_hash(reader, certificate.kind, &certificate.block);
	certificate.count = cbor_read_array(reader, LEDGER_MEMBERS_MAX);
	for (size_t index = 0; index < certificate.count && reader->error == 0; index++) {
		struct certificate_entry *entry = &certificate.entries[index];

		read_entry(reader, entry);
		if (reader->error == 0 && index > 0 && entry[-1].member >= entry->member)
			cbor_read_fail(reader, -EBADMSG);
	}
	if (reader->error < 0)
		return;
	memset(&certificate.entries[certificate.count], 0,
	       (LEDGER_MEMBERS_MAX - certificate.count) * sizeof(certificate.entries[0]));
	*ret_certificate = certificate;
}

void message_write_certificate(struct cbor_writer *writer, const struct certificate *certificate)
{
	cbor_write_array(writer, message_items[MESSAGE_CERTIFICATE]);
	cbor_write_uint(writer, MESSAGE_CERTIFICATE);
	certificate_write(writer, certificate);
}

void message_read_certificate(struct cbor_reader *reader, struct certificate *ret_certificate)
{
	certificate_read(reader, ret_certificate);
}

/* Status, and what all messages begin with */

void message_write_status(struct cbor_writer *writer, const struct status *status)
{
	cbor_write_array(writer, message_items[MESSAGE_STATUS]);
	cbor_write_uint(writer, MESSAGE_STATUS);
	cbor_write_uint(writer, status->height);
	codec_write_hash(writer, &status->head);
	cbor_write_uint(writer, status->slot);
	if (status->has_wanted)
		codec_write_hash(writer, &status->wanted);
	else
		cbor_write_null(writer);
}

void message_read_status(struct cbor_reader *reader, struct status *ret_status)
{
	struct status status = {0};

	status.height = cbor_read_uint(reader);
	codec_read_hash(reader, &status.head);
	status.slot = cbor_read_uint(reader);
	status.has_wanted = !cbor_read_null(reader);
	if (status.has_wanted)
		codec_read_hash(reader, &status.wanted);
	if (reader->error == 0)
		*ret_status = status;
}

enum message_type message_read_type(struct cbor_reader *reader)
{
	size_t items = cbor_read_array(reader, 5);
	uint64_t type = read_from_one(reader, MESSAGE_BLOCKS);

	if (reader->error == 0 && items != message_items[type])
		cbor_read_fail(reader, -EBADMSG);
	return reader->error == 0 ? (enum message_type)type : 0;
}
