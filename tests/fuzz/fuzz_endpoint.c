/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Any bytes as packets of a peer, each behind its length of two bytes: what is read writes itself
 * back, a sender and a receiver fed with it keep their bounds.
 */
#include <assert.h>

#include "drivers/endpoint_fragment.h"
#include "fuzz.h"

enum { ROOM_SIZE = 128 * 1024, STEP_US = 50000 };

struct peer {
	struct endpoint_sender sender;
	struct endpoint_receiver receiver;
	uint64_t now_us;
};

static void check_frame(const struct endpoint_frame *frame)
{
	struct endpoint_packet packet = {0};
	struct endpoint_packet_reader reader;
	struct endpoint_frame again;
	bool fits = endpoint_packet_add(&packet, frame);
	int more;

	assert(fits);
	reader.rest = BYTES(packet.data, packet.size);
	more = endpoint_packet_next(&reader, &again);
	assert(more == 1 && reader.rest.size == 0);
	assert(again.kind == frame->kind && again.id == frame->id && again.index == frame->index);
	assert(again.total_size == frame->total_size && again.pieces == frame->pieces);
	assert(again.token == frame->token && bytes_equal(again.data, frame->data));
}

static void take_frame(struct peer *peer, const struct endpoint_frame *frame)
{
	enum endpoint_received received;
	uint8_t *message;
	size_t size;

	check_frame(frame);
	if (frame->kind == ENDPOINT_FRAME_ACKNOWLEDGE)
		endpoint_sender_acknowledge(&peer->sender, frame->id, frame->pieces, peer->now_us);
	if (frame->kind != ENDPOINT_FRAME_PIECE)
		return;
	received = endpoint_receiver_piece(&peer->receiver, frame, ROOM_SIZE, peer->now_us);
	assert(peer->receiver.size <= ROOM_SIZE);
	if (received != ENDPOINT_RECEIVED_ALL)
		return;
	message = endpoint_receiver_take(&peer->receiver, &size);
	assert(message && size == frame->total_size);
	free(message);
}

static void turn(struct peer *peer)
{
	struct endpoint_frame frame;
	unsigned int sent = 0;

	peer->now_us += STEP_US;
	(void)endpoint_sender_expire(&peer->sender, peer->now_us);
	(void)endpoint_receiver_expire(&peer->receiver, peer->now_us);
	(void)endpoint_receiver_acknowledge(&peer->receiver, &frame);
	while (endpoint_sender_next(&peer->sender, peer->now_us, &frame)) {
		check_frame(&frame);
		sent++;
	}
	assert(sent <= ENDPOINT_WINDOW_MAX);
	assert(peer->sender.window >= ENDPOINT_WINDOW_MIN);
	assert(peer->sender.window <= ENDPOINT_WINDOW_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t message[5000];
	struct peer peer = {.now_us = 1};
	int r;

	endpoint_sender_init(&peer.sender, 1);
	for (unsigned int count = 0; count < 3; count++) {
		r = endpoint_sender_push(&peer.sender, BYTES(message, sizeof(message)), 1);
		assert(r == 0);
	}
	while (size >= 2) {
		size_t packet_size = (size_t)data[0] << 8 | data[1];
		struct endpoint_packet_reader reader;
		struct endpoint_frame frame;

		data += 2;
		size -= 2;
		if (packet_size > size)
			packet_size = size;
		if (packet_size > ENDPOINT_PACKET_MAX)
			packet_size = ENDPOINT_PACKET_MAX;
		reader.rest = BYTES(data, packet_size);
		while (endpoint_packet_next(&reader, &frame) > 0)
			take_frame(&peer, &frame);
		data += packet_size;
		size -= packet_size;
		turn(&peer);
	}
	endpoint_sender_clear(&peer.sender);
	endpoint_receiver_clear(&peer.receiver);
	return 0;
}
