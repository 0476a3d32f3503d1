/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Observations of peers' resources (RFC 7641), kept over every session, with a watchdog: a silent
 * one is registered again, and after twice its time the session is dialled again.
 */
#include "endpoint_private.h"

#include <errno.h>

enum {
	FRESH_AFTER_US = 128000000, /* RFC 7641 section 3.4 */
	SEQUENCE_HALF = 1 << 23,
	PDU_SIZE = 256,
};

static bool add_path(coap_pdu_t *pdu, const char *path)
{
	while (*path == '/') {
		const char *segment = path + 1;
		size_t size = strcspn(segment, "/");

		if (coap_add_option(pdu, COAP_OPTION_URI_PATH, size, (const uint8_t *)segment) == 0)
			return false;
		path = segment + size;
	}
	return true;
}

/** GET with Observe: 0; the same token each time, so that the far side keeps one entry. */
static void ask(struct endpoint_peer *peer, struct endpoint_observation *observation,
		uint64_t now_us)
{
	coap_session_t *session = peer->link->session;
	uint8_t number[4];
	coap_pdu_t *pdu;

	observation->asked_us = now_us;
	if (!session || coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED)
		return;
	pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, coap_new_message_id(session),
			    PDU_SIZE);
	if (!pdu)
		return;
	if (!coap_add_token(pdu, sizeof(observation->token), observation->token) ||
	    coap_add_option(pdu, COAP_OPTION_OBSERVE,
			    coap_encode_var_safe(number, sizeof(number), COAP_OBSERVE_ESTABLISH),
			    number) == 0 ||
	    !add_path(pdu, observation->path)) {
		coap_delete_pdu(pdu);
		return;
	}
	(void)coap_send(session, pdu);
	peer->endpoint->is_prepare_due = true;
}

void endpoint_observe_restart(struct endpoint_peer *peer, uint64_t now_us)
{
	for (unsigned int index = 0; index < peer->observation_count; index++) {
		peer->observations[index].has_sequence = false;
		peer->observations[index].heard_us = now_us;
		peer->observations[index].asked_us = 0;
	}
}

/** A new session asks at once; a silent one again, and then gives the session up. */
uint64_t endpoint_observe_step(struct endpoint_peer *peer, uint64_t now_us)
{
	uint64_t wake_us = UINT64_MAX;

	for (unsigned int index = 0; index < peer->observation_count && peer->link; index++) {
		struct endpoint_observation *observation = &peer->observations[index];
		uint64_t last_us = observation->heard_us;

		if (observation->asked_us == 0) {
			ask(peer, observation, now_us);
		} else if (now_us - observation->heard_us >= 2 * observation->silence_us) {
			observation->heard_us = now_us;
			endpoint_dial_suspect(&peer->dial);
			ask(peer, observation, now_us);
		} else if (now_us - observation->heard_us >= observation->silence_us &&
			   now_us - observation->asked_us >= observation->silence_us) {
			ask(peer, observation, now_us);
		}
		if (observation->asked_us > last_us)
			last_us = observation->asked_us;
		if (last_us + observation->silence_us < wake_us)
			wake_us = last_us + observation->silence_us;
	}
	return wake_us;
}

static struct endpoint_observation *find_by_token(struct endpoint_peer *peer,
						  coap_bin_const_t token)
{
	for (unsigned int index = 0; index < peer->observation_count; index++)
		if (bytes_equal(BYTES(token.s, token.length),
				BYTES_OF(peer->observations[index].token)))
			return &peer->observations[index];
	return NULL;
}

/** RFC 7641 section 3.4: neither a copy nor an older one that was overtaken. */
static bool is_fresh(struct endpoint_observation *observation, uint32_t sequence, uint64_t now_us)
{
	uint32_t ahead = (sequence - observation->sequence) & (2 * SEQUENCE_HALF - 1);

	if (observation->has_sequence && (ahead == 0 || ahead >= SEQUENCE_HALF) &&
	    now_us - observation->sequence_us < FRESH_AFTER_US)
		return false;
	observation->has_sequence = true;
	observation->sequence = sequence;
	observation->sequence_us = now_us;
	return true;
}

static unsigned int option_number(const coap_pdu_t *pdu, coap_option_num_t option,
				  unsigned int otherwise)
{
	coap_opt_iterator_t iterator;
	coap_opt_t *found = coap_check_option(pdu, option, &iterator);

	if (!found)
		return otherwise;
	return coap_decode_var_bytes(coap_opt_value(found), coap_opt_length(found));
}

static coap_response_t on_response(coap_session_t *session, const coap_pdu_t *sent,
				   const coap_pdu_t *received, const coap_mid_t mid)
{
	struct endpoint_link *link = NULL;
	struct endpoint_peer *peer = endpoint_session_heard(session, &link);
	struct endpoint_observation *observation;
	const struct endpoint_handlers *handlers;
	unsigned int sequence = option_number(received, COAP_OPTION_OBSERVE, UINT32_MAX);
	uint64_t now_us = endpoint_now_us();
	struct bytes content = {0};

	(void)sent;
	(void)mid;
	if (!peer)
		return COAP_RESPONSE_FAIL;
	observation = find_by_token(peer, coap_pdu_get_token(received));
	/* Reset ends an observation that we know nothing of; an error is answered by the watchdog.
	 */
	if (!observation)
		return COAP_RESPONSE_FAIL;
	if (COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) != 2)
		return COAP_RESPONSE_OK;
	observation->heard_us = now_us;
	if (sequence != UINT32_MAX && !is_fresh(observation, sequence, now_us))
		return COAP_RESPONSE_OK;
	(void)coap_get_data(received, &content.size, &content.data);
	handlers = &peer->endpoint->handlers;
	handlers->on_notification(peer->number, observation->path,
				  option_number(received, COAP_OPTION_CONTENT_FORMAT, 0), content,
				  handlers->context);
	return COAP_RESPONSE_OK;
}

void endpoint_observe_register(struct endpoint *endpoint)
{
	coap_register_response_handler(endpoint->context, on_response);
}

int endpoint_observe(struct endpoint *endpoint, unsigned int number, const char *path,
		     uint64_t silence_us)
{
	struct endpoint_peer *peer;
	struct endpoint_observation *observation = NULL;
	uint64_t random;

	if (number >= ENDPOINT_PEERS_MAX || path[0] != '/' || strlen(path) < 2 ||
	    strlen(path) >= ENDPOINT_PATH_MAX || silence_us == 0)
		return -EINVAL;
	peer = endpoint_peer(endpoint, number);
	if (!peer)
		return -ENOMEM;
	for (unsigned int index = 0; index < peer->observation_count; index++)
		if (strcmp(peer->observations[index].path, path) == 0)
			observation = &peer->observations[index];
	if (!observation) {
		if (peer->observation_count >= ENDPOINT_OBSERVATIONS_MAX)
			return -ENOSPC;
		observation = &peer->observations[peer->observation_count++];
		*observation = (struct endpoint_observation){.heard_us = endpoint_now_us()};
		memcpy(observation->path, path, strlen(path) + 1);
		random = endpoint_random(endpoint);
		memcpy(observation->token, &random, sizeof(observation->token));
	}
	observation->silence_us = silence_us;
	endpoint_wake_at(endpoint, endpoint_now_us());
	endpoint_kick(endpoint);
	return 0;
}
