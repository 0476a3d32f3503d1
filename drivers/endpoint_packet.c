/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Frames in a packet; numbers big-endian.
 *
 *   MESSAGE      01  size:2  bytes[size]
 *   PIECE        02  id:2  index:1  total_size:4  bytes[1024, or what is left of total_size]
 *   ACKNOWLEDGE  03  id:2  pieces:8
 *   PROBE        04  token:4
 *   ANSWER       05  token:4
 */
#include "endpoint_packet.h"

#include <assert.h>
#include <errno.h>

enum {
	HEAD_MESSAGE = 3,
	HEAD_PIECE = 8,
	SIZE_ACKNOWLEDGE = 11,
	SIZE_PROBE = 5,
	SIZE_TOTAL_MAX = ENDPOINT_PIECE_SIZE * ENDPOINT_PIECES_MAX,
};

static_assert(HEAD_PIECE + ENDPOINT_PIECE_SIZE <= ENDPOINT_PACKET_MAX, "a piece fits");
static_assert(HEAD_MESSAGE + ENDPOINT_FRAME_MESSAGE_MAX == ENDPOINT_PACKET_MAX, "a message fits");

static void put_u16(uint8_t *data, uint16_t value)
{
	data[0] = (uint8_t)(value >> 8);
	data[1] = (uint8_t)value;
}

static void put_u32(uint8_t *data, uint32_t value)
{
	put_u16(data, (uint16_t)(value >> 16));
	put_u16(data + 2, (uint16_t)value);
}

static uint16_t get_u16(const uint8_t *data)
{
	return (uint16_t)((unsigned int)data[0] << 8 | data[1]);
}

static uint32_t get_u32(const uint8_t *data)
{
	return (uint32_t)get_u16(data) << 16 | get_u16(data + 2);
}

unsigned int endpoint_piece_count(size_t size)
{
	return (unsigned int)((size + ENDPOINT_PIECE_SIZE - 1) / ENDPOINT_PIECE_SIZE);
}

static size_t frame_size(const struct endpoint_frame *frame)
{
	switch (frame->kind) {
	case ENDPOINT_FRAME_MESSAGE:
		return HEAD_MESSAGE + frame->data.size;
	case ENDPOINT_FRAME_PIECE:
		return HEAD_PIECE + frame->data.size;
	case ENDPOINT_FRAME_ACKNOWLEDGE:
		return SIZE_ACKNOWLEDGE;
	case ENDPOINT_FRAME_PROBE:
	case ENDPOINT_FRAME_ANSWER:
		return SIZE_PROBE;
	}
	return SIZE_MAX;
}

bool endpoint_packet_add(struct endpoint_packet *packet, const struct endpoint_frame *frame)
{
	size_t size = frame_size(frame);
	uint8_t *data = packet->data + packet->size;

	if (size > ENDPOINT_PACKET_MAX - packet->size)
		return false;
	data[0] = (uint8_t)frame->kind;
	switch (frame->kind) {
	case ENDPOINT_FRAME_MESSAGE:
		put_u16(data + 1, (uint16_t)frame->data.size);
		if (frame->data.size > 0)
			memcpy(data + HEAD_MESSAGE, frame->data.data, frame->data.size);
		break;
	case ENDPOINT_FRAME_PIECE:
		put_u16(data + 1, frame->id);
		data[3] = frame->index;
		put_u32(data + 4, frame->total_size);
		memcpy(data + HEAD_PIECE, frame->data.data, frame->data.size);
		break;
	case ENDPOINT_FRAME_ACKNOWLEDGE:
		put_u16(data + 1, frame->id);
		bytes_put_u64(data + 3, frame->pieces);
		break;
	case ENDPOINT_FRAME_PROBE:
	case ENDPOINT_FRAME_ANSWER:
		put_u32(data + 1, frame->token);
		break;
	}
	packet->size += size;
	return true;
}

/** How long a piece is follows from its place in the message; 0 if it has none. */
static size_t piece_size(const struct endpoint_frame *frame)
{
	size_t offset = (size_t)frame->index * ENDPOINT_PIECE_SIZE;

	if (frame->total_size > SIZE_TOTAL_MAX || offset >= frame->total_size)
		return 0;
	if (frame->total_size - offset < ENDPOINT_PIECE_SIZE)
		return frame->total_size - offset;
	return ENDPOINT_PIECE_SIZE;
}

/** Reads what follows the kind; the size consumed, or 0 if it is no frame. */
static size_t read_frame(struct bytes rest, struct endpoint_frame *frame)
{
	const uint8_t *data = rest.data;

	switch (frame->kind) {
	case ENDPOINT_FRAME_MESSAGE:
		if (rest.size < HEAD_MESSAGE || rest.size - HEAD_MESSAGE < get_u16(data + 1))
			return 0;
		frame->data = BYTES(data + HEAD_MESSAGE, get_u16(data + 1));
		return HEAD_MESSAGE + frame->data.size;
	case ENDPOINT_FRAME_PIECE:
		if (rest.size < HEAD_PIECE)
			return 0;
		frame->id = get_u16(data + 1);
		frame->index = data[3];
		frame->total_size = get_u32(data + 4);
		frame->data = BYTES(data + HEAD_PIECE, piece_size(frame));
		if (frame->data.size == 0 || frame->data.size > rest.size - HEAD_PIECE)
			return 0;
		return HEAD_PIECE + frame->data.size;
	case ENDPOINT_FRAME_ACKNOWLEDGE:
		if (rest.size < SIZE_ACKNOWLEDGE)
			return 0;
		frame->id = get_u16(data + 1);
		frame->pieces = bytes_get_u64(data + 3);
		return SIZE_ACKNOWLEDGE;
	case ENDPOINT_FRAME_PROBE:
	case ENDPOINT_FRAME_ANSWER:
		if (rest.size < SIZE_PROBE)
			return 0;
		frame->token = get_u32(data + 1);
		return SIZE_PROBE;
	}
	return 0;
}

int endpoint_packet_next(struct endpoint_packet_reader *reader, struct endpoint_frame *ret_frame)
{
	struct endpoint_frame frame = {0};
	size_t size;

	if (reader->rest.size == 0)
		return 0;
	frame.kind = (enum endpoint_frame_kind)reader->rest.data[0];
	size = read_frame(reader->rest, &frame);
	if (size == 0) {
		reader->rest.size = 0;
		return frame.total_size > SIZE_TOTAL_MAX ? -EMSGSIZE : -EBADMSG;
	}
	reader->rest = BYTES(reader->rest.data + size, reader->rest.size - size);
	*ret_frame = frame;
	return 1;
}
