/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Links: from libcoap's session to a peer's one session. A handshake that is through replaces the
 * peer's older session; nothing that has not proved its key touches it.
 */
#include "endpoint_private.h"

#include <assert.h>
#include <errno.h>

static void address_of_session(const coap_session_t *session, struct address *address)
{
	const coap_address_t *remote = coap_session_get_addr_remote(session);

	*address = (struct address){0};
	if (remote)
		(void)!address_from_sockaddr(&remote->addr.sa, address);
}

static void mark(struct endpoint_link *link)
{
	link->is_gone = true;
	link->endpoint->has_news = true;
}

static bool is_half_open(const struct endpoint_link *link)
{
	return !link->is_client && !link->is_complete && !link->is_gone;
}

/** Makes room: the oldest of those that never showed their address to be theirs, else the oldest.
 */
static void end_oldest_half_open(struct endpoint *endpoint)
{
	struct endpoint_link *link, *victim = NULL;
	unsigned int count = 0;

	TAILQ_FOREACH(link, &endpoint->links, links)
	{
		if (!is_half_open(link))
			continue;
		count++;
		if (!victim)
			victim = link;
	}
	if (count < ENDPOINT_HALF_OPEN_MAX)
		return;
	TAILQ_FOREACH(link, &endpoint->links, links)
	{
		if (is_half_open(link) && !endpoint->is_plain &&
		    !endpoint_dtls_has_answered(link->session)) {
			victim = link;
			break;
		}
	}
	mark(victim);
}

static struct endpoint_link *link_new(struct endpoint *endpoint, coap_session_t *session)
{
	struct endpoint_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->endpoint = endpoint;
	link->session = session;
	link->serial = ++endpoint->serial;
	link->born_us = endpoint_now_us();
	address_of_session(session, &link->address);
	coap_session_set_app_data(session, link);
	TAILQ_INSERT_TAIL(&endpoint->links, link, links);
	return link;
}

static void link_new_server(struct endpoint *endpoint, coap_session_t *session)
{
	struct endpoint_link *link;

	end_oldest_half_open(endpoint);
	link = link_new(endpoint, session);
	if (!link)
		return;
	endpoint_wake_at(endpoint, link->born_us + ENDPOINT_HALF_OPEN_US);
}

/** Takes the link out of its peer's hands; the clock is told. */
static void link_detach(struct endpoint_link *link)
{
	struct endpoint_peer *peer = link->peer;
	uint64_t now_us = endpoint_now_us();

	if (!peer)
		return;
	if (peer->attempt == link) {
		peer->attempt = NULL;
		endpoint_dial_failed(&peer->dial, now_us);
	}
	if (peer->link == link) {
		peer->link = NULL;
		endpoint_dial_down(&peer->dial, now_us);
		endpoint_message_reset(peer);
	}
	link->peer = NULL;
	endpoint_wake_at(link->endpoint, now_us);
}

/** Ends libcoap's session, with close_notify if it stands, and frees the link. */
static void link_end(struct endpoint_link *link)
{
	struct endpoint *endpoint = link->endpoint;

	link_detach(link);
	TAILQ_REMOVE(&endpoint->links, link, links);
	if (link->session) {
		coap_session_set_app_data(link->session, NULL);
		if (coap_session_get_state(link->session) != COAP_SESSION_STATE_NONE)
			coap_session_disconnected(link->session, COAP_NACK_NOT_DELIVERABLE);
		if (link->is_referenced)
			coap_session_release(link->session);
		endpoint->is_prepare_due = true;
	}
	free(link);
}

/** Of two sessions dialled at once both sides keep the one that the smaller key dialled. */
static bool is_ours_to_keep(const struct endpoint *endpoint, const struct endpoint_link *link,
			    const struct endpoint_peer *peer)
{
	struct bytes own = BYTES(endpoint->spki, endpoint->spki_size);
	bool is_ours_smaller = bytes_compare(own, BYTES(peer->spki, peer->spki_size)) < 0;

	return link->is_client == is_ours_smaller;
}

/** Two of different direction, the other not two seconds old and the one to keep. */
static bool loses_to(const struct endpoint_link *link, const struct endpoint_link *current)
{
	const struct endpoint_peer *peer = link->peer;

	if (!current || current->is_gone || !peer->is_dialled ||
	    link->is_client == current->is_client)
		return false;
	return link->born_us - current->born_us < ENDPOINT_SIMULTANEOUS_US &&
	       is_ours_to_keep(link->endpoint, current, peer);
}

static void link_adopt(struct endpoint_link *link)
{
	struct endpoint *endpoint = link->endpoint;
	struct endpoint_peer *peer = link->peer;
	struct endpoint_link *old = peer->link;
	uint64_t now_us = endpoint_now_us();

	if (loses_to(link, old)) {
		mark(link);
		return;
	}
	if (peer->attempt == link)
		peer->attempt = NULL;
	if (old) {
		old->peer = NULL;
		mark(old);
		endpoint_dial_down(&peer->dial, now_us);
		endpoint_message_reset(peer);
	}
	if (peer->attempt && peer->is_dialled && !is_ours_to_keep(endpoint, peer->attempt, peer)) {
		peer->attempt->peer = NULL;
		mark(peer->attempt);
		peer->attempt = NULL;
	}
	peer->link = link;
	if (!link->is_referenced) {
		/* Held, so that libcoap's idle time-out leaves it alone: ours decides. */
		coap_session_reference(link->session);
		link->is_referenced = true;
	}
	coap_session_set_nstart(link->session, ENDPOINT_OBSERVATIONS_MAX);
	endpoint_dial_up(&peer->dial, now_us);
	/* The listener then knows that its last flight arrived, and hears nothing in clear again.
	 */
	if (link->is_client)
		endpoint_message_probe(peer);
	endpoint_observe_restart(peer, now_us);
	endpoint_wake_at(endpoint, now_us);
	endpoint->has_news = true;
}

static uint64_t link_serial(const struct endpoint_peer *peer)
{
	return peer->link ? peer->link->serial : 0;
}

/** Tells the owner what has changed since it was told last. */
static void peer_announce(struct endpoint_peer *peer)
{
	const struct endpoint_handlers *handlers = &peer->endpoint->handlers;
	struct address address = peer->announced_address;

	if (peer->announced_serial == link_serial(peer))
		return;
	if (peer->announced_serial != 0) {
		peer->announced_serial = 0;
		handlers->on_peer(peer->number, &address, false, handlers->context);
	}
	if (peer->announced_serial == link_serial(peer))
		return;
	peer->announced_serial = link_serial(peer);
	peer->announced_address = peer->link->address;
	address = peer->announced_address;
	handlers->on_peer(peer->number, &address, true, handlers->context);
}

/** Plain mode: the address says who it is. */
static struct endpoint_peer *find_by_address(struct endpoint *endpoint,
					     const struct address *address)
{
	for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++) {
		struct endpoint_peer *peer = endpoint->peers[number];

		if (!peer || !peer->is_expected || !address_same_host(&peer->expected, address))
			continue;
		if (peer->expected.port == 0 || peer->expected.port == address->port)
			return peer;
	}
	return NULL;
}

static bool link_is_through(struct endpoint_link *link)
{
	if (link->endpoint->is_plain) {
		if (!link->is_client && !link->peer)
			link->peer = find_by_address(link->endpoint, &link->address);
		if (!link->peer && !link->is_key_refused) {
			link->is_key_refused = true;
			endpoint_refuse(link->endpoint, ENDPOINT_REFUSED_KEY, &link->address,
					BYTES(NULL, 0));
		}
		link->is_complete = link->peer != NULL;
	}
	return link->is_complete && link->peer;
}

struct endpoint_peer *endpoint_session_heard(coap_session_t *session,
					     struct endpoint_link **ret_link)
{
	struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));
	struct endpoint_link *link = coap_session_get_app_data(session);
	struct endpoint_peer *peer;

	if (!link && endpoint->is_plain)
		link = link_new(endpoint, session);
	if (!link || link->is_gone || !link_is_through(link))
		return NULL;
	peer = link->peer;
	if (peer->link != link)
		link_adopt(link);
	if (peer->link != link)
		return NULL;
	peer_announce(peer);
	if (peer->link != link)
		return NULL;
	endpoint_dial_heard(&peer->dial, endpoint_now_us());
	*ret_link = link;
	return peer;
}

static void on_ended(struct endpoint_link *link)
{
	if (!link->is_complete && !link->is_gone && !link->is_key_refused && !link->is_client)
		endpoint_refuse(link->endpoint, ENDPOINT_REFUSED_HANDSHAKE, &link->address,
				BYTES(NULL, 0));
	mark(link);
}

/** Marks only: see endpoint_private.h. */
static int on_event(coap_session_t *session, const coap_event_t event)
{
	struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));
	struct endpoint_link *link = coap_session_get_app_data(session);

	switch ((int)event) {
	case COAP_EVENT_SERVER_SESSION_NEW:
		link_new_server(endpoint, session);
		return 0;
	case COAP_EVENT_DTLS_CONNECTED:
		if (!link)
			return 0;
		if (!link->is_key_shown)
			on_ended(link); /* Never without a pinned key, whatever the library thinks.
					 */
		link->is_complete = true;
		endpoint->has_news = true;
		return 0;
	case COAP_EVENT_DTLS_CLOSED:
	case COAP_EVENT_DTLS_ERROR:
		if (link)
			on_ended(link);
		return 0;
	case COAP_EVENT_SERVER_SESSION_DEL:
		if (link) {
			mark(link);
			link->session = NULL;
		}
		return 0;
	case COAP_EVENT_BAD_PACKET:
		if (link)
			endpoint_refuse(endpoint, ENDPOINT_REFUSED_MALFORMED, &link->address,
					BYTES(NULL, 0));
		return 0;
	default:
		return 0;
	}
}

/** ICMP is a hint, not a proof: an attempt ends, a session is dialled beside. */
static void on_not_delivered(coap_session_t *session, const coap_pdu_t *sent,
			     const coap_nack_reason_t reason, const coap_mid_t mid)
{
	struct endpoint_link *link = coap_session_get_app_data(session);

	(void)sent;
	(void)mid;
	if (!link || link->is_gone)
		return;
	if (reason != COAP_NACK_ICMP_ISSUE) {
		if (reason != COAP_NACK_RST && reason != COAP_NACK_TOO_MANY_RETRIES)
			on_ended(link);
		return;
	}
	if (link->peer && link->peer->link == link) {
		endpoint_dial_suspect(&link->peer->dial);
		endpoint_wake_at(link->endpoint, endpoint_now_us());
	} else if (link->is_client) {
		mark(link);
	}
}

void endpoint_session_register(struct endpoint *endpoint)
{
	coap_register_event_handler(endpoint->context, on_event);
	coap_register_nack_handler(endpoint->context, on_not_delivered);
}

static void to_coap_address(const struct address *address, coap_address_t *ret_coap)
{
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(address, &storage);

	coap_address_init(ret_coap);
	memcpy(&ret_coap->addr, &storage, size);
	ret_coap->size = size;
}

static bool is_any(const struct address *address)
{
	static const uint8_t any[16], any_mapped[16] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address->ip, any, sizeof(any)) == 0 ||
	       memcmp(address->ip, any_mapped, sizeof(any_mapped)) == 0;
}

void endpoint_session_dial(struct endpoint_peer *peer, uint64_t now_us)
{
	struct endpoint *endpoint = peer->endpoint;
	struct address source = endpoint->listen;
	coap_address_t local, remote;
	coap_session_t *session;
	struct endpoint_link *link = NULL;

	assert(!peer->attempt);
	source.port = 0;
	to_coap_address(&source, &local);
	to_coap_address(&peer->dialled, &remote);
	session =
		coap_new_client_session(endpoint->context, is_any(&source) ? NULL : &local, &remote,
					endpoint->is_plain ? COAP_PROTO_UDP : COAP_PROTO_DTLS);
	endpoint->is_prepare_due = true;
	if (session)
		link = link_new(endpoint, session);
	if (!link) {
		if (session)
			coap_session_release(session);
		endpoint_dial_failed(&peer->dial, now_us);
		return;
	}
	link->is_client = true;
	link->is_referenced = true;
	link->peer = peer;
	peer->attempt = link;
	if (coap_session_get_state(session) == COAP_SESSION_STATE_NONE)
		mark(link);
	else if (endpoint->is_plain)
		endpoint_message_greet(link);
}

uint64_t endpoint_session_step(struct endpoint_peer *peer, uint64_t now_us)
{
	uint64_t wake_us;
	unsigned int actions = endpoint_dial_step(&peer->dial, now_us, &wake_us);

	if ((actions & ENDPOINT_DIAL_ABANDON) && peer->attempt) {
		peer->attempt->peer = NULL;
		mark(peer->attempt);
		peer->attempt = NULL;
	}
	if ((actions & ENDPOINT_DIAL_LOST) && peer->link)
		mark(peer->link);
	if ((actions & ENDPOINT_DIAL_PROBE) && peer->link)
		endpoint_message_probe(peer);
	if ((actions & ENDPOINT_DIAL_START) && !peer->attempt)
		endpoint_session_dial(peer, now_us);
	if (peer->dial.is_wanted && !peer->dial.is_trying && wake_us > peer->dial.retry_us &&
	    !peer->dial.is_up)
		wake_us = peer->dial.retry_us;
	return wake_us;
}

uint64_t endpoint_session_reap(struct endpoint *endpoint, uint64_t now_us)
{
	struct endpoint_link *link;
	uint64_t wake_us = UINT64_MAX;

	TAILQ_FOREACH(link, &endpoint->links, links)
	{
		uint64_t end_us = link->born_us + ENDPOINT_HALF_OPEN_US;

		if (!is_half_open(link))
			continue;
		if (now_us >= end_us)
			on_ended(link);
		else if (end_us < wake_us)
			wake_us = end_us;
	}
	return wake_us;
}

void endpoint_session_drop(struct endpoint_link *link)
{
	link_detach(link);
	mark(link);
}

void endpoint_session_settle(struct endpoint *endpoint)
{
	struct endpoint_link *link, *next;

	for (unsigned int round = 0; endpoint->has_news && round < 8; round++) {
		endpoint->has_news = false;
		TAILQ_FOREACH(link, &endpoint->links, links)
		{
			if (link->is_complete && link->peer && !link->is_gone &&
			    link->peer->link != link)
				link_adopt(link);
		}
		for (link = TAILQ_FIRST(&endpoint->links); link; link = next) {
			next = TAILQ_NEXT(link, links);
			if (link->is_gone)
				link_end(link);
		}
		for (unsigned int number = 0; number < ENDPOINT_PEERS_MAX; number++)
			if (endpoint->peers[number])
				peer_announce(endpoint->peers[number]);
	}
}

void endpoint_session_close_all(struct endpoint *endpoint)
{
	struct endpoint_link *link;

	while ((link = TAILQ_FIRST(&endpoint->links)))
		link_end(link);
}
