/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Long messages over datagrams that get lost: sent in pieces, a window of them at a time, each
 * acknowledged, the lost ones again. One message after another in each direction of a pair, so that
 * a receiver never holds more than one half of one. Pure: time is a parameter, sending is the
 * caller's. Not a transport: a message that does not get through in time is dropped.
 */
#pragma once

#include "base/bytes.h"
#include "endpoint_packet.h"

enum {
	ENDPOINT_QUEUE_MAX = 64,		   /**< Long messages waiting for one peer. */
	ENDPOINT_QUEUE_SIZE_MAX = 2 * 1024 * 1024, /**< Their bytes. */
	ENDPOINT_WINDOW_MIN = 4,		   /**< Pieces under way. */
	ENDPOINT_WINDOW_MAX = 48, /**< About half of what a socket's buffer takes. */
	ENDPOINT_REORDER_MAX = 8, /**< A piece this far behind an acknowledged one is lost. */
	ENDPOINT_RESEND_MIN_US = 30000,
	ENDPOINT_RESEND_MAX_US = 2000000,
	ENDPOINT_GIVE_UP_US = 10000000,	     /**< Without an acknowledgement of anything new. */
	ENDPOINT_ASSEMBLY_MAX_US = 15000000, /**< Half a message waits so long for a piece. */
	ENDPOINT_DONE_MAX = 8, /**< Finished messages remembered, to acknowledge late copies. */
};

struct endpoint_queued {
	struct endpoint_queued *next;
	size_t size;
	uint8_t data[];
};

struct endpoint_sender {
	struct endpoint_queued *head, *tail; /**< Head is the one under way. */
	unsigned int count;
	size_t size;					  /**< Of all queued. */
	uint16_t id;					  /**< Of the head. */
	uint64_t acknowledged, flying;			  /**< Bit index set for each piece. */
	uint32_t order, order_acknowledged, order_halved; /**< Sendings, counted. */
	uint32_t piece_order[ENDPOINT_PIECES_MAX];
	uint64_t piece_us[ENDPOINT_PIECES_MAX]; /**< When last sent. */
	uint64_t resent;		  /**< Pieces sent more than once: they time nothing. */
	unsigned int window, window_part; /**< window_part: eighths grown. */
	uint64_t answer_us;		  /**< How long an acknowledgement takes, smoothed. */
	uint64_t resend_us;		  /**< Wait before everything flying counts as lost. */
	uint64_t deadline_us;		  /**< When that is; UINT64_MAX with nothing flying. */
	uint64_t progress_us;
};

void endpoint_sender_init(struct endpoint_sender *sender, uint16_t id);
/** Drops all that waits. */
void endpoint_sender_clear(struct endpoint_sender *sender);
/** Queues a copy. Errors: -ENOBUFS, -ENOMEM. */
_must_check_ int endpoint_sender_push(struct endpoint_sender *sender, struct bytes message,
				      uint64_t now_us);
/** The next piece to go out now, if any; call until false. Its data is the queue's. */
bool endpoint_sender_next(struct endpoint_sender *sender, uint64_t now_us,
			  struct endpoint_frame *ret_piece);
void endpoint_sender_acknowledge(struct endpoint_sender *sender, uint16_t id, uint64_t pieces,
				 uint64_t now_us);
/** To be called at deadline_us or later; true if a message was given up. */
bool endpoint_sender_expire(struct endpoint_sender *sender, uint64_t now_us);

struct endpoint_receiver {
	uint8_t *data; /**< NULL: no half message here. */
	size_t size;
	uint16_t id;
	uint64_t pieces; /**< Bit index set for each that came. */
	uint64_t heard_us;
	uint16_t done_ids[ENDPOINT_DONE_MAX];
	unsigned int done_count; /**< Ever; the newest is at (done_count - 1) % DONE_MAX. */
	bool is_acknowledgement_due;
	uint16_t due_id;
	uint64_t due_pieces;
};

enum endpoint_received {
	ENDPOINT_RECEIVED_MORE,	   /**< Kept; others are missing. */
	ENDPOINT_RECEIVED_COPY,	   /**< It was here already. */
	ENDPOINT_RECEIVED_ALL,	   /**< Message complete: take it with endpoint_receiver_take(). */
	ENDPOINT_RECEIVED_REFUSED, /**< No room for it now; it will come again. */
};

void endpoint_receiver_clear(struct endpoint_receiver *receiver);
/** @room_size: what may be allocated for a new message. */
enum endpoint_received endpoint_receiver_piece(struct endpoint_receiver *receiver,
					       const struct endpoint_frame *piece, size_t room_size,
					       uint64_t now_us);
/** The complete message; the caller frees it. */
uint8_t *endpoint_receiver_take(struct endpoint_receiver *receiver, size_t *ret_size);
/** True if an acknowledgement is due, and then no more. */
bool endpoint_receiver_acknowledge(struct endpoint_receiver *receiver,
				   struct endpoint_frame *ret_frame);
/** Drops a half message that nobody continues; true if there was one. */
bool endpoint_receiver_expire(struct endpoint_receiver *receiver, uint64_t now_us);
