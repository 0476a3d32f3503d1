/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Messages of every size, in bursts, over good lines and bad. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "node.h"
#include "relay.h"

enum { RELAY_PORT = 6000 };

struct line {
	sd_event *loop;
	struct node a, b; /**< a dials b through the relay. */
	struct relay relay;
};

static void open_line(struct line *line)
{
	assert_true(sd_event_new(&line->loop) >= 0);
	node_init(&line->a, line->loop, "127.0.0.1", 5684);
	node_init(&line->b, line->loop, "127.0.0.1", 5685);
	node_know(&line->a, 1, &line->b);
	node_know(&line->b, 1, &line->a);
	node_open(&line->a);
	node_open(&line->b);
	relay_open(&line->relay, line->loop, &line->b.address, RELAY_PORT);
}

static bool are_up(const struct line *line)
{
	return endpoint_is_up(line->a.endpoint, 1) && endpoint_is_up(line->b.endpoint, 1) &&
	       line->a.ups > 0 && line->b.ups > 0;
}

static void connect_line(struct line *line, unsigned int timeout_ms)
{
	node_dial(&line->a, 1, &line->b, RELAY_PORT);
	NODE_WAIT_FOR(line->loop, are_up(line), timeout_ms);
}

static void close_line(struct line *line)
{
	assert_int_equal(line->relay.not_dtls, 0);
	node_finish(&line->a);
	node_finish(&line->b);
	relay_close(&line->relay);
	sd_event_unref(line->loop);
}

static int send_filled(struct node *node, size_t size, uint32_t number)
{
	static uint8_t data[ENDPOINT_MESSAGE_MAX + 1];

	node_fill(data, size, number);
	return endpoint_send(node->endpoint, 1, BYTES(data, size));
}

static void every_size_arrives_whole(void **state)
{
	static const size_t sizes[] = {8,    9,	   200,	 1084, 1085, 1086,  1087,
				       1088, 1089, 2048, 2049, 5000, 65535, 65536};
	struct line line = {0};
	const unsigned int count = sizeof(sizes) / sizeof(sizes[0]);

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	for (unsigned int index = 0; index < count; index++) {
		assert_int_equal(send_filled(&line.a, sizes[index], index), 0);
		assert_int_equal(send_filled(&line.b, sizes[index], index), 0);
	}
	NODE_WAIT_FOR(line.loop, line.a.messages == count && line.b.messages == count, 3000);
	assert_int_equal(node_seen(&line.a), count);
	assert_int_equal(node_seen(&line.b), count);
	assert_int_equal(line.a.damaged + line.b.damaged, 0);
	assert_int_equal(send_filled(&line.a, ENDPOINT_MESSAGE_MAX + 1, 1), -EMSGSIZE);
	close_line(&line);
}

static void bursts_of_the_longest_arrive_both_ways(void **state)
{
	struct line line = {0};
	uint64_t before_us;

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	before_us = node_now_us();
	for (uint32_t number = 0; number < 20; number++) {
		assert_int_equal(send_filled(&line.a, ENDPOINT_MESSAGE_MAX, number), 0);
		assert_int_equal(send_filled(&line.b, ENDPOINT_MESSAGE_MAX, number), 0);
	}
	NODE_WAIT_FOR(line.loop, node_seen(&line.a) == 20 && node_seen(&line.b) == 20, 10000);
	printf("  40 of 64 KiB through the relay in %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_int_equal(line.a.damaged + line.b.damaged, 0);
	close_line(&line);
}

static void many_small_ones_share_datagrams(void **state)
{
	struct line line = {0};
	uint64_t datagrams;

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	node_run_for(line.loop, 100);
	datagrams = line.relay.datagrams;
	for (uint32_t number = 0; number < 200; number++)
		assert_int_equal(send_filled(&line.a, 200, number), 0);
	NODE_WAIT_FOR(line.loop, node_seen(&line.b) == 200, 2000);
	assert_in_range(line.relay.datagrams - datagrams, 40, 45);
	close_line(&line);
}

static void lossy_line_delivers_what_is_long(void **state)
{
	struct line line = {0};
	uint64_t before_us;

	(void)state;
	open_line(&line);
	line.relay.lost_permille = 50;
	line.relay.copied_permille = 50;
	connect_line(&line, 20000);
	before_us = node_now_us();
	for (uint32_t number = 0; number < 20; number++) {
		assert_int_equal(send_filled(&line.a, ENDPOINT_MESSAGE_MAX, number), 0);
		assert_int_equal(send_filled(&line.b, 30000, number), 0);
	}
	NODE_WAIT_FOR(line.loop, node_seen(&line.a) == 20 && node_seen(&line.b) == 20, 20000);
	printf("  20 of 64 KiB and 20 of 30 kB at 5 %% loss in %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_int_equal(line.a.damaged + line.b.damaged, 0);
	assert_true(line.relay.lost > 0);
	close_line(&line);
}

static void lossy_line_connects_again_and_again(void **state)
{
	struct line line = {0};
	uint64_t worst_us = 0;

	(void)state;
	open_line(&line);
	line.relay.lost_permille = 50;
	for (unsigned int round = 0; round < 10; round++) {
		uint64_t before_us = node_now_us();

		connect_line(&line, 20000);
		if (node_now_us() - before_us > worst_us)
			worst_us = node_now_us() - before_us;
		endpoint_hang_up(line.a.endpoint, 1);
		NODE_WAIT_FOR(line.loop, !endpoint_is_up(line.b.endpoint, 1), 10000);
		line.a.ups = 0;
		line.b.ups = 0;
	}
	printf("  worst of 10 handshakes at 5 %% loss: %llu ms\n",
	       (unsigned long long)worst_us / 1000);
	close_line(&line);
}

static void queue_is_bounded(void **state)
{
	struct line line = {0};
	unsigned int queued = 0;

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	line.relay.is_cut = true;
	while (queued < 1000 && send_filled(&line.a, ENDPOINT_MESSAGE_MAX, queued) == 0)
		queued++;
	assert_in_range(queued, 20, 128);
	assert_int_equal(send_filled(&line.a, ENDPOINT_MESSAGE_MAX, 0), -ENOBUFS);
	close_line(&line);
}

static void peer_beyond_its_rate_is_not_heard(void **state)
{
	struct line line = {0};

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	for (uint32_t number = 0; number < 6000; number++) {
		assert_int_equal(send_filled(&line.a, 100, number), 0);
		if (number % 100 == 0)
			node_turn(line.loop, 0);
	}
	node_run_for(line.loop, 200);
	assert_true(endpoint_refused(line.b.endpoint, ENDPOINT_REFUSED_RATE) > 1000);
	assert_in_range(line.b.refused_calls, 1, 3);
	assert_in_range(line.b.messages, 2000, 4500);
	node_run_for(line.loop, 1100);
	line.b.messages = 0;
	assert_int_equal(send_filled(&line.a, 100, 1), 0);
	NODE_WAIT_FOR(line.loop, line.b.messages == 1, 1000);
	close_line(&line);
}

static void nothing_is_sent_in_clear(void **state)
{
	static const uint8_t secret[] = "the reading of the home";
	struct line line = {0};

	(void)state;
	open_line(&line);
	line.relay.needle = BYTES(secret, sizeof(secret) - 1);
	connect_line(&line, 5000);
	for (unsigned int round = 0; round < 20; round++)
		assert_int_equal(endpoint_send(line.a.endpoint, 1, BYTES_OF(secret)), 0);
	NODE_WAIT_FOR(line.loop, line.b.messages == 20, 2000);
	assert_int_equal(line.relay.needles, 0);
	assert_int_equal(line.relay.not_dtls, 0);
	assert_true(line.relay.datagrams > 5);
	close_line(&line);
}

static void dead_side_is_found_and_dialled_again(void **state)
{
	struct line line = {0};
	uint64_t before_us;

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	/* The listener dies: its last words are lost, and the relay hides the closed port. */
	line.relay.is_cut = true;
	node_close(&line.b);
	node_run_for(line.loop, 20);
	line.relay.is_cut = false;
	line.b.ups = 0;
	before_us = node_now_us();
	node_open(&line.b);
	NODE_WAIT_FOR(line.loop, line.b.ups == 1, 2000);
	printf("  listener killed: back after %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	line.relay.is_cut = true;
	node_close(&line.a);
	node_run_for(line.loop, 20);
	line.relay.is_cut = false;
	node_open(&line.a);
	line.a.ups = 0;
	line.b.ups = 0;
	before_us = node_now_us();
	connect_line(&line, 2000);
	printf("  dialler killed: back after %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_int_equal(send_filled(&line.b, 100, 7), 0);
	NODE_WAIT_FOR(line.loop, node_seen(&line.a) == 1, 1000);
	/* A line that stays dead. */
	line.relay.is_cut = true;
	NODE_WAIT_FOR(line.loop,
		      !endpoint_is_up(line.a.endpoint, 1) && !endpoint_is_up(line.b.endpoint, 1),
		      8000);
	close_line(&line);
}

static void silence_keeps_the_session(void **state)
{
	struct line line = {0};

	(void)state;
	open_line(&line);
	connect_line(&line, 5000);
	node_run_for(line.loop, 7500);
	assert_int_equal(line.a.ups, 1);
	assert_int_equal(line.b.ups, 1);
	assert_int_equal(line.a.downs + line.b.downs, 0);
	close_line(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_arrives_whole),
		cmocka_unit_test(bursts_of_the_longest_arrive_both_ways),
		cmocka_unit_test(many_small_ones_share_datagrams),
		cmocka_unit_test(lossy_line_delivers_what_is_long),
		cmocka_unit_test(lossy_line_connects_again_and_again),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(peer_beyond_its_rate_is_not_heard),
		cmocka_unit_test(nothing_is_sent_in_clear),
		cmocka_unit_test(dead_side_is_found_and_dialled_again),
		cmocka_unit_test(silence_keeps_the_session),
	};

	if (!node_network())
		return 77;
	return cmocka_run_group_tests_name("endpoint messages", tests, NULL, NULL);
}
