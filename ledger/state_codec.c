/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The state as deterministic CBOR, for the store and for state roots:
 *
 *   [epoch, height, slot, head, time_us, log size, [peak ...], verdicts, [member ...]]
 *   member  [incarnation, sequence, previous, null | [import_mwh, export_mwh, end_us], accepted,
 *            rejected]
 */
#include "state.h"

#include <assert.h>
#include <errno.h>

#include "codec_parts.h"

enum {
	STATE_HEAD_SIZE_MAX = 128 + MERKLE_LEVELS_MAX * 34,
	STATE_MEMBER_SIZE_MAX = 128,
};

size_t state_encoded_size(const struct contract *contract)
{
	return STATE_HEAD_SIZE_MAX + contract->member_count * STATE_MEMBER_SIZE_MAX;
}

static void write_member(struct cbor_writer *writer, const struct member_state *member)
{
	cbor_write_array(writer, 6);
	cbor_write_uint(writer, member->incarnation);
	cbor_write_uint(writer, member->sequence);
	codec_write_hash(writer, &member->previous);
	if (member->has_reading) {
		cbor_write_array(writer, 3);
		cbor_write_int(writer, member->import_mwh);
		cbor_write_int(writer, member->export_mwh);
		cbor_write_int(writer, member->end_us);
	} else {
		cbor_write_null(writer);
	}
	cbor_write_uint(writer, member->accepted);
	cbor_write_uint(writer, member->rejected);
}

int state_encode(const struct ledger_state *state, uint8_t *data, size_t capacity, size_t *ret_size)
{
	struct cbor_writer writer;
	size_t peaks = merkle_peak_count(state->log.size);

	assert(peaks <= MERKLE_LEVELS_MAX);
	cbor_write_init(&writer, data, capacity);
	cbor_write_array(&writer, 9);
	cbor_write_uint(&writer, state->epoch);
	cbor_write_uint(&writer, state->height);
	cbor_write_uint(&writer, state->slot);
	codec_write_hash(&writer, &state->head);
	cbor_write_int(&writer, state->time_us);
	cbor_write_uint(&writer, state->log.size);
	cbor_write_array(&writer, peaks);
	for (size_t index = 0; index < peaks; index++)
		codec_write_hash(&writer, &state->log.peaks[index]);
	cbor_write_uint(&writer, state->verdicts);
	cbor_write_array(&writer, state->member_count);
	for (size_t index = 0; index < state->member_count; index++)
		write_member(&writer, &state->members[index]);
	if (writer.error < 0)
		return writer.error;
	*ret_size = writer.size;
	return 0;
}

static void read_member(struct cbor_reader *reader, struct member_state *ret_member)
{
	struct member_state member = {0};

	cbor_read_array_exact(reader, 6);
	member.incarnation = (uint32_t)codec_read_uint_max(reader, UINT32_MAX);
	member.sequence = cbor_read_uint(reader);
	codec_read_hash(reader, &member.previous);
	if (!cbor_read_null(reader)) {
		cbor_read_array_exact(reader, 3);
		member.has_reading = true;
		member.import_mwh = cbor_read_int(reader);
		member.export_mwh = cbor_read_int(reader);
		member.end_us = cbor_read_int(reader);
	}
	member.accepted = cbor_read_uint(reader);
	member.rejected = cbor_read_uint(reader);
	*ret_member = member;
}

static void read_log(struct cbor_reader *reader, struct merkle *ret_log)
{
	*ret_log = (struct merkle){0};
	ret_log->size = codec_read_uint_max(reader, UINT64_C(1) << MERKLE_LEVELS_MAX);
	cbor_read_array_exact(reader, merkle_peak_count(ret_log->size));
	for (size_t index = 0; index < merkle_peak_count(ret_log->size); index++)
		codec_read_hash(reader, &ret_log->peaks[index]);
}

int state_decode(struct bytes bytes, const struct contract *contract, struct ledger_state *state)
{
	_cleanup_(freep) struct ledger_state *decoded = calloc(1, state_size(contract));
	struct cbor_reader reader;

	if (!decoded)
		return -ENOMEM;
	cbor_read_init(&reader, bytes);
	cbor_read_array_exact(&reader, 9);
	decoded->epoch = cbor_read_uint(&reader);
	decoded->height = cbor_read_uint(&reader);
	decoded->slot = cbor_read_uint(&reader);
	codec_read_hash(&reader, &decoded->head);
	decoded->time_us = cbor_read_int(&reader);
	read_log(&reader, &decoded->log);
	decoded->verdicts = cbor_read_uint(&reader);
	decoded->member_count = contract->member_count;
	cbor_read_array_exact(&reader, contract->member_count);
	for (size_t index = 0; index < contract->member_count; index++)
		read_member(&reader, &decoded->members[index]);
	if (cbor_read_end(&reader) < 0)
		return -EBADMSG;
	state_copy(state, decoded);
	return 0;
}
