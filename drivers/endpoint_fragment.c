/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Window, loss and acknowledgement of long messages. */
#include "endpoint_fragment.h"

#include <assert.h>
#include <errno.h>

enum {
	WINDOW_START = 16,
	RESEND_START_US = 200000,
};

static uint64_t bit(unsigned int index)
{
	return UINT64_C(1) << index;
}

static uint64_t all_pieces(size_t size)
{
	unsigned int count = endpoint_piece_count(size);

	assert(count > 0 && count <= ENDPOINT_PIECES_MAX);
	return count == ENDPOINT_PIECES_MAX ? UINT64_MAX : bit(count) - 1;
}

static bool is_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

void endpoint_sender_init(struct endpoint_sender *sender, uint16_t id)
{
	*sender = (struct endpoint_sender){
		.id = id,
		.window = WINDOW_START,
		.resend_us = RESEND_START_US,
		.deadline_us = UINT64_MAX,
	};
}

/** Ends the message under way and turns to the next. */
static void pop(struct endpoint_sender *sender, uint64_t now_us)
{
	struct endpoint_queued *head = sender->head;

	sender->head = head->next;
	if (!sender->head)
		sender->tail = NULL;
	sender->count--;
	sender->size -= head->size;
	free(head);
	sender->id++;
	sender->acknowledged = 0;
	sender->flying = 0;
	sender->resent = 0;
	sender->deadline_us = UINT64_MAX;
	sender->progress_us = now_us;
}

void endpoint_sender_clear(struct endpoint_sender *sender)
{
	while (sender->head)
		pop(sender, 0);
}

int endpoint_sender_push(struct endpoint_sender *sender, struct bytes message, uint64_t now_us)
{
	struct endpoint_queued *queued;

	assert(message.size > 0 && endpoint_piece_count(message.size) <= ENDPOINT_PIECES_MAX);
	if (sender->count >= ENDPOINT_QUEUE_MAX ||
	    message.size > ENDPOINT_QUEUE_SIZE_MAX - sender->size)
		return -ENOBUFS;
	queued = malloc(sizeof(*queued) + message.size);
	if (!queued)
		return -ENOMEM;
	queued->next = NULL;
	queued->size = message.size;
	memcpy(queued->data, message.data, message.size);
	if (sender->tail)
		sender->tail->next = queued;
	else
		sender->head = queued;
	if (sender->count == 0)
		sender->progress_us = now_us;
	sender->tail = queued;
	sender->count++;
	sender->size += message.size;
	return 0;
}

bool endpoint_sender_next(struct endpoint_sender *sender, uint64_t now_us,
			  struct endpoint_frame *ret_piece)
{
	struct endpoint_queued *head = sender->head;
	uint64_t waiting;
	unsigned int index;
	size_t offset, rest;

	if (!head || (unsigned int)__builtin_popcountll(sender->flying) >= sender->window)
		return false;
	waiting = all_pieces(head->size) & ~sender->acknowledged & ~sender->flying;
	if (waiting == 0)
		return false;
	index = (unsigned int)__builtin_ctzll(waiting);
	offset = (size_t)index * ENDPOINT_PIECE_SIZE;
	rest = head->size - offset;
	*ret_piece = (struct endpoint_frame){
		.kind = ENDPOINT_FRAME_PIECE,
		.id = sender->id,
		.index = (uint8_t)index,
		.total_size = (uint32_t)head->size,
		.data = BYTES(head->data + offset,
			      rest < ENDPOINT_PIECE_SIZE ? rest : ENDPOINT_PIECE_SIZE),
	};
	if (sender->flying == 0)
		sender->deadline_us = now_us + sender->resend_us;
	sender->flying |= bit(index);
	sender->piece_us[index] = now_us;
	sender->piece_order[index] = ++sender->order;
	return true;
}

/** Half as much under way, but once for all that were lost together. */
static void halve_window(struct endpoint_sender *sender, uint32_t order_lost)
{
	if (!is_later(order_lost, sender->order_halved))
		return;
	sender->order_halved = sender->order;
	sender->window /= 2;
	if (sender->window < ENDPOINT_WINDOW_MIN)
		sender->window = ENDPOINT_WINDOW_MIN;
}

static void time_answer(struct endpoint_sender *sender, uint64_t answer_us)
{
	if (sender->answer_us == 0)
		sender->answer_us = answer_us;
	else
		sender->answer_us += answer_us / 8 - sender->answer_us / 8;
	sender->resend_us = 4 * sender->answer_us;
	if (sender->resend_us < ENDPOINT_RESEND_MIN_US)
		sender->resend_us = ENDPOINT_RESEND_MIN_US;
	if (sender->resend_us > ENDPOINT_RESEND_MAX_US)
		sender->resend_us = ENDPOINT_RESEND_MAX_US;
}

/** Pieces that came: times them, opens the window. */
static void count_news(struct endpoint_sender *sender, uint64_t news, uint64_t now_us)
{
	for (; news != 0; news &= news - 1) {
		unsigned int index = (unsigned int)__builtin_ctzll(news);

		if (is_later(sender->piece_order[index], sender->order_acknowledged))
			sender->order_acknowledged = sender->piece_order[index];
		if ((sender->resent & bit(index)) == 0 && now_us >= sender->piece_us[index])
			time_answer(sender, now_us - sender->piece_us[index]);
		if (sender->window < ENDPOINT_WINDOW_MAX && ++sender->window_part >= 8) {
			sender->window_part = 0;
			sender->window++;
		}
	}
}

/** Pieces that others overtook by far are lost. */
static void find_lost(struct endpoint_sender *sender)
{
	for (uint64_t flying = sender->flying; flying != 0; flying &= flying - 1) {
		unsigned int index = (unsigned int)__builtin_ctzll(flying);
		uint32_t order = sender->piece_order[index];

		if (is_later(order + ENDPOINT_REORDER_MAX, sender->order_acknowledged))
			continue;
		sender->flying &= ~bit(index);
		sender->resent |= bit(index);
		halve_window(sender, order);
	}
}

void endpoint_sender_acknowledge(struct endpoint_sender *sender, uint16_t id, uint64_t pieces,
				 uint64_t now_us)
{
	uint64_t all, news;

	if (!sender->head || id != sender->id)
		return;
	all = all_pieces(sender->head->size);
	news = pieces & all & ~sender->acknowledged;
	if (news == 0)
		return;
	/* What was never sent cannot have come; a liar harms only its own message. */
	count_news(sender, news, now_us);
	sender->acknowledged |= news;
	sender->flying &= ~news;
	sender->progress_us = now_us;
	if (sender->acknowledged == all) {
		pop(sender, now_us);
		return;
	}
	find_lost(sender);
	sender->deadline_us = sender->flying == 0 ? UINT64_MAX : now_us + sender->resend_us;
}

bool endpoint_sender_expire(struct endpoint_sender *sender, uint64_t now_us)
{
	if (!sender->head || now_us < sender->deadline_us)
		return false;
	if (now_us - sender->progress_us >= ENDPOINT_GIVE_UP_US) {
		pop(sender, now_us);
		return true;
	}
	sender->resent |= sender->flying;
	sender->flying = 0;
	sender->deadline_us = UINT64_MAX;
	halve_window(sender, sender->order);
	sender->resend_us *= 2;
	if (sender->resend_us > ENDPOINT_RESEND_MAX_US)
		sender->resend_us = ENDPOINT_RESEND_MAX_US;
	return false;
}

void endpoint_receiver_clear(struct endpoint_receiver *receiver)
{
	free(receiver->data);
	*receiver = (struct endpoint_receiver){0};
}

static bool is_done(const struct endpoint_receiver *receiver, uint16_t id)
{
	unsigned int known = receiver->done_count;

	if (known > ENDPOINT_DONE_MAX)
		known = ENDPOINT_DONE_MAX;
	for (unsigned int index = 0; index < known; index++)
		if (receiver->done_ids[index] == id)
			return true;
	return false;
}

static void acknowledge_later(struct endpoint_receiver *receiver, uint16_t id, uint64_t pieces)
{
	receiver->is_acknowledgement_due = true;
	receiver->due_id = id;
	receiver->due_pieces = pieces;
}

/** Room for a message; one that was left unfinished makes way. */
static bool begin(struct endpoint_receiver *receiver, const struct endpoint_frame *piece,
		  size_t room_size)
{
	uint8_t *data;

	if (receiver->data)
		room_size += receiver->size;
	if (piece->total_size > room_size)
		return false;
	data = malloc(piece->total_size);
	if (!data)
		return false;
	free(receiver->data);
	receiver->data = data;
	receiver->size = piece->total_size;
	receiver->id = piece->id;
	receiver->pieces = 0;
	return true;
}

enum endpoint_received endpoint_receiver_piece(struct endpoint_receiver *receiver,
					       const struct endpoint_frame *piece, size_t room_size,
					       uint64_t now_us)
{
	bool is_current =
		receiver->data && receiver->id == piece->id && receiver->size == piece->total_size;

	if (!is_current && is_done(receiver, piece->id)) {
		if (!receiver->is_acknowledgement_due)
			acknowledge_later(receiver, piece->id, UINT64_MAX);
		return ENDPOINT_RECEIVED_COPY;
	}
	if (!is_current && !begin(receiver, piece, room_size))
		return ENDPOINT_RECEIVED_REFUSED;
	receiver->heard_us = now_us;
	if ((receiver->pieces & bit(piece->index)) != 0) {
		acknowledge_later(receiver, piece->id, receiver->pieces);
		return ENDPOINT_RECEIVED_COPY;
	}
	memcpy(receiver->data + (size_t)piece->index * ENDPOINT_PIECE_SIZE, piece->data.data,
	       piece->data.size);
	receiver->pieces |= bit(piece->index);
	acknowledge_later(receiver, piece->id, receiver->pieces);
	if (receiver->pieces != all_pieces(receiver->size))
		return ENDPOINT_RECEIVED_MORE;
	return ENDPOINT_RECEIVED_ALL;
}

uint8_t *endpoint_receiver_take(struct endpoint_receiver *receiver, size_t *ret_size)
{
	assert(receiver->data && receiver->pieces == all_pieces(receiver->size));
	*ret_size = receiver->size;
	receiver->done_ids[receiver->done_count % ENDPOINT_DONE_MAX] = receiver->id;
	receiver->done_count++;
	if (receiver->done_count == 2 * ENDPOINT_DONE_MAX)
		receiver->done_count = ENDPOINT_DONE_MAX;
	receiver->size = 0;
	return TAKE(receiver->data);
}

bool endpoint_receiver_acknowledge(struct endpoint_receiver *receiver,
				   struct endpoint_frame *ret_frame)
{
	if (!receiver->is_acknowledgement_due)
		return false;
	receiver->is_acknowledgement_due = false;
	*ret_frame = (struct endpoint_frame){
		.kind = ENDPOINT_FRAME_ACKNOWLEDGE,
		.id = receiver->due_id,
		.pieces = receiver->due_pieces,
	};
	return true;
}

bool endpoint_receiver_expire(struct endpoint_receiver *receiver, uint64_t now_us)
{
	if (!receiver->data || now_us - receiver->heard_us < ENDPOINT_ASSEMBLY_MAX_US)
		return false;
	free(TAKE(receiver->data));
	receiver->size = 0;
	return true;
}
