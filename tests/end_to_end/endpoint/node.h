/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Nodes for the tests of the endpoint: each with a fresh key, all in one loop, counting what
 * comes. */
#pragma once

#include "drivers/endpoint.h"

enum {
	NODE_PEERS_MAX = 32,
	NODE_LAST_MAX = 64,
};

struct node {
	char key_file[128];
	uint8_t spki[ENDPOINT_SPKI_MAX];
	size_t spki_size;
	struct address address;
	bool is_plain;
	sd_event *loop;
	struct endpoint *endpoint;		  /**< NULL: closed. */
	const struct node *peers[NODE_PEERS_MAX]; /**< Whose keys it knows; by peer number. */
	unsigned int ups, downs;
	unsigned int messages, messages_of[NODE_PEERS_MAX];
	uint64_t message_bytes;
	unsigned int
		damaged;  /**< Of node_fill() messages: those whose bytes are not what they were. */
	uint64_t seen[4]; /**< Bit per number of a node_fill() message below 256. */
	struct address message_from;
	unsigned int notifications;
	uint64_t notified_us;
	char notified[NODE_LAST_MAX];
	unsigned int refused_calls;
	uint8_t refused_spki[ENDPOINT_SPKI_MAX];
	size_t refused_spki_size;
	bool is_echoing; /**< Sends each message back. */
};

/** A network of the test's own, with loopback up; false (and why, printed) if that is not allowed.
 */
bool node_network(void);
uint64_t node_now_us(void);

/** A key pair, and an address such as "127.0.0.1". Fails the test on error. */
void node_init(struct node *node, sd_event *loop, const char *ip, uint16_t port);
void node_open(struct node *node);
void node_close(struct node *node);
/** Closes it and removes its key. */
void node_finish(struct node *node);
/** @node knows the key of @other as @number. */
void node_know(struct node *node, unsigned int number, const struct node *other);
/** @node dials @other, at @port instead of its own if that is not 0. */
void node_dial(struct node *node, unsigned int number, const struct node *other, uint16_t port);

/** A message whose bytes follow from its number: on_message checks them. */
void node_fill(uint8_t *data, size_t size, uint32_t number);
unsigned int node_seen(const struct node *node);

/** One turn of the loop, at most @timeout_us. */
void node_turn(sd_event *loop, uint64_t timeout_us);

/** Turns the loop until @condition holds; the test fails if it does not within @timeout_ms. */
#define NODE_WAIT_FOR(loop, condition, timeout_ms)                                                 \
	do {                                                                                       \
		uint64_t end_us_ = node_now_us() + (uint64_t)(timeout_ms)*1000;                    \
		while (!(condition) && node_now_us() < end_us_)                                    \
			node_turn((loop), 2000);                                                   \
		assert_true(condition);                                                            \
	} while (0)

void node_run_for(sd_event *loop, uint64_t time_ms);
