/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The payload of POST /l: frames one after another, as many as fit into a datagram, so that many
 * small messages to one peer cost one. Pure: writes and reads bytes, knows no session.
 */
#pragma once

#include "base/bytes.h"

enum {
	/** With CoAP and DTLS around it below libcoap's MTU of 1,152 bytes, and any path's of
	   1,280. */
	ENDPOINT_PACKET_MAX = 1088,
	ENDPOINT_PIECE_SIZE = 1024, /**< Of each piece of a long message but its last. */
	ENDPOINT_PIECES_MAX = 64,   /**< One bit each in an acknowledgement. */
	ENDPOINT_FRAME_MESSAGE_MAX = ENDPOINT_PACKET_MAX - 3, /**< Longer ones go in pieces. */
};

enum endpoint_frame_kind {
	ENDPOINT_FRAME_MESSAGE = 1,
	ENDPOINT_FRAME_PIECE = 2,
	ENDPOINT_FRAME_ACKNOWLEDGE = 3,
	ENDPOINT_FRAME_PROBE = 4, /**< "Are you there?" */
	ENDPOINT_FRAME_ANSWER = 5,
};

struct endpoint_frame {
	enum endpoint_frame_kind kind;
	uint16_t id;	     /**< PIECE, ACKNOWLEDGE: of the long message. */
	uint8_t index;	     /**< PIECE: from 0. */
	uint32_t total_size; /**< PIECE: of the whole message. */
	uint64_t pieces;     /**< ACKNOWLEDGE: bit index set for each piece that is there. */
	uint32_t token;	     /**< PROBE and its ANSWER. */
	struct bytes data;   /**< MESSAGE, PIECE: borrowed from the packet. */
};

struct endpoint_packet {
	size_t size;
	uint8_t data[ENDPOINT_PACKET_MAX];
};

/** How many pieces a message of @size has. */
unsigned int endpoint_piece_count(size_t size);

/** Appends @frame; false and nothing written if it does not fit. */
bool endpoint_packet_add(struct endpoint_packet *packet, const struct endpoint_frame *frame);

struct endpoint_packet_reader {
	struct bytes rest;
};

/**
 * Returns 1 and the next frame, 0 at the end. Errors, and then nothing more: -EBADMSG (no frame),
 * -EMSGSIZE (a piece of a message that is too long).
 */
_must_check_ int endpoint_packet_next(struct endpoint_packet_reader *reader,
				      struct endpoint_frame *ret_frame);
