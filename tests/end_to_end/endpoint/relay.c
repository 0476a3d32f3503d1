/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A UDP relay with faults. */
#include "relay.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { DATAGRAM_MAX = 2048, PERMILLE = 1000 };

uint32_t relay_random(struct relay *relay)
{
	relay->random ^= relay->random << 13;
	relay->random ^= relay->random >> 17;
	relay->random ^= relay->random << 5;
	return relay->random;
}

static bool happens(struct relay *relay, unsigned int permille)
{
	return relay_random(relay) % PERMILLE < permille;
}

/** Content type 20..25, version 0xfefd; 0xfeff in a handshake's first flight (RFC 6347 4.2.1). */
static bool is_dtls(const uint8_t *data, size_t size)
{
	return size >= 13 && data[0] >= 20 && data[0] <= 25 && data[1] == 0xfe &&
	       (data[2] == 0xfd || (data[2] == 0xff && data[0] == 22));
}

static void look_at(struct relay *relay, const uint8_t *data, size_t size)
{
	relay->datagrams++;
	if (!is_dtls(data, size))
		relay->not_dtls++;
	if (relay->needle.size > 0 &&
	    memmem(data, size, relay->needle.data, relay->needle.size) != NULL)
		relay->needles++;
}

static void send_once(const struct relay_client *client, bool is_to_server, const uint8_t *data,
		      size_t size)
{
	const struct relay *relay = client->relay;

	if (is_to_server)
		(void)!sendto(client->fd, data, size, 0, (const struct sockaddr *)&relay->server,
			      relay->server_size);
	else
		(void)!sendto(relay->fd, data, size, 0, (const struct sockaddr *)&client->address,
			      client->address_size);
}

static void forward(struct relay_client *client, bool is_to_server, const uint8_t *data,
		    size_t size)
{
	struct relay *relay = client->relay;
	uint8_t forged[DATAGRAM_MAX];

	look_at(relay, data, size);
	if (relay->is_cut || happens(relay, relay->lost_permille)) {
		relay->lost++;
		return;
	}
	if (happens(relay, relay->forged_permille)) {
		memcpy(forged, data, size);
		forged[relay_random(relay) % size] ^= (uint8_t)(1 + relay_random(relay) % 255);
		send_once(client, is_to_server, forged, size);
	}
	send_once(client, is_to_server, data, size);
	if (happens(relay, relay->copied_permille))
		send_once(client, is_to_server, data, size);
}

static int on_server(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct relay_client *client = context;
	uint8_t data[DATAGRAM_MAX];
	ssize_t size;

	(void)source;
	(void)revents;
	while ((size = recv(fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		forward(client, false, data, (size_t)size);
	return 0;
}

static struct relay_client *find_client(struct relay *relay, const struct sockaddr_storage *address,
					socklen_t size)
{
	struct relay_client *free_client = NULL;

	for (unsigned int index = 0; index < RELAY_CLIENTS_MAX; index++) {
		struct relay_client *client = &relay->clients[index];

		if (client->is_used && client->address_size == size &&
		    memcmp(&client->address, address, size) == 0)
			return client;
		if (!client->is_used && !free_client)
			free_client = client;
	}
	assert_non_null(free_client);
	free_client->is_used = true;
	free_client->relay = relay;
	free_client->address = *address;
	free_client->address_size = size;
	free_client->fd = socket(relay->server.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(free_client->fd >= 0);
	assert_true(sd_event_add_io(relay->loop, &free_client->source, free_client->fd, EPOLLIN,
				    on_server, free_client) >= 0);
	return free_client;
}

static int on_clients(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct relay *relay = context;
	struct sockaddr_storage address;
	uint8_t data[DATAGRAM_MAX];
	ssize_t size;

	(void)source;
	(void)revents;
	for (;;) {
		socklen_t address_size = sizeof(address);

		memset(&address, 0, sizeof(address));
		size = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&address,
				&address_size);
		if (size <= 0)
			return 0;
		forward(find_client(relay, &address, address_size), true, data, (size_t)size);
	}
}

void relay_open(struct relay *relay, sd_event *loop, const struct address *server, uint16_t port)
{
	struct address listen = *server;
	struct sockaddr_storage storage;
	socklen_t size;

	*relay = (struct relay){.loop = loop, .random = 2463534242u};
	relay->server_size = address_to_sockaddr(server, &relay->server);
	listen.port = port;
	size = address_to_sockaddr(&listen, &storage);
	relay->fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(relay->fd >= 0);
	assert_int_equal(bind(relay->fd, (const struct sockaddr *)&storage, size), 0);
	assert_true(sd_event_add_io(loop, &relay->source, relay->fd, EPOLLIN, on_clients, relay) >=
		    0);
}

void relay_close(struct relay *relay)
{
	for (unsigned int index = 0; index < RELAY_CLIENTS_MAX; index++) {
		struct relay_client *client = &relay->clients[index];

		if (!client->is_used)
			continue;
		sd_event_source_disable_unref(client->source);
		(void)close(client->fd);
	}
	sd_event_source_disable_unref(relay->source);
	(void)close(relay->fd);
}

void relay_inject(struct relay *relay, bool is_to_server, const uint8_t *data, size_t size)
{
	const struct relay_client *newest = NULL;

	for (unsigned int index = 0; index < RELAY_CLIENTS_MAX; index++)
		if (relay->clients[index].is_used)
			newest = &relay->clients[index];
	assert_non_null(newest);
	send_once(newest, is_to_server, data, size);
}
