/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Observed resources: at pace, in both directions, over restarts and silences. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "node.h"
#include "relay.h"

enum { RELAY_PORT = 6000, SENML_JSON = 110, SECOND_US = 1000000 };

struct line {
	sd_event *loop;
	struct node a, b; /**< a dials b through the relay. */
	struct relay relay;
	unsigned int published;
	uint64_t next_us;
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
	node_dial(&line->a, 1, &line->b, RELAY_PORT);
}

static void close_line(struct line *line)
{
	assert_int_equal(line->relay.not_dtls, 0);
	node_finish(&line->a);
	node_finish(&line->b);
	relay_close(&line->relay);
	sd_event_unref(line->loop);
}

static void publish(struct node *node, unsigned int number)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "[{\"v\":%u}]", number);

	assert_int_equal(endpoint_publish(node->endpoint, "/3305/0", SENML_JSON,
					  BYTES((const uint8_t *)text, (size_t)size)),
			 0);
}

/** Publishes ten times a second for @time_ms. */
static void publish_for(struct line *line, struct node *node, uint64_t time_ms)
{
	uint64_t end_us = node_now_us() + time_ms * 1000;

	while (node_now_us() < end_us) {
		if (node_now_us() >= line->next_us) {
			line->next_us = node_now_us() + SECOND_US / 10;
			publish(node, ++line->published);
		}
		node_turn(line->loop, 2000);
	}
}

static void assert_newest(const struct line *line, const struct node *node)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "[{\"v\":%u}]", line->published);
	assert_string_equal(node->notified, text);
}

static void notifications_come_at_ten_hertz_both_ways(void **state)
{
	struct line line = {0};

	(void)state;
	open_line(&line);
	publish(&line.a, 0);
	publish(&line.b, 0);
	assert_int_equal(endpoint_observe(line.a.endpoint, 1, "/3305/0", SECOND_US), 0);
	assert_int_equal(endpoint_observe(line.b.endpoint, 1, "/3305/0", SECOND_US), 0);
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1 && line.b.notifications >= 1, 5000);
	line.a.notifications = 0;
	publish_for(&line, &line.b, 2000);
	assert_in_range(line.a.notifications, 19, 22);
	assert_newest(&line, &line.a);
	line.b.notifications = 0;
	publish_for(&line, &line.a, 2000);
	assert_in_range(line.b.notifications, 19, 22);
	assert_newest(&line, &line.b);
	close_line(&line);
}

static void observation_outlives_a_restart(void **state)
{
	struct line line = {0};
	uint64_t before_us;

	(void)state;
	open_line(&line);
	publish(&line.b, 0);
	assert_int_equal(endpoint_observe(line.a.endpoint, 1, "/3305/0", SECOND_US), 0);
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1, 5000);
	line.relay.is_cut = true;
	node_close(&line.b);
	node_run_for(line.loop, 20);
	line.relay.is_cut = false;
	node_open(&line.b);
	line.a.notifications = 0;
	before_us = node_now_us();
	publish(&line.b, 0);
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1, 2500);
	printf("  notified again %llu ms after a restart\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	publish_for(&line, &line.b, 500);
	assert_newest(&line, &line.a);
	close_line(&line);
}

static void silent_observation_is_asked_for_again(void **state)
{
	struct line line = {0};

	(void)state;
	open_line(&line);
	assert_int_equal(endpoint_observe(line.a.endpoint, 1, "/3305/0", SECOND_US / 2), 0);
	NODE_WAIT_FOR(line.loop, endpoint_refused(line.b.endpoint, ENDPOINT_REFUSED_PATH) >= 2,
		      5000);
	assert_int_equal(line.a.notifications, 0);
	publish(&line.b, 7);
	line.published = 7;
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1, 2000);
	publish_for(&line, &line.b, 1000);
	assert_newest(&line, &line.a);
	close_line(&line);
}

static void lossy_line_keeps_the_newest(void **state)
{
	struct line line = {0};

	(void)state;
	open_line(&line);
	line.relay.lost_permille = 50;
	line.relay.copied_permille = 50;
	publish(&line.b, 0);
	assert_int_equal(endpoint_observe(line.a.endpoint, 1, "/3305/0", SECOND_US / 2), 0);
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1, 10000);
	line.a.notifications = 0;
	publish_for(&line, &line.b, 4000);
	assert_in_range(line.a.notifications, 30, 45);
	close_line(&line);
}

static void bounds_of_resources_hold(void **state)
{
	static const uint8_t content[ENDPOINT_CONTENT_MAX + 1];
	struct line line = {0};
	char path[16];
	int error = 0;

	(void)state;
	open_line(&line);
	assert_int_equal(endpoint_publish(line.b.endpoint, "/3305/0", SENML_JSON,
					  BYTES(content, sizeof(content))),
			 -EMSGSIZE);
	assert_int_equal(endpoint_publish(line.b.endpoint, "3305", SENML_JSON, BYTES(content, 1)),
			 -EINVAL);
	assert_int_equal(endpoint_publish(line.b.endpoint, "/3305/0", SENML_JSON,
					  BYTES(content, ENDPOINT_CONTENT_MAX)),
			 0);
	assert_int_equal(endpoint_observe(line.a.endpoint, 1, "/3305/0", SECOND_US), 0);
	NODE_WAIT_FOR(line.loop, line.a.notifications >= 1, 5000);
	for (unsigned int index = 0; index < 100 && error == 0; index++) {
		(void)snprintf(path, sizeof(path), "/%u", index);
		error = endpoint_publish(line.b.endpoint, path, SENML_JSON, BYTES(content, 1));
	}
	assert_int_equal(error, -ENOSPC);
	error = 0;
	for (unsigned int index = 0; index < 100 && error == 0; index++) {
		(void)snprintf(path, sizeof(path), "/%u", index);
		error = endpoint_observe(line.a.endpoint, 1, path, SECOND_US);
	}
	assert_int_equal(error, -ENOSPC);
	node_run_for(line.loop, 100);
	close_line(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notifications_come_at_ten_hertz_both_ways),
		cmocka_unit_test(observation_outlives_a_restart),
		cmocka_unit_test(silent_observation_is_asked_for_again),
		cmocka_unit_test(lossy_line_keeps_the_newest),
		cmocka_unit_test(bounds_of_resources_hold),
	};

	if (!node_network())
		return 77;
	return cmocka_run_group_tests_name("endpoint observe", tests, NULL, NULL);
}
