/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the files of the endpoint share. A peer is who we know, a link is one session of libcoap
 * with whoever. Links are marked in libcoap's callbacks and freed in endpoint_settle() only: a
 * session freed within a callback may have its next event in the batch at hand.
 */
#pragma once

#include <coap3/coap.h>
#include <sys/queue.h>

#include "drivers/endpoint.h"
#include "endpoint_dial.h"
#include "endpoint_fragment.h"
#include "endpoint_key.h"
#include "endpoint_packet.h"
#include "endpoint_rate.h"

enum {
	ENDPOINT_HALF_OPEN_MAX =
		64, /**< Sessions without a finished handshake, about 20 kB each. */
	ENDPOINT_HALF_OPEN_US = 10000000, /**< How long a handshake may take. */
	ENDPOINT_OBSERVATIONS_MAX = 8,	  /**< Of one peer. */
	ENDPOINT_RESOURCES_MAX = 32,
	ENDPOINT_TOKEN_SIZE = 8,
	ENDPOINT_SENDING_SIZE_MAX = 8 * 1024 * 1024, /**< Long messages of all peers. */
	ENDPOINT_ASSEMBLING_SIZE_MAX = 4 * 1024 * 1024,
	ENDPOINT_REPORTS_MAX = 16, /**< Calls of on_refused a second, of one kind. */
	ENDPOINT_SIMULTANEOUS_US =
		2000000, /**< Sessions this close together were dialled at once. */
};

struct endpoint_peer;

struct endpoint_link {
	TAILQ_ENTRY(endpoint_link) links;
	struct endpoint *endpoint;
	coap_session_t *session;    /**< NULL once libcoap has freed it. */
	struct endpoint_peer *peer; /**< Who the key belongs to; NULL before it was shown. */
	struct address address;
	uint64_t serial; /**< From 1, no two alike. */
	uint64_t born_us;
	bool is_client;
	bool is_referenced; /**< Ours to release. */
	bool is_key_shown;  /**< And it is the right one; not yet proved. */
	bool is_complete;   /**< The handshake is through: the key is proved. */
	bool is_gone;	    /**< To be ended at the next settling. */
	bool is_key_refused;
};

struct endpoint_observation {
	char path[ENDPOINT_PATH_MAX];
	uint8_t token[ENDPOINT_TOKEN_SIZE];
	uint64_t silence_us;
	uint64_t heard_us, asked_us;
	bool has_sequence;
	uint32_t sequence; /**< 24 bits, RFC 7641 section 3.4. */
	uint64_t sequence_us;
};

struct endpoint_peer {
	unsigned int number;
	struct endpoint *endpoint;
	struct endpoint_link *link;    /**< The one session, complete. */
	struct endpoint_link *attempt; /**< Our handshake under way. */
	uint64_t announced_serial;     /**< Of the link that the owner knows of; 0: none. */
	struct address announced_address;
	struct endpoint_dial dial;
	bool is_dialled, is_expected;
	struct address dialled, expected;
	uint8_t spki[ENDPOINT_SPKI_MAX]; /**< What the dialled peer must show. */
	size_t spki_size;
	struct endpoint_rate rate;
	uint64_t reported_rate_us;
	struct endpoint_packet packet; /**< Goes out at the end of the loop's turn. */
	struct endpoint_sender sender;
	struct endpoint_receiver receiver;
	unsigned int observation_count;
	struct endpoint_observation observations[ENDPOINT_OBSERVATIONS_MAX];
};

struct endpoint_resource {
	char path[ENDPOINT_PATH_MAX];
	coap_resource_t *resource;
	unsigned int content_format;
	size_t size;
	uint8_t content[ENDPOINT_CONTENT_MAX];
};

struct endpoint_report {
	uint64_t count;
	uint64_t second_us;
	unsigned int calls; /**< In that second. */
};

TAILQ_HEAD(endpoint_links, endpoint_link);

struct endpoint {
	struct endpoint_handlers handlers;
	struct address listen;
	bool is_plain;
	bool is_dispatching; /**< Within libcoap or a callback: settle later. */
	bool has_news;	     /**< Links to adopt, announce or end. */
	bool is_prepare_due; /**< libcoap's timer must be set anew. */
	struct endpoint_key key;
	coap_dtls_key_t dtls_key;
	uint8_t spki[ENDPOINT_SPKI_MAX];
	size_t spki_size;
	coap_context_t *context;
	sd_event *loop;
	sd_event_source *io, *timer, *kick;
	uint64_t wake_us; /**< What the timer is set to. */
	uint64_t random;
	uint64_t serial;
	struct endpoint_links links;
	size_t sending_size, assembling_size;
	struct endpoint_peer *peers[ENDPOINT_PEERS_MAX];
	unsigned int resource_count;
	struct endpoint_resource *resources[ENDPOINT_RESOURCES_MAX];
	struct endpoint_report reports[ENDPOINT_REFUSALS];
};

/* endpoint.c */
uint64_t endpoint_now_us(void);
uint64_t endpoint_random(struct endpoint *endpoint);
/** Sees to it that the timer fires no later. */
void endpoint_wake_at(struct endpoint *endpoint, uint64_t time_us);
/** Asks for a settling in this turn of the loop. */
void endpoint_kick(struct endpoint *endpoint);
struct endpoint_peer *endpoint_peer(struct endpoint *endpoint, unsigned int number);
void endpoint_refuse(struct endpoint *endpoint, enum endpoint_refusal refusal,
		     const struct address *from, struct bytes spki);

/* endpoint_dtls.c */
_must_check_ int endpoint_dtls_set_up(struct endpoint *endpoint);
/** Whether the far side has proved that it receives at its address. */
bool endpoint_dtls_has_answered(const coap_session_t *session);

/* endpoint_session.c */
void endpoint_session_register(struct endpoint *endpoint);
void endpoint_session_dial(struct endpoint_peer *peer, uint64_t now_us);
/** Carries out what the clock of @peer says; returns when to ask again. */
uint64_t endpoint_session_step(struct endpoint_peer *peer, uint64_t now_us);
/** The peer who sent this, its session adopted and announced; NULL if it may not speak. */
struct endpoint_peer *endpoint_session_heard(coap_session_t *session,
					     struct endpoint_link **ret_link);
/** Half-open sessions past their time are marked; returns when to ask again. */
uint64_t endpoint_session_reap(struct endpoint *endpoint, uint64_t now_us);
void endpoint_session_drop(struct endpoint_link *link);
void endpoint_session_settle(struct endpoint *endpoint);
void endpoint_session_close_all(struct endpoint *endpoint);

/* endpoint_message.c */
_must_check_ int endpoint_message_register(struct endpoint *endpoint);
void endpoint_message_reset(struct endpoint_peer *peer);
void endpoint_message_probe(struct endpoint_peer *peer);
/** Sends what waits for @peer. */
void endpoint_message_flush(struct endpoint_peer *peer, uint64_t now_us);
uint64_t endpoint_message_step(struct endpoint_peer *peer, uint64_t now_us);
/** Takes what the peer's bytes and messages cost; false: it is beyond its rate, refuse it. */
bool endpoint_message_may_cost(struct endpoint_link *link, struct endpoint_peer *peer,
			       unsigned int messages, size_t bytes);
/** A lone frame over a session that is not yet the peer's. */
void endpoint_message_greet(struct endpoint_link *link);

/* endpoint_resource.c */
_must_check_ int endpoint_resource_register(struct endpoint *endpoint);
/** Every method of @resource answers 4.05 and is counted, until another handler is set. */
void endpoint_resource_refuse_methods(coap_resource_t *resource);
/** To be called when libcoap has let go of them. */
void endpoint_resource_free(struct endpoint *endpoint);

/* endpoint_observe.c */
void endpoint_observe_register(struct endpoint *endpoint);
void endpoint_observe_restart(struct endpoint_peer *peer, uint64_t now_us);
uint64_t endpoint_observe_step(struct endpoint_peer *peer, uint64_t now_us);
