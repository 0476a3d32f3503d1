/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Junk, floods and liars: nothing good is lost to them, and nothing falls over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "node.h"
#include "raw.h"
#include "relay.h"

enum { RELAY_PORT = 6000, JUNK_MAX = 1400, HELLO_SIZE = 13 + 12 + 44 };

struct scene {
	sd_event *loop;
	struct node a, b; /**< a dials b through the relay. */
	struct relay relay;
};

static void open_scene(struct scene *scene)
{
	assert_true(sd_event_new(&scene->loop) >= 0);
	node_init(&scene->a, scene->loop, "127.0.0.1", 5684);
	node_init(&scene->b, scene->loop, "127.0.0.1", 5685);
	node_know(&scene->a, 1, &scene->b);
	node_know(&scene->b, 1, &scene->a);
	node_open(&scene->a);
	node_open(&scene->b);
	relay_open(&scene->relay, scene->loop, &scene->b.address, RELAY_PORT);
	node_dial(&scene->a, 1, &scene->b, RELAY_PORT);
	NODE_WAIT_FOR(scene->loop, scene->a.ups == 1 && scene->b.ups == 1, 5000);
	/* Until the first sealed record the listener must read what comes in clear. */
	node_run_for(scene->loop, 50);
}

static void close_scene(struct scene *scene)
{
	node_finish(&scene->a);
	node_finish(&scene->b);
	relay_close(&scene->relay);
	sd_event_unref(scene->loop);
}

static void assert_undisturbed(struct scene *scene)
{
	unsigned int a = scene->a.messages, b = scene->b.messages;

	assert_int_equal(endpoint_send(scene->a.endpoint, 1, BYTES_OF("from a")), 0);
	assert_int_equal(endpoint_send(scene->b.endpoint, 1, BYTES_OF("from b")), 0);
	NODE_WAIT_FOR(scene->loop, scene->a.messages > a && scene->b.messages > b, 2000);
	assert_int_equal(scene->a.downs, 0);
	assert_int_equal(scene->b.downs, 0);
}

static size_t make_junk(struct relay *random, uint8_t *data)
{
	size_t size = 1 + relay_random(random) % (JUNK_MAX - 1);

	for (size_t index = 0; index < size; index++)
		data[index] = (uint8_t)relay_random(random);
	return size;
}

/** A first ClientHello as any client would send it: the server must answer it with a cookie. */
static void make_hello(struct relay *random, uint8_t data[static HELLO_SIZE])
{
	static const uint8_t head[] = {
		22,
		0xfe,
		0xff,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		HELLO_SIZE - 13, /* record */
		1,
		0,
		0,
		HELLO_SIZE - 25,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		HELLO_SIZE - 25, /* hello */
		0xfe,
		0xfd,
	};
	static const uint8_t tail[] = {0, 0, 0, 4, 0xc0, 0x2b, 0xc0, 0xac, 1, 0};

	memcpy(data, head, sizeof(head));
	for (size_t index = sizeof(head); index < sizeof(head) + 32; index++)
		data[index] = (uint8_t)relay_random(random);
	memcpy(data + sizeof(head) + 32, tail, sizeof(tail));
}

static int open_stranger(const struct node *server)
{
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&server->address, &storage);
	int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&storage, size), 0);
	return fd;
}

static void flood_of_strangers_stops_no_one(void **state)
{
	struct scene scene = {0};
	struct node late;
	uint8_t data[JUNK_MAX];
	uint8_t answer[256];
	unsigned int answers = 0;
	uint64_t before_us;

	(void)state;
	open_scene(&scene);
	for (unsigned int index = 0; index < 350; index++) {
		_cleanup_(closep) int fd = open_stranger(&scene.b);
		size_t size = HELLO_SIZE;

		if (index < 200)
			size = make_junk(&scene.relay, data);
		else
			make_hello(&scene.relay, data);
		assert_int_equal(send(fd, data, size, 0), (ssize_t)size);
		node_turn(scene.loop, 0);
		node_turn(scene.loop, 0);
		if (recv(fd, answer, sizeof(answer), 0) > 0)
			answers++;
	}
	/* They were good enough to be answered: the sessions were really begun. */
	assert_true(answers > 100);
	assert_undisturbed(&scene);
	node_init(&late, scene.loop, "127.0.0.1", 5686);
	node_know(&late, 2, &scene.b);
	node_know(&scene.b, 2, &late);
	node_open(&late);
	before_us = node_now_us();
	node_dial(&late, 2, &scene.b, 0);
	NODE_WAIT_FOR(scene.loop, endpoint_is_up(late.endpoint, 2), 2000);
	printf("  handshake amid 150 half-open ones: %llu ms\n",
	       (unsigned long long)(node_now_us() - before_us) / 1000);
	assert_undisturbed(&scene);
	node_finish(&late);
	close_scene(&scene);
}

static void junk_within_a_session_is_dropped(void **state)
{
	static const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40};
	static const uint8_t closing[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 98, 0, 2, 1, 0};
	static const uint8_t change[] = {20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 97, 0, 1, 1};
	static const uint8_t tls[] = {22, 3, 1, 0, 5, 1, 0, 0, 1, 0};
	static const uint8_t sealed_alert[] = {21, 0xfe, 0xfd, 0, 1, 0, 0, 0,
					       0,  0,	 99,   0, 2, 2, 40};
	static const uint8_t longer[] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 99, 0x3d, 0, 1};
	struct scene scene = {0};
	uint8_t data[JUNK_MAX];

	(void)state;
	open_scene(&scene);
	for (unsigned int round = 0; round < 200; round++) {
		bool is_to_server = round % 2 == 0;
		size_t size = make_junk(&scene.relay, data);

		relay_inject(&scene.relay, is_to_server, data, size);
		/* The same with a record's head: content type, version, epoch. */
		memcpy(data,
		       (uint8_t[]){(uint8_t)(20 + round % 6), 0xfe, 0xfd, 0,
				   (uint8_t)(round / 6 % 3)},
		       5);
		relay_inject(&scene.relay, is_to_server, data, size);
		relay_inject(&scene.relay, is_to_server, alert, sizeof(alert));
		relay_inject(&scene.relay, is_to_server, closing, sizeof(closing));
		relay_inject(&scene.relay, is_to_server, change, sizeof(change));
		relay_inject(&scene.relay, is_to_server, longer, sizeof(longer));
		relay_inject(&scene.relay, is_to_server, tls, sizeof(tls));
		relay_inject(&scene.relay, is_to_server, sealed_alert, sizeof(sealed_alert));
		make_hello(&scene.relay, data);
		relay_inject(&scene.relay, is_to_server, data, HELLO_SIZE);
		node_turn(scene.loop, 0);
		node_turn(scene.loop, 0);
		if (round % 20 == 0)
			assert_undisturbed(&scene);
	}
	assert_undisturbed(&scene);
	close_scene(&scene);
}

static void forged_copies_are_dropped(void **state)
{
	struct scene scene = {0};
	uint8_t message[3000];

	(void)state;
	open_scene(&scene);
	scene.relay.forged_permille = 500;
	scene.relay.copied_permille = 200;
	for (uint32_t number = 0; number < 100; number++) {
		node_fill(message, sizeof(message), number);
		assert_int_equal(endpoint_send(scene.a.endpoint, 1,
					       BYTES(message, number % 2 == 0 ? 3000 : 300)),
				 0);
		node_turn(scene.loop, 0);
		node_turn(scene.loop, 0);
	}
	NODE_WAIT_FOR(scene.loop, node_seen(&scene.b) == 100, 5000);
	assert_int_equal(scene.b.damaged, 0);
	assert_undisturbed(&scene);
	close_scene(&scene);
}

static int connect_raw(struct scene *scene, struct raw *raw)
{
	uint64_t end_us = node_now_us() + 3000000;
	int result = 0;

	while (result == 0 && node_now_us() < end_us) {
		result = raw_connect(raw);
		node_turn(scene->loop, 1000);
	}
	return result;
}

static void key_without_its_private_half_evicts_no_one(void **state)
{
	struct scene scene = {0};
	struct node liar;
	struct raw *raw;

	(void)state;
	open_scene(&scene);
	node_init(&liar, scene.loop, "127.0.0.1", 5686);
	/* Shows the key of a, which b knows, and signs with its own. */
	for (unsigned int round = 0; round < 5; round++) {
		raw = raw_open(&liar, &scene.a, &scene.b);
		assert_int_not_equal(connect_raw(&scene, raw), 1);
		assert_undisturbed(&scene);
		raw_close(raw);
	}
	node_run_for(scene.loop, 200);
	assert_true(endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_HANDSHAKE) > 0);
	assert_undisturbed(&scene);
	assert_int_equal(scene.b.ups, 1);
	node_finish(&liar);
	close_scene(&scene);
}

/** Bytes that begin like CoAP and go on like anything. */
static size_t make_coap(struct relay *random, uint8_t *data)
{
	static const uint8_t post[] = {0x50, 2, 0, 0, 0xb1, 'l', 0xff};
	size_t size = make_junk(random, data) % 200 + sizeof(post);
	uint32_t kind = relay_random(random) % 4;

	data[0] = (uint8_t)(0x40 | (data[0] & 0x3f));
	if (kind == 1)
		data[0] &= 0xf0;
	if (kind >= 2)
		memcpy(data, post, sizeof(post));
	if (kind == 3)
		data[sizeof(post)] = (uint8_t)(1 + data[sizeof(post)] % 5);
	return size;
}

static void broken_peer_does_no_harm(void **state)
{
	/* Piece 0 of a message of 65,537 bytes; GET /x. */
	static const uint8_t too_long[] = {0x50, 2, 0, 0, 0xb1, 'l', 0xff, 2,
					   0,	 1, 0, 0, 1,	0,   1,	   7};
	static const uint8_t no_path[] = {0x50, 1, 0, 0, 0xb1, 'x'};
	struct scene scene = {0};
	struct node broken;
	uint64_t size, path;
	struct raw *raw;
	uint8_t data[JUNK_MAX];

	(void)state;
	open_scene(&scene);
	node_init(&broken, scene.loop, "127.0.0.1", 5686);
	node_know(&scene.b, 2, &broken);
	raw = raw_open(&broken, &broken, &scene.b);
	assert_int_equal(connect_raw(&scene, raw), 1);
	NODE_WAIT_FOR(scene.loop, endpoint_is_up(scene.b.endpoint, 2), 1000);
	for (unsigned int round = 0; round < 5000; round++) {
		raw_send(raw, data, make_coap(&scene.relay, data));
		node_turn(scene.loop, 0);
		while (raw_receive(raw, data, sizeof(data)) > 0)
			;
	}
	assert_true(endpoint_is_up(scene.b.endpoint, 2));
	assert_true(endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_MALFORMED) > 500);
	size = endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_SIZE);
	path = endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_PATH);
	printf("  malformed %llu, path %llu\n",
	       (unsigned long long)endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_MALFORMED),
	       (unsigned long long)endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_PATH));
	raw_send(raw, too_long, sizeof(too_long));
	NODE_WAIT_FOR(scene.loop, endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_SIZE) > size,
		      1000);
	raw_send(raw, no_path, sizeof(no_path));
	NODE_WAIT_FOR(scene.loop, endpoint_refused(scene.b.endpoint, ENDPOINT_REFUSED_PATH) > path,
		      1000);
	assert_undisturbed(&scene);
	raw_close(raw);
	node_finish(&broken);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_of_strangers_stops_no_one),
		cmocka_unit_test(junk_within_a_session_is_dropped),
		cmocka_unit_test(forged_copies_are_dropped),
		cmocka_unit_test(key_without_its_private_half_evicts_no_one),
		cmocka_unit_test(broken_peer_does_no_harm),
	};

	if (!node_network())
		return 77;
	return cmocka_run_group_tests_name("endpoint hostile", tests, NULL, NULL);
}
