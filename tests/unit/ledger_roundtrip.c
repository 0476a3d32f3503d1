/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Decoders followed by their encoders, for every type of message. */
#include "ledger_roundtrip.h"

#include <assert.h>
#include <errno.h>

static void again_transaction(struct cbor_reader *reader, const struct hash *chain,
			      struct cbor_writer *writer)
{
	struct transaction transaction = {0};

	message_read_transaction(reader, chain, &transaction);
	if (reader->error == 0)
		message_write_transaction(writer, &transaction);
}

static void again_verdicts(struct cbor_reader *reader, const struct hash *chain,
			   struct cbor_writer *writer)
{
	struct verdict verdicts[LEDGER_BATCH_VERDICTS_MAX];
	struct verdict_batch batch;

	message_read_verdicts(reader, chain, verdicts, &batch);
	if (reader->error == 0)
		message_write_verdicts(writer, &batch);
}

/** An array of certificates, each decoded and encoded. */
static void again_certificates(struct bytes certificates, struct cbor_writer *writer)
{
	struct cbor_reader reader;
	size_t count;
	int r;

	cbor_read_init(&reader, certificates);
	count = cbor_read_array(&reader, LEDGER_JUSTIFICATION_MAX);
	cbor_write_array(writer, count);
	for (size_t index = 0; index < count; index++) {
		struct certificate certificate;

		certificate_read(&reader, &certificate);
		certificate_write(writer, &certificate);
	}
	r = cbor_read_end(&reader);
	assert(r == 0);
	(void)r;
}

static void again_candidate(struct cbor_reader *reader, const struct hash *chain,
			    struct cbor_writer *writer)
{
	_cleanup_(freep) uint8_t *data = malloc(LEDGER_MESSAGE_MAX);
	struct cbor_writer certificates_writer;
	struct bytes certificates;
	struct block block;

	assert(data);
	message_read_candidate(reader, chain, &block, &certificates);
	if (reader->error < 0)
		return;
	cbor_write_init(&certificates_writer, data, LEDGER_MESSAGE_MAX);
	again_certificates(certificates, &certificates_writer);
	assert(certificates_writer.error == 0);
	message_write_candidate(writer, &block, BYTES(data, certificates_writer.size));
	block_clear(&block);
}

static void again_vote(struct cbor_reader *reader, struct cbor_writer *writer)
{
	struct vote vote;

	message_read_vote(reader, &vote);
	if (reader->error == 0)
		message_write_vote(writer, &vote);
}

static void again_certificate(struct cbor_reader *reader, struct cbor_writer *writer)
{
	struct certificate certificate;

	message_read_certificate(reader, &certificate);
	if (reader->error == 0)
		message_write_certificate(writer, &certificate);
}

static void again_status(struct cbor_reader *reader, struct cbor_writer *writer)
{
	struct status status;

	message_read_status(reader, &status);
	if (reader->error == 0)
		message_write_status(writer, &status);
}

static void again_blocks(struct cbor_reader *reader, const struct hash *chain,
			 struct cbor_writer *writer)
{
	_cleanup_(freep) uint8_t *data = malloc(LEDGER_MESSAGE_MAX);
	struct bytes blocks[LEDGER_SYNC_BLOCKS_MAX];
	struct certificate certificate;
	struct cbor_writer parts;
	size_t count;
	size_t start;

	assert(data);
	cbor_write_init(&parts, data, LEDGER_MESSAGE_MAX);
	message_read_blocks(reader, &count);
	for (size_t index = 0; index < count && reader->error == 0; index++) {
		struct block block;

		block_read(reader, chain, &block);
		if (reader->error < 0)
			return;
		start = parts.size;
		block_write(&parts, &block);
		block_clear(&block);
		blocks[index] = BYTES(data + start, parts.size - start);
	}
	certificate_read(reader, &certificate);
	if (reader->error < 0)
		return;
	start = parts.size;
	certificate_write(&parts, &certificate);
	assert(parts.error == 0);
	message_write_blocks(writer, blocks, count, BYTES(data + start, parts.size - start));
}

static void again(struct cbor_reader *reader, const struct hash *chain, struct cbor_writer *writer)
{
	switch (message_read_type(reader)) {
	case MESSAGE_TRANSACTION:
		again_transaction(reader, chain, writer);
		break;
	case MESSAGE_VERDICTS:
		again_verdicts(reader, chain, writer);
		break;
	case MESSAGE_CANDIDATE:
		again_candidate(reader, chain, writer);
		break;
	case MESSAGE_VOTE:
		again_vote(reader, writer);
		break;
	case MESSAGE_CERTIFICATE:
		again_certificate(reader, writer);
		break;
	case MESSAGE_STATUS:
		again_status(reader, writer);
		break;
	case MESSAGE_BLOCKS:
		again_blocks(reader, chain, writer);
		break;
	}
}

int ledger_roundtrip_message(const struct hash *chain, struct bytes message, uint8_t *data,
			     size_t *ret_size)
{
	struct cbor_reader reader;
	struct cbor_writer writer;
	int r;

	if (message.size > LEDGER_MESSAGE_MAX)
		return -EMSGSIZE;
	cbor_read_init(&reader, message);
	cbor_write_init(&writer, data, LEDGER_MESSAGE_MAX);
	again(&reader, chain, &writer);
	r = cbor_read_end(&reader);
	if (r < 0)
		return r;
	assert(writer.error == 0);
	*ret_size = writer.size;
	return 0;
}

int ledger_roundtrip_block(const struct hash *chain, struct bytes encoded, uint8_t *data,
			   size_t *ret_size)
{
	struct cbor_reader reader;
	struct cbor_writer writer;
	struct block block = {0};
	int r;

	if (encoded.size > LEDGER_MESSAGE_MAX)
		return -EMSGSIZE;
	cbor_read_init(&reader, encoded);
	block_read(&reader, chain, &block);
	cbor_write_init(&writer, data, LEDGER_MESSAGE_MAX);
	r = cbor_read_end(&reader);
	if (r == 0) {
		block_write(&writer, &block);
		assert(writer.error == 0);
		*ret_size = writer.size;
	}
	block_clear(&block);
	return r;
}
