/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The endpoint as its owner sees it, and its place in the loop: libcoap's descriptor, one timer for
 * all peers, and a kick at the end of each turn that sends what waits and ends what is gone.
 */
#include "endpoint_private.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>

enum {
	EVENTS_MAX = 8,
	ROUNDS_MAX = 32, /* Datagrams a turn: EVENTS_MAX each at most. */
	TIMER_ACCURACY_US = 1000,
	SECOND_US = 1000000,
	IDLE_S = 30, /* Of sessions that are nobody's. */
};

uint64_t endpoint_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

uint64_t endpoint_random(struct endpoint *endpoint)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == (ssize_t)sizeof(random))
		return random;
	return endpoint->random += 0x9e3779b97f4a7c15u;
}

void endpoint_wake_at(struct endpoint *endpoint, uint64_t time_us)
{
	if (time_us >= endpoint->wake_us)
		return;
	endpoint->wake_us = time_us;
	(void)sd_event_source_set_time(endpoint->timer, time_us);
	(void)sd_event_source_set_enabled(endpoint->timer, SD_EVENT_ONESHOT);
}

void endpoint_kick(struct endpoint *endpoint)
{
	if (!endpoint->is_dispatching)
		(void)sd_event_source_set_enabled(endpoint->kick, SD_EVENT_ONESHOT);
}

struct endpoint_peer *endpoint_peer(struct endpoint *endpoint, unsigned int number)
{
	struct endpoint_peer *peer = endpoint->peers[number];

	if (peer)
		return peer;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->number = number;
	peer->endpoint = endpoint;
	endpoint_dial_init(&peer->dial, endpoint_random(endpoint));
	if (endpoint->is_plain)
		peer->dial.attempt_max_us = SECOND_US / 2;
	endpoint_sender_init(&peer->sender, (uint16_t)endpoint_random(endpoint));
	endpoint_rate_init(&peer->rate, endpoint_now_us());
	endpoint->peers[number] = peer;
	return peer;
}

void endpoint_refuse(struct endpoint *endpoint, enum endpoint_refusal refusal,
		     const struct address *from, struct bytes spki)
{
	struct endpoint_report *report = &endpoint->reports[refusal];
	uint64_t now_us = endpoint_now_us();

	report->count++;
	if (now_us - report->second_us >= SECOND_US) {
		report->second_us = now_us;
		report->calls = 0;
	}
	if (report->calls >= ENDPOINT_REPORTS_MAX)
		return;
	report->calls++;
	endpoint->handlers.on_refused(refusal, from, spki, endpoint->handlers.context);
}

/** Ends, announces, sends and sets libcoap's timer, until nothing is left to do. */
static void settle(struct endpoint *endpoint)
{
	uint64_t now_us = endpoint_now_us();
	coap_tick_t ticks;

	for (unsigned int round = 0; round < 4; round++) {
		endpoint_session_settle(endpoint);
		for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++)
			if (endpoint->peers[number])
				endpoint_message_flush(endpoint->peers[number], now_us);
		if (endpoint->is_prepare_due) {
			endpoint->is_prepare_due = false;
			coap_ticks(&ticks);
			(void)coap_io_prepare_epoll(endpoint->context, ticks);
		}
		if (!endpoint->has_news)
			return;
	}
	(void)sd_event_source_set_enabled(endpoint->kick, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct endpoint *endpoint = context;
	struct epoll_event events[EVENTS_MAX];

	(void)source;
	(void)revents;
	endpoint->is_dispatching = true;
	for (unsigned int round = 0; round < ROUNDS_MAX; round++) {
		int count = epoll_wait(fd, events, EVENTS_MAX, 0);

		if (count <= 0)
			break;
		coap_io_do_epoll(endpoint->context, events, (size_t)count);
		settle(endpoint);
	}
	endpoint->is_dispatching = false;
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t time_us, void *context)
{
	struct endpoint *endpoint = context;
	uint64_t now_us = endpoint_now_us();
	uint64_t wake_us;

	(void)source;
	(void)time_us;
	endpoint->is_dispatching = true;
	endpoint->wake_us = UINT64_MAX;
	wake_us = endpoint_session_reap(endpoint, now_us);
	for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++) {
		struct endpoint_peer *peer = endpoint->peers[number];

		if (!peer)
			continue;
		endpoint_wake_at(endpoint, endpoint_observe_step(peer, now_us));
		endpoint_wake_at(endpoint, endpoint_session_step(peer, now_us));
		endpoint_wake_at(endpoint, endpoint_message_step(peer, now_us));
	}
	endpoint_wake_at(endpoint, wake_us);
	settle(endpoint);
	endpoint->is_dispatching = false;
	return 0;
}

static int on_kick(sd_event_source *source, void *context)
{
	struct endpoint *endpoint = context;

	(void)source;
	endpoint->is_dispatching = true;
	settle(endpoint);
	endpoint->is_dispatching = false;
	return 0;
}

static int join_loop(struct endpoint *endpoint, sd_event *loop)
{
	int fd = coap_context_get_coap_fd(endpoint->context);
	int error;

	if (fd < 0)
		return -ENOSYS;
	endpoint->loop = sd_event_ref(loop);
	error = sd_event_add_io(loop, &endpoint->io, fd, EPOLLIN, on_io, endpoint);
	if (error < 0)
		return error;
	error = sd_event_add_time(loop, &endpoint->timer, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_US,
				  on_timer, endpoint);
	if (error < 0)
		return error;
	(void)sd_event_source_set_enabled(endpoint->timer, SD_EVENT_OFF);
	error = sd_event_add_defer(loop, &endpoint->kick, on_kick, endpoint);
	if (error < 0)
		return error;
	/* After all else in the turn, so that its messages share datagrams. */
	(void)sd_event_source_set_priority(endpoint->kick, SD_EVENT_PRIORITY_NORMAL + 10);
	return 0;
}

/**
 * libcoap sets SO_REUSEADDR, which lets two UDP sockets share one address unseen: we ask without
 * it first.
 */
static int check_address(const struct address *listen)
{
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(listen, &storage);
	_cleanup_(closep) int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return bind(fd, (const struct sockaddr *)&storage, size) < 0 ? -errno : 0;
}

static int open_socket(struct endpoint *endpoint)
{
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&endpoint->listen, &storage);
	coap_address_t address;
	int error = check_address(&endpoint->listen);

	if (error < 0)
		return error;
	coap_address_init(&address);
	memcpy(&address.addr, &storage, size);
	address.size = size;
	if (!coap_new_endpoint(endpoint->context, &address,
			       endpoint->is_plain ? COAP_PROTO_UDP : COAP_PROTO_DTLS))
		return -EADDRNOTAVAIL;
	return 0;
}

static int set_up(struct endpoint *endpoint, const struct endpoint_config *config)
{
	int error;

	if (config->spki.size > ENDPOINT_SPKI_MAX)
		return -EKEYREJECTED;
	if (config->spki.size > 0)
		memcpy(endpoint->spki, config->spki.data, config->spki.size);
	endpoint->spki_size = config->spki.size;
	coap_startup();
	/* A library does not log; what matters comes as a return or through on_refused. */
	coap_set_log_level(COAP_LOG_EMERG);
	endpoint->context = coap_new_context(NULL);
	if (!endpoint->context)
		return -ENOMEM;
	coap_set_app_data(endpoint->context, endpoint);
	coap_context_set_block_mode(endpoint->context, 0);
	coap_context_set_max_idle_sessions(endpoint->context, 0);
	coap_context_set_max_handshake_sessions(endpoint->context, 4 * ENDPOINT_HALF_OPEN_MAX);
	coap_context_set_session_timeout(endpoint->context, IDLE_S);
	if (!config->is_plain) {
		error = endpoint_key_load(config->key_file, config->spki, &endpoint->key);
		if (error == 0)
			error = endpoint_dtls_set_up(endpoint);
		if (error < 0)
			return error;
	}
	endpoint_session_register(endpoint);
	endpoint_observe_register(endpoint);
	error = endpoint_message_register(endpoint);
	if (error == 0)
		error = endpoint_resource_register(endpoint);
	return error < 0 ? error : open_socket(endpoint);
}

int endpoint_open(const struct endpoint_config *config, const struct endpoint_handlers *handlers,
		  sd_event *loop, struct endpoint **ret_endpoint)
{
	struct endpoint *endpoint;
	int error;

	if (config->is_plain && !address_is_loopback(&config->listen))
		return -EPERM;
	endpoint = calloc(1, sizeof(*endpoint));
	if (!endpoint)
		return -ENOMEM;
	TAILQ_INIT(&endpoint->links);
	endpoint->handlers = *handlers;
	endpoint->listen = config->listen;
	endpoint->is_plain = config->is_plain;
	endpoint->wake_us = UINT64_MAX;
	error = set_up(endpoint, config);
	if (error == 0)
		error = join_loop(endpoint, loop);
	if (error < 0) {
		endpoint_close(endpoint);
		return error;
	}
	*ret_endpoint = endpoint;
	return 0;
}

void endpoint_close(struct endpoint *endpoint)
{
	if (!endpoint)
		return;
	assert(!endpoint->is_dispatching);
	endpoint->is_dispatching = true;
	if (endpoint->context) {
		for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++)
			if (endpoint->peers[number])
				endpoint_message_flush(endpoint->peers[number], endpoint_now_us());
		endpoint_session_close_all(endpoint);
		coap_register_event_handler(endpoint->context, NULL);
		coap_register_nack_handler(endpoint->context, NULL);
		coap_free_context(endpoint->context);
	}
	sd_event_source_disable_unref(endpoint->io);
	sd_event_source_disable_unref(endpoint->timer);
	sd_event_source_disable_unref(endpoint->kick);
	sd_event_unref(endpoint->loop);
	endpoint_resource_free(endpoint);
	for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++)
		free(endpoint->peers[number]);
	endpoint_key_clear(&endpoint->key);
	free(endpoint);
}

int endpoint_dial(struct endpoint *endpoint, unsigned int number, const struct address *address,
		  struct bytes spki)
{
	struct endpoint_peer *peer;
	bool is_same;

	if (number >= ENDPOINT_PEERS_MAX || spki.size > ENDPOINT_SPKI_MAX)
		return -EINVAL;
	if (endpoint->is_plain && !address_is_loopback(address))
		return -EPERM;
	peer = endpoint_peer(endpoint, number);
	if (!peer)
		return -ENOMEM;
	is_same = peer->is_dialled && address_same_host(&peer->dialled, address) &&
		  peer->dialled.port == address->port &&
		  bytes_equal(BYTES(peer->spki, peer->spki_size), spki);
	if (is_same)
		return 0;
	if (peer->attempt)
		endpoint_session_drop(peer->attempt);
	if (peer->is_dialled && peer->link && peer->link->is_client)
		endpoint_session_drop(peer->link);
	peer->is_dialled = true;
	peer->dialled = *address;
	peer->spki_size = spki.size;
	if (spki.size > 0)
		memcpy(peer->spki, spki.data, spki.size);
	endpoint_dial_want(&peer->dial, endpoint_now_us());
	endpoint_wake_at(endpoint, endpoint_now_us());
	endpoint_kick(endpoint);
	return 0;
}

int endpoint_expect(struct endpoint *endpoint, unsigned int number, const struct address *address)
{
	struct endpoint_peer *peer;

	if (number >= ENDPOINT_PEERS_MAX || !endpoint->is_plain)
		return -EINVAL;
	if (!address_is_loopback(address))
		return -EPERM;
	peer = endpoint_peer(endpoint, number);
	if (!peer)
		return -ENOMEM;
	peer->is_expected = true;
	peer->expected = *address;
	return 0;
}

void endpoint_hang_up(struct endpoint *endpoint, unsigned int number)
{
	struct endpoint_peer *peer = number < ENDPOINT_PEERS_MAX ? endpoint->peers[number] : NULL;

	if (!peer)
		return;
	endpoint_dial_unwant(&peer->dial);
	peer->is_dialled = false;
	peer->is_expected = false;
	peer->observation_count = 0;
	if (peer->attempt)
		endpoint_session_drop(peer->attempt);
	if (peer->link)
		endpoint_session_drop(peer->link);
	endpoint_kick(endpoint);
}

bool endpoint_is_up(const struct endpoint *endpoint, unsigned int number)
{
	return number < ENDPOINT_PEERS_MAX && endpoint->peers[number] &&
	       endpoint->peers[number]->link;
}

uint64_t endpoint_refused(const struct endpoint *endpoint, enum endpoint_refusal refusal)
{
	return endpoint->reports[refusal].count;
}
