/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Nodes with keys, and a network namespace to put them in. */
#include "node.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

enum { FILL_HEAD = 8, MILLION = 1000000 };

uint64_t node_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * MILLION + (uint64_t)now.tv_nsec / 1000;
}

static bool write_file(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

bool node_network(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	_cleanup_(closep) int fd = -1;
	char map[64];
	int uid = (int)getuid(), gid = (int)getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("skipped: no network namespace: %s\n", strerror(errno));
		return false;
	}
	(void)snprintf(map, sizeof(map), "0 %d 1", uid);
	if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
		printf("note: user map: %s\n", strerror(errno));
	(void)snprintf(map, sizeof(map), "0 %d 1", gid);
	if (!write_file("/proc/self/gid_map", map))
		printf("note: group map: %s\n", strerror(errno));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
		printf("skipped: loopback stays down: %s\n", strerror(errno));
		return false;
	}
	return true;
}

void node_turn(sd_event *loop, uint64_t timeout_us)
{
	assert_true(sd_event_run(loop, timeout_us) >= 0);
}

void node_run_for(sd_event *loop, uint64_t time_ms)
{
	uint64_t end_us = node_now_us() + time_ms * 1000;

	while (node_now_us() < end_us)
		node_turn(loop, 2000);
}

static void make_key(struct node *node)
{
	uint8_t der[512], pem[1024];
	_cleanup_(closep) int fd = -1;
	int der_size, pem_size, spki_size;
	WC_RNG random;
	ecc_key key;

	assert_int_equal(wc_InitRng(&random), 0);
	assert_int_equal(wc_ecc_init(&key), 0);
	assert_int_equal(wc_ecc_make_key_ex(&random, 32, &key, ECC_SECP256R1), 0);
	spki_size = wc_EccPublicKeyToDer(&key, node->spki, sizeof(node->spki), 1);
	assert_int_equal(spki_size, 91);
	node->spki_size = (size_t)spki_size;
	der_size = wc_EccKeyToDer(&key, der, sizeof(der));
	assert_true(der_size > 0);
	pem_size = wc_DerToPem(der, (word32)der_size, pem, sizeof(pem), ECC_PRIVATEKEY_TYPE);
	assert_true(pem_size > 0);
	(void)snprintf(node->key_file, sizeof(node->key_file), "%s/smi-endpoint-XXXXXX",
		       getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	fd = mkstemp(node->key_file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, pem, (size_t)pem_size), pem_size);
	wc_ecc_free(&key);
	wc_FreeRng(&random);
}

void node_init(struct node *node, sd_event *loop, const char *ip, uint16_t port)
{
	*node = (struct node){.loop = loop};
	assert_int_equal(address_from_text(ip, &node->address), 0);
	node->address.port = port;
	make_key(node);
}

static int find_peer(struct bytes spki, void *context)
{
	struct node *node = context;

	for (int number = 0; number < NODE_PEERS_MAX; number++) {
		const struct node *peer = node->peers[number];

		if (peer && bytes_equal(BYTES(peer->spki, peer->spki_size), spki))
			return number;
	}
	return -ENOKEY;
}

static void on_peer(unsigned int peer, const struct address *address, bool is_up, void *context)
{
	struct node *node = context;

	assert_true(peer < NODE_PEERS_MAX && address->port != 0);
	if (is_up)
		node->ups++;
	else
		node->downs++;
}

void node_fill(uint8_t *data, size_t size, uint32_t number)
{
	uint32_t state = number * 2654435761u + 1;

	assert_true(size >= FILL_HEAD);
	memcpy(data, "fill", 4);
	memcpy(data + 4, &number, 4);
	for (size_t index = FILL_HEAD; index < size; index++) {
		state = state * 1664525u + 1013904223u;
		data[index] = (uint8_t)(state >> 24);
	}
}

static void check_filled(struct node *node, struct bytes message)
{
	uint32_t number;
	uint32_t state;

	if (message.size < FILL_HEAD || memcmp(message.data, "fill", 4) != 0)
		return;
	memcpy(&number, message.data + 4, 4);
	state = number * 2654435761u + 1;
	for (size_t index = FILL_HEAD; index < message.size; index++) {
		state = state * 1664525u + 1013904223u;
		if (message.data[index] != (uint8_t)(state >> 24)) {
			node->damaged++;
			return;
		}
	}
	if (number < 256)
		node->seen[number / 64] |= UINT64_C(1) << number % 64;
}

unsigned int node_seen(const struct node *node)
{
	unsigned int count = 0;

	for (size_t index = 0; index < sizeof(node->seen) / sizeof(node->seen[0]); index++)
		count += (unsigned int)__builtin_popcountll(node->seen[index]);
	return count;
}

static void on_message(unsigned int peer, const struct address *from, struct bytes message,
		       void *context)
{
	struct node *node = context;

	assert_true(peer < NODE_PEERS_MAX);
	assert_true(node->ups > 0);
	node->messages++;
	node->messages_of[peer]++;
	node->message_bytes += message.size;
	node->message_from = *from;
	check_filled(node, message);
	if (node->is_echoing)
		(void)!endpoint_send(node->endpoint, peer, message);
}

static void on_notification(unsigned int peer, const char *path, unsigned int content_format,
			    struct bytes content, void *context)
{
	struct node *node = context;
	size_t size = content.size < NODE_LAST_MAX - 1 ? content.size : NODE_LAST_MAX - 1;

	assert_true(peer < NODE_PEERS_MAX && path[0] == '/' && content_format == 110);
	node->notifications++;
	node->notified_us = node_now_us();
	memcpy(node->notified, content.data, size);
	node->notified[size] = '\0';
}

static void on_refused(enum endpoint_refusal refusal, const struct address *from, struct bytes spki,
		       void *context)
{
	struct node *node = context;

	(void)from;
	node->refused_calls++;
	if (refusal != ENDPOINT_REFUSED_KEY || spki.size == 0)
		return;
	memcpy(node->refused_spki, spki.data, spki.size);
	node->refused_spki_size = spki.size;
}

void node_open(struct node *node)
{
	struct endpoint_handlers handlers = {
		.find_peer = find_peer,
		.on_peer = on_peer,
		.on_message = on_message,
		.on_notification = on_notification,
		.on_refused = on_refused,
		.context = node,
	};
	struct endpoint_config config = {
		.listen = node->address,
		.key_file = node->key_file,
		.spki = BYTES(node->spki, node->spki_size),
		.is_plain = node->is_plain,
	};

	assert_null(node->endpoint);
	assert_int_equal(endpoint_open(&config, &handlers, node->loop, &node->endpoint), 0);
}

void node_close(struct node *node)
{
	endpoint_close(TAKE(node->endpoint));
}

void node_finish(struct node *node)
{
	node_close(node);
	(void)unlink(node->key_file);
}

void node_know(struct node *node, unsigned int number, const struct node *other)
{
	assert_true(number < NODE_PEERS_MAX);
	node->peers[number] = other;
}

void node_dial(struct node *node, unsigned int number, const struct node *other, uint16_t port)
{
	struct address address = other->address;

	if (port != 0)
		address.port = port;
	assert_int_equal(endpoint_dial(node->endpoint, number, &address,
				       BYTES(other->spki, other->spki_size)),
			 0);
}
