/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Stands between dialling nodes and a listening one: loses, copies and forges datagrams, cuts the
 * line, and looks at every packet that passes.
 */
#pragma once

#include "drivers/endpoint.h"

enum { RELAY_CLIENTS_MAX = 32, RELAY_KEPT_MAX = 32 };

struct relay_client {
	bool is_used;
	int fd; /**< Towards the server, with a port of its own. */
	struct sockaddr_storage address;
	socklen_t address_size;
	sd_event_source *source;
	struct relay *relay;
};

struct relay {
	sd_event *loop;
	int fd; /**< Where clients come in. */
	sd_event_source *source;
	struct sockaddr_storage server;
	socklen_t server_size;
	unsigned int lost_permille; /**< Each datagram, either way. */
	unsigned int copied_permille;
	unsigned int forged_permille; /**< A damaged copy goes first. */
	bool is_cut;
	uint32_t random;
	struct relay_client clients[RELAY_CLIENTS_MAX];
	uint64_t datagrams, lost;
	uint64_t not_dtls; /**< Whose first record is none of DTLS 1.0 (a first ClientHello) or 1.2.
			    */
	struct bytes needle; /**< Looked for in every datagram. */
	uint64_t needles;
};

/** Listens on @port of @server's host. Fails the test on error. */
void relay_open(struct relay *relay, sd_event *loop, const struct address *server, uint16_t port);
void relay_close(struct relay *relay);
/** A datagram to the server as if from the newest client, or to that client as if from the server.
 */
void relay_inject(struct relay *relay, bool is_to_server, const uint8_t *data, size_t size);
uint32_t relay_random(struct relay *relay);
