/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Packets, long messages over a line that loses, and what a peer may cost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "drivers/endpoint_fragment.h"
#include "drivers/endpoint_rate.h"

enum { LINE_MAX_FRAMES = 256, DELAY_US = 2000, ROOM_SIZE = 1024 * 1024 };

/** Both ends of one direction and the frames between them. */
struct line {
	struct endpoint_sender sender;
	struct endpoint_receiver receiver;
	uint64_t now_us;
	uint32_t random;
	unsigned int lost_percent;
	unsigned int delivered, sent, given_up;
	struct {
		struct endpoint_frame frame;
		uint8_t data[ENDPOINT_PIECE_SIZE];
		uint64_t due_us;
	} flying[LINE_MAX_FRAMES];
	unsigned int flying_count;
	uint8_t expected;
};

static uint32_t next_random(struct line *line)
{
	line->random = line->random * 1664525u + 1013904223u;
	return line->random >> 8;
}

static void fly(struct line *line, const struct endpoint_frame *frame)
{
	if (next_random(line) % 100 < line->lost_percent)
		return;
	assert_true(line->flying_count < LINE_MAX_FRAMES);
	line->flying[line->flying_count].frame = *frame;
	if (frame->data.size > 0)
		memcpy(line->flying[line->flying_count].data, frame->data.data, frame->data.size);
	line->flying[line->flying_count].due_us = line->now_us + DELAY_US;
	/* On bad lines some overtake others, too. */
	if (line->lost_percent > 0)
		line->flying[line->flying_count].due_us += next_random(line) % 300;
	line->flying_count++;
}

static void arrive(struct line *line, struct endpoint_frame frame)
{
	enum endpoint_received received;
	uint8_t *message;
	size_t size;

	if (frame.kind == ENDPOINT_FRAME_ACKNOWLEDGE) {
		endpoint_sender_acknowledge(&line->sender, frame.id, frame.pieces, line->now_us);
		return;
	}
	received = endpoint_receiver_piece(&line->receiver, &frame, ROOM_SIZE, line->now_us);
	assert_int_not_equal(received, ENDPOINT_RECEIVED_REFUSED);
	if (received != ENDPOINT_RECEIVED_ALL)
		return;
	message = endpoint_receiver_take(&line->receiver, &size);
	for (size_t index = 0; index < size; index++)
		assert_int_equal(message[index], (uint8_t)(line->expected + index / 7));
	line->expected++;
	line->delivered++;
	free(message);
}

/** A hundred microseconds pass. */
static void tick(struct line *line)
{
	struct endpoint_frame frame;

	line->now_us += 100;
	for (unsigned int index = 0; index < line->flying_count;) {
		struct endpoint_frame due = line->flying[index].frame;
		uint8_t data[ENDPOINT_PIECE_SIZE];

		if (line->flying[index].due_us > line->now_us) {
			index++;
			continue;
		}
		memcpy(data, line->flying[index].data, due.data.size);
		due.data.data = data;
		line->flying_count--;
		memmove(&line->flying[index], &line->flying[index + 1],
			(line->flying_count - index) * sizeof(line->flying[0]));
		arrive(line, due);
	}
	if (endpoint_sender_expire(&line->sender, line->now_us))
		line->given_up++;
	(void)endpoint_receiver_expire(&line->receiver, line->now_us);
	if (endpoint_receiver_acknowledge(&line->receiver, &frame))
		fly(line, &frame);
	while (endpoint_sender_next(&line->sender, line->now_us, &frame)) {
		line->sent++;
		fly(line, &frame);
	}
}

static void open_line(struct line *line, unsigned int lost_percent)
{
	*line = (struct line){.now_us = 1000000, .random = 7, .lost_percent = lost_percent};
	endpoint_sender_init(&line->sender, 65530);
}

static void close_line(struct line *line)
{
	endpoint_sender_clear(&line->sender);
	endpoint_receiver_clear(&line->receiver);
}

static void push_or_fail(struct line *line, uint8_t first, size_t size)
{
	static uint8_t message[ENDPOINT_PIECE_SIZE * ENDPOINT_PIECES_MAX];

	for (size_t index = 0; index < size; index++)
		message[index] = (uint8_t)(first + index / 7);
	assert_int_equal(endpoint_sender_push(&line->sender, BYTES(message, size), line->now_us),
			 0);
}

static void twenty_of_the_longest_cross_a_line(unsigned int lost_percent, uint64_t time_max_us,
					       unsigned int sent_max)
{
	static struct line line;
	uint64_t start_us;

	open_line(&line, lost_percent);
	start_us = line.now_us;
	for (uint8_t number = 0; number < 20; number++)
		push_or_fail(&line, number, ENDPOINT_PIECE_SIZE * ENDPOINT_PIECES_MAX);
	while (line.delivered < 20 && line.now_us < start_us + time_max_us)
		tick(&line);
	assert_int_equal(line.delivered, 20);
	assert_int_equal(line.given_up, 0);
	assert_true(line.sent <= sent_max);
	for (unsigned int round = 0; round < 50000 && line.sender.count > 0; round++)
		tick(&line);
	assert_int_equal(line.sender.size, 0);
	assert_null(line.receiver.data);
	close_line(&line);
}

static void good_line_is_filled_and_nothing_sent_twice(void **state)
{
	(void)state;
	twenty_of_the_longest_cross_a_line(0, 600000, 20 * ENDPOINT_PIECES_MAX);
}

static void bad_lines_deliver_all(void **state)
{
	(void)state;
	twenty_of_the_longest_cross_a_line(5, 4000000, 1600);
	twenty_of_the_longest_cross_a_line(20, 20000000, 2400);
	twenty_of_the_longest_cross_a_line(40, 120000000, 5000);
}

static void dead_line_gives_up_and_keeps_nothing(void **state)
{
	static struct line line;

	(void)state;
	open_line(&line, 0);
	push_or_fail(&line, 0, 5000);
	push_or_fail(&line, 1, 5000);
	tick(&line);
	line.lost_percent = 100;
	for (unsigned int round = 0; round < 400000; round++)
		tick(&line);
	assert_int_equal(line.given_up, 2);
	assert_int_equal(line.sender.count, 0);
	assert_int_equal(line.sender.size, 0);
	assert_null(line.receiver.data);
	assert_true(line.sent < 200);
	close_line(&line);
}

static void queue_is_bounded(void **state)
{
	static struct line line;
	static const uint8_t message[65536];
	unsigned int count = 0;

	(void)state;
	open_line(&line, 0);
	while (endpoint_sender_push(&line.sender, BYTES(message, sizeof(message)), 1) == 0)
		count++;
	assert_int_equal(count, ENDPOINT_QUEUE_SIZE_MAX / sizeof(message));
	endpoint_sender_clear(&line.sender);
	count = 0;
	while (endpoint_sender_push(&line.sender, BYTES(message, 2000), 1) == 0)
		count++;
	assert_int_equal(count, ENDPOINT_QUEUE_MAX);
	close_line(&line);
}

static void receiver_takes_no_more_than_its_room(void **state)
{
	static const uint8_t data[ENDPOINT_PIECE_SIZE];
	struct endpoint_receiver receiver = {0};
	struct endpoint_frame piece = {
		.kind = ENDPOINT_FRAME_PIECE,
		.id = 1,
		.total_size = 3000,
		.data = BYTES(data, sizeof(data)),
	};
	struct endpoint_frame acknowledgement;

	(void)state;
	assert_int_equal(endpoint_receiver_piece(&receiver, &piece, 2999, 1),
			 ENDPOINT_RECEIVED_REFUSED);
	assert_int_equal(endpoint_receiver_piece(&receiver, &piece, 3000, 1),
			 ENDPOINT_RECEIVED_MORE);
	assert_int_equal(endpoint_receiver_piece(&receiver, &piece, 0, 1), ENDPOINT_RECEIVED_COPY);
	assert_true(endpoint_receiver_acknowledge(&receiver, &acknowledgement));
	assert_int_equal(acknowledgement.pieces, 1);
	assert_false(endpoint_receiver_acknowledge(&receiver, &acknowledgement));
	/* The same room serves the next message. */
	piece.id = 2;
	piece.index = 1;
	assert_int_equal(endpoint_receiver_piece(&receiver, &piece, 0, 1), ENDPOINT_RECEIVED_MORE);
	assert_int_equal(receiver.pieces, 2);
	assert_false(endpoint_receiver_expire(&receiver, ENDPOINT_ASSEMBLY_MAX_US));
	assert_true(endpoint_receiver_expire(&receiver, ENDPOINT_ASSEMBLY_MAX_US + 1));
	endpoint_receiver_clear(&receiver);
}

static void false_acknowledgements_do_no_harm(void **state)
{
	static struct line line;
	struct endpoint_frame frame;

	(void)state;
	open_line(&line, 0);
	push_or_fail(&line, 0, 5000);
	endpoint_sender_acknowledge(&line.sender, 1, UINT64_MAX, line.now_us);
	endpoint_sender_acknowledge(&line.sender, line.sender.id, 0, line.now_us);
	assert_int_equal(line.sender.count, 1);
	assert_true(endpoint_sender_next(&line.sender, line.now_us, &frame));
	endpoint_sender_acknowledge(&line.sender, line.sender.id, UINT64_MAX, line.now_us);
	assert_int_equal(line.sender.count, 0);
	endpoint_sender_acknowledge(&line.sender, line.sender.id, UINT64_MAX, line.now_us);
	assert_false(endpoint_sender_next(&line.sender, line.now_us, &frame));
	close_line(&line);
}

static void frames_come_back_as_they_went_in(void **state)
{
	static const uint8_t data[ENDPOINT_PIECE_SIZE] = "abc";
	const struct endpoint_frame frames[] = {
		{.kind = ENDPOINT_FRAME_MESSAGE, .data = BYTES(data, 3)},
		{.kind = ENDPOINT_FRAME_MESSAGE},
		{.kind = ENDPOINT_FRAME_PIECE,
		 .id = 513,
		 .index = 2,
		 .total_size = 2050,
		 .data = BYTES(data, 2)},
		{.kind = ENDPOINT_FRAME_ACKNOWLEDGE, .id = 65535, .pieces = 1ull << 63 | 5},
		{.kind = ENDPOINT_FRAME_PROBE, .token = 0xdeadbeef},
		{.kind = ENDPOINT_FRAME_ANSWER, .token = 1},
	};
	const size_t count = sizeof(frames) / sizeof(frames[0]);
	struct endpoint_packet packet = {0};
	struct endpoint_packet_reader reader;
	struct endpoint_frame frame;

	(void)state;
	for (size_t index = 0; index < count; index++)
		assert_true(endpoint_packet_add(&packet, &frames[index]));
	reader.rest = BYTES(packet.data, packet.size);
	for (size_t index = 0; index < count; index++) {
		assert_int_equal(endpoint_packet_next(&reader, &frame), 1);
		assert_int_equal(frame.kind, frames[index].kind);
		assert_int_equal(frame.id, frames[index].id);
		assert_int_equal(frame.index, frames[index].index);
		assert_int_equal(frame.total_size, frames[index].total_size);
		assert_int_equal(frame.pieces, frames[index].pieces);
		assert_int_equal(frame.token, frames[index].token);
		assert_true(bytes_equal(frame.data, frames[index].data));
	}
	assert_int_equal(endpoint_packet_next(&reader, &frame), 0);
	/* Every shorter packet ends in an error or between two frames, never in a read beyond. */
	for (size_t size = 0; size < packet.size; size++) {
		int more;

		reader.rest = BYTES(packet.data, size);
		while ((more = endpoint_packet_next(&reader, &frame)) > 0)
			;
		assert_true(more == 0 || more == -EBADMSG);
	}
}

static void packet_is_full_at_its_size(void **state)
{
	static const uint8_t data[ENDPOINT_PACKET_MAX];
	struct endpoint_packet packet = {0};
	struct endpoint_frame frame = {
		.kind = ENDPOINT_FRAME_MESSAGE,
		.data = BYTES(data, ENDPOINT_FRAME_MESSAGE_MAX),
	};

	(void)state;
	assert_true(endpoint_packet_add(&packet, &frame));
	assert_int_equal(packet.size, ENDPOINT_PACKET_MAX);
	frame.data.size = 0;
	assert_false(endpoint_packet_add(&packet, &frame));
	packet.size = 0;
	frame.data.size = ENDPOINT_FRAME_MESSAGE_MAX + 1;
	assert_false(endpoint_packet_add(&packet, &frame));
	assert_int_equal(packet.size, 0);
}

static void rate_fills_up_again(void **state)
{
	struct endpoint_rate rate;
	unsigned int taken = 0;

	(void)state;
	endpoint_rate_init(&rate, 0);
	while (endpoint_rate_take(&rate, 0, 1, 100))
		taken++;
	assert_int_equal(taken, ENDPOINT_RATE_MESSAGES);
	assert_true(endpoint_rate_take(&rate, 0, 0, 100));
	assert_false(endpoint_rate_take(&rate, 499, 1, 0));
	assert_true(endpoint_rate_take(&rate, 500, 1, 0));
	assert_false(endpoint_rate_take(&rate, 500, 0, ENDPOINT_RATE_BYTES));
	for (taken = 0; endpoint_rate_take(&rate, 3600000000u, 1, 0); taken++)
		;
	assert_int_equal(taken, ENDPOINT_RATE_MESSAGES);
	assert_false(endpoint_rate_take(&rate, 0, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_line_is_filled_and_nothing_sent_twice),
		cmocka_unit_test(bad_lines_deliver_all),
		cmocka_unit_test(dead_line_gives_up_and_keeps_nothing),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(receiver_takes_no_more_than_its_room),
		cmocka_unit_test(false_acknowledgements_do_no_harm),
		cmocka_unit_test(frames_come_back_as_they_went_in),
		cmocka_unit_test(packet_is_full_at_its_size),
		cmocka_unit_test(rate_fills_up_again),
	};

	return cmocka_run_group_tests_name("endpoint fragment", tests, NULL, NULL);
}
