/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sessions of two nodes: who may have one, how it ends, how it comes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "node.h"

struct pair {
	sd_event *loop;
	struct node a, b; /**< a dials b; each knows the other as peer 1. */
};

static void open_pair(struct pair *pair, const char *ip, bool is_plain)
{
	assert_true(sd_event_new(&pair->loop) >= 0);
	node_init(&pair->a, pair->loop, ip, 5684);
	node_init(&pair->b, pair->loop, ip, 5685);
	pair->a.is_plain = is_plain;
	pair->b.is_plain = is_plain;
	node_know(&pair->a, 1, &pair->b);
	node_know(&pair->b, 1, &pair->a);
	node_open(&pair->a);
	node_open(&pair->b);
}

static void close_pair(struct pair *pair)
{
	node_finish(&pair->a);
	node_finish(&pair->b);
	sd_event_unref(pair->loop);
}

static bool are_up(const struct pair *pair)
{
	return endpoint_is_up(pair->a.endpoint, 1) && endpoint_is_up(pair->b.endpoint, 1) &&
	       pair->a.ups > 0 && pair->b.ups > 0;
}

static void connect_pair(struct pair *pair)
{
	node_dial(&pair->a, 1, &pair->b, 0);
	NODE_WAIT_FOR(pair->loop, are_up(pair), 5000);
}

static void send_or_fail(struct node *node, const char *text)
{
	assert_int_equal(
		endpoint_send(node->endpoint, 1, BYTES((const uint8_t *)text, strlen(text))), 0);
}

/** Messages cross in both directions. */
static void assert_talking(struct pair *pair)
{
	unsigned int a = pair->a.messages, b = pair->b.messages;

	send_or_fail(&pair->a, "from a");
	send_or_fail(&pair->b, "from b");
	NODE_WAIT_FOR(pair->loop, pair->a.messages > a && pair->b.messages > b, 2000);
}

static void messages_cross_both_ways_over_one_session(void **state)
{
	struct pair pair = {0};

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	connect_pair(&pair);
	assert_talking(&pair);
	assert_int_equal(pair.a.ups, 1);
	assert_int_equal(pair.b.ups, 1);
	assert_true(address_same_host(&pair.b.message_from, &pair.a.address));
	assert_int_not_equal(pair.b.message_from.port, pair.a.address.port);
	assert_int_equal(pair.a.message_from.port, pair.b.address.port);
	close_pair(&pair);
}

static void ipv6_is_as_good(void **state)
{
	struct pair pair = {0};

	(void)state;
	open_pair(&pair, "::1", false);
	connect_pair(&pair);
	assert_talking(&pair);
	close_pair(&pair);
}

static void unknown_key_is_refused_and_shown(void **state)
{
	struct pair pair = {0};
	struct node stranger;

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	connect_pair(&pair);
	node_init(&stranger, pair.loop, "127.0.0.1", 5686);
	node_know(&stranger, 1, &pair.b);
	node_open(&stranger);
	node_dial(&stranger, 1, &pair.b, 0);
	NODE_WAIT_FOR(pair.loop, endpoint_refused(pair.b.endpoint, ENDPOINT_REFUSED_KEY) >= 2,
		      5000);
	assert_true(bytes_equal(BYTES(pair.b.refused_spki, pair.b.refused_spki_size),
				BYTES(stranger.spki, stranger.spki_size)));
	assert_false(endpoint_is_up(stranger.endpoint, 1));
	assert_int_equal(pair.b.downs, 0);
	assert_talking(&pair);
	node_finish(&stranger);
	close_pair(&pair);
}

static void another_key_than_dialled_is_refused(void **state)
{
	struct pair pair = {0};
	struct node other;

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	node_init(&other, pair.loop, "127.0.0.1", 5686);
	node_dial(&pair.a, 1, &other, pair.b.address.port);
	NODE_WAIT_FOR(pair.loop, endpoint_refused(pair.a.endpoint, ENDPOINT_REFUSED_KEY) > 0, 5000);
	assert_true(bytes_equal(BYTES(pair.a.refused_spki, pair.a.refused_spki_size),
				BYTES(pair.b.spki, pair.b.spki_size)));
	assert_false(endpoint_is_up(pair.a.endpoint, 1));
	assert_int_equal(pair.b.ups, 0);
	node_finish(&other);
	close_pair(&pair);
}

static void restart_of_either_side_reconnects_at_once(void **state)
{
	struct pair pair = {0};
	uint64_t before_us;

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	connect_pair(&pair);
	node_close(&pair.a);
	node_open(&pair.a);
	pair.b.ups = 0;
	before_us = node_now_us();
	node_dial(&pair.a, 1, &pair.b, 0);
	NODE_WAIT_FOR(pair.loop, are_up(&pair) && pair.b.ups > 0, 2000);
	printf("  dialler back after %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_talking(&pair);
	node_close(&pair.b);
	node_run_for(pair.loop, 300);
	pair.b.ups = 0;
	before_us = node_now_us();
	node_open(&pair.b);
	NODE_WAIT_FOR(pair.loop, are_up(&pair) && pair.b.ups > 0, 2000);
	printf("  listener back after %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_talking(&pair);
	close_pair(&pair);
}

static void dialled_by_both_one_session_stays(void **state)
{
	struct pair pair = {0};
	unsigned int ups;

	(void)state;
	for (unsigned int round = 0; round < 5; round++) {
		open_pair(&pair, "127.0.0.1", false);
		node_dial(&pair.a, 1, &pair.b, 0);
		node_dial(&pair.b, 1, &pair.a, 0);
		NODE_WAIT_FOR(pair.loop, are_up(&pair), 5000);
		node_run_for(pair.loop, 500);
		ups = pair.a.ups + pair.b.ups;
		node_run_for(pair.loop, 1500);
		assert_int_equal(pair.a.ups + pair.b.ups, ups);
		assert_talking(&pair);
		close_pair(&pair);
		pair = (struct pair){0};
	}
}

static void hang_up_ends_it_on_both_sides(void **state)
{
	struct pair pair = {0};

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	connect_pair(&pair);
	endpoint_hang_up(pair.a.endpoint, 1);
	assert_false(endpoint_is_up(pair.a.endpoint, 1));
	assert_int_equal(endpoint_send(pair.a.endpoint, 1, BYTES_OF("x")), -ENOTCONN);
	NODE_WAIT_FOR(pair.loop, pair.a.downs == 1 && pair.b.downs == 1, 1000);
	node_run_for(pair.loop, 500);
	assert_false(endpoint_is_up(pair.b.endpoint, 1));
	node_dial(&pair.a, 1, &pair.b, 0);
	pair.a.ups = 0;
	NODE_WAIT_FOR(pair.loop, are_up(&pair), 2000);
	close_pair(&pair);
}

static void plain_mode_is_for_loopback_only(void **state)
{
	struct endpoint_handlers handlers = {0};
	struct endpoint_config config = {.is_plain = true};
	struct endpoint *endpoint = NULL;
	struct pair pair = {0};
	struct address anywhere, outside;

	(void)state;
	open_pair(&pair, "127.0.0.1", true);
	anywhere = pair.a.address;
	anywhere.port = 0;
	assert_int_equal(endpoint_expect(pair.b.endpoint, 1, &anywhere), 0);
	node_dial(&pair.a, 1, &pair.b, 0);
	NODE_WAIT_FOR(pair.loop, are_up(&pair), 3000);
	assert_talking(&pair);
	assert_int_equal(address_from_text("192.0.2.1", &outside), 0);
	outside.port = 5684;
	config.listen = outside;
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EPERM);
	assert_int_equal(endpoint_expect(pair.b.endpoint, 1, &outside), -EPERM);
	assert_int_equal(endpoint_dial(pair.b.endpoint, 1, &outside, BYTES(NULL, 0)), -EPERM);
	close_pair(&pair);
}

static void opening_says_what_is_wrong(void **state)
{
	struct endpoint_handlers handlers = {0};
	struct endpoint_config config = {0};
	struct endpoint *endpoint = NULL;
	struct pair pair = {0};

	(void)state;
	open_pair(&pair, "127.0.0.1", false);
	config.listen = pair.a.address;
	config.key_file = pair.a.key_file;
	config.spki = BYTES(pair.a.spki, pair.a.spki_size);
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EADDRINUSE);
	assert_int_equal(address_from_text("192.0.2.1", &config.listen), 0);
	config.listen.port = 5684;
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EADDRNOTAVAIL);
	config.listen = pair.a.address;
	config.spki = BYTES(pair.b.spki, pair.b.spki_size);
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EKEYREJECTED);
	config.key_file = "/dev/null";
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EKEYREJECTED);
	config.key_file = "/dev/zero";
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -EFBIG);
	config.key_file = "/nonexistent";
	assert_int_equal(endpoint_open(&config, &handlers, pair.loop, &endpoint), -ENOENT);
	assert_null(endpoint);
	close_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_cross_both_ways_over_one_session),
		cmocka_unit_test(ipv6_is_as_good),
		cmocka_unit_test(unknown_key_is_refused_and_shown),
		cmocka_unit_test(another_key_than_dialled_is_refused),
		cmocka_unit_test(restart_of_either_side_reconnects_at_once),
		cmocka_unit_test(dialled_by_both_one_session_stays),
		cmocka_unit_test(hang_up_ends_it_on_both_sides),
		cmocka_unit_test(plain_mode_is_for_loopback_only),
		cmocka_unit_test(opening_says_what_is_wrong),
	};

	if (!node_network())
		return 77;
	return cmocka_run_group_tests_name("endpoint sessions", tests, NULL, NULL);
}
