/* SPDX-License-Identifier: GPL-3.0-or-later */
/** POST /l, not confirmed and not answered: packets of frames out to peers and in from them. */
#include "endpoint_private.h"

#include <errno.h>

enum { DATAGRAM_COST_MIN = 256, REPORT_RATE_US = 1000000 };

static const uint8_t ledger_path[] = {'l'};

/** Returns 0 or -EIO; libcoap has freed the PDU either way. */
static int send_packet(struct endpoint_link *link, struct bytes packet)
{
	coap_session_t *session = link->session;
	coap_pdu_t *pdu;

	if (!session || coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED)
		return -EIO;
	pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_CODE_POST, coap_new_message_id(session),
			    coap_session_max_pdu_size(session));
	if (!pdu)
		return -EIO;
	if (coap_add_option(pdu, COAP_OPTION_URI_PATH, sizeof(ledger_path), ledger_path) == 0 ||
	    !coap_add_data(pdu, packet.size, packet.data)) {
		coap_delete_pdu(pdu);
		return -EIO;
	}
	return coap_send(session, pdu) == COAP_INVALID_MID ? -EIO : 0;
}

/** The packet that waits for @peer goes out; what fails to is lost, as any datagram may be. */
static void send_waiting(struct endpoint_peer *peer)
{
	if (peer->packet.size > 0 && peer->link)
		(void)!send_packet(peer->link, BYTES(peer->packet.data, peer->packet.size));
	peer->packet.size = 0;
}

static void add_frame(struct endpoint_peer *peer, const struct endpoint_frame *frame)
{
	if (endpoint_packet_add(&peer->packet, frame))
		return;
	send_waiting(peer);
	(void)endpoint_packet_add(&peer->packet, frame);
}

void endpoint_message_probe(struct endpoint_peer *peer)
{
	struct endpoint_frame frame = {.kind = ENDPOINT_FRAME_PROBE};

	add_frame(peer, &frame);
}

void endpoint_message_greet(struct endpoint_link *link)
{
	struct endpoint_frame frame = {.kind = ENDPOINT_FRAME_PROBE};
	struct endpoint_packet packet = {0};

	(void)endpoint_packet_add(&packet, &frame);
	(void)!send_packet(link, BYTES(packet.data, packet.size));
}

void endpoint_message_flush(struct endpoint_peer *peer, uint64_t now_us)
{
	struct endpoint_frame frame;

	if (!peer->link) {
		peer->packet.size = 0;
		return;
	}
	if (endpoint_receiver_acknowledge(&peer->receiver, &frame))
		add_frame(peer, &frame);
	while (endpoint_sender_next(&peer->sender, now_us, &frame))
		add_frame(peer, &frame);
	send_waiting(peer);
	endpoint_wake_at(peer->endpoint, peer->sender.deadline_us);
}

void endpoint_message_reset(struct endpoint_peer *peer)
{
	peer->endpoint->sending_size -= peer->sender.size;
	peer->endpoint->assembling_size -= peer->receiver.size;
	endpoint_sender_clear(&peer->sender);
	endpoint_receiver_clear(&peer->receiver);
	peer->packet.size = 0;
}

uint64_t endpoint_message_step(struct endpoint_peer *peer, uint64_t now_us)
{
	struct endpoint *endpoint = peer->endpoint;
	uint64_t wake_us = UINT64_MAX;
	size_t size = peer->sender.size;

	(void)endpoint_sender_expire(&peer->sender, now_us);
	endpoint->sending_size -= size - peer->sender.size;
	size = peer->receiver.size;
	(void)endpoint_receiver_expire(&peer->receiver, now_us);
	endpoint->assembling_size -= size - peer->receiver.size;
	wake_us = peer->sender.deadline_us;
	if (peer->receiver.data && peer->receiver.heard_us + ENDPOINT_ASSEMBLY_MAX_US < wake_us)
		wake_us = peer->receiver.heard_us + ENDPOINT_ASSEMBLY_MAX_US;
	return wake_us;
}

int endpoint_send(struct endpoint *endpoint, unsigned int number, struct bytes message)
{
	struct endpoint_peer *peer = number < ENDPOINT_PEERS_MAX ? endpoint->peers[number] : NULL;
	struct endpoint_frame frame = {.kind = ENDPOINT_FRAME_MESSAGE, .data = message};
	int error;

	if (message.size > ENDPOINT_MESSAGE_MAX)
		return -EMSGSIZE;
	if (!peer || !peer->link)
		return -ENOTCONN;
	endpoint_kick(endpoint);
	if (message.size <= ENDPOINT_FRAME_MESSAGE_MAX) {
		add_frame(peer, &frame);
		return 0;
	}
	if (message.size > ENDPOINT_SENDING_SIZE_MAX - endpoint->sending_size)
		return -ENOBUFS;
	error = endpoint_sender_push(&peer->sender, message, endpoint_now_us());
	if (error < 0)
		return -ENOBUFS;
	endpoint->sending_size += message.size;
	return 0;
}

bool endpoint_message_may_cost(struct endpoint_link *link, struct endpoint_peer *peer,
			       unsigned int messages, size_t bytes)
{
	uint64_t now_us = endpoint_now_us();
	struct endpoint *endpoint = peer->endpoint;

	if (endpoint_rate_take(&peer->rate, now_us, messages, (unsigned int)bytes))
		return true;
	endpoint->reports[ENDPOINT_REFUSED_RATE].count++;
	/* The owner learns of it once a second. */
	if (now_us - peer->reported_rate_us < REPORT_RATE_US)
		return false;
	peer->reported_rate_us = now_us;
	endpoint->handlers.on_refused(ENDPOINT_REFUSED_RATE, &link->address, BYTES(NULL, 0),
				      endpoint->handlers.context);
	return false;
}

static void deliver(struct endpoint_link *link, struct endpoint_peer *peer, struct bytes message)
{
	const struct endpoint_handlers *handlers = &peer->endpoint->handlers;
	struct address from = link->address;

	if (endpoint_message_may_cost(link, peer, 1, 0))
		handlers->on_message(peer->number, &from, message, handlers->context);
}

static void on_piece(struct endpoint_link *link, struct endpoint_peer *peer,
		     const struct endpoint_frame *frame)
{
	struct endpoint *endpoint = peer->endpoint;
	size_t before = peer->receiver.size;
	enum endpoint_received received;
	_cleanup_(freep) uint8_t *message = NULL;
	size_t size;

	received = endpoint_receiver_piece(&peer->receiver, frame,
					   ENDPOINT_ASSEMBLING_SIZE_MAX - endpoint->assembling_size,
					   endpoint_now_us());
	if (received == ENDPOINT_RECEIVED_ALL)
		message = endpoint_receiver_take(&peer->receiver, &size);
	endpoint->assembling_size += peer->receiver.size - before;
	if (message)
		deliver(link, peer, BYTES(message, size));
	else if (peer->receiver.data)
		endpoint_wake_at(endpoint, peer->receiver.heard_us + ENDPOINT_ASSEMBLY_MAX_US);
}

static void on_frame(struct endpoint_link *link, struct endpoint_peer *peer,
		     const struct endpoint_frame *frame)
{
	struct endpoint_frame answer = {.kind = ENDPOINT_FRAME_ANSWER, .token = frame->token};
	size_t size;

	switch (frame->kind) {
	case ENDPOINT_FRAME_MESSAGE:
		deliver(link, peer, frame->data);
		return;
	case ENDPOINT_FRAME_PIECE:
		on_piece(link, peer, frame);
		return;
	case ENDPOINT_FRAME_ACKNOWLEDGE:
		size = peer->sender.size;
		endpoint_sender_acknowledge(&peer->sender, frame->id, frame->pieces,
					    endpoint_now_us());
		peer->endpoint->sending_size -= size - peer->sender.size;
		return;
	case ENDPOINT_FRAME_PROBE:
		add_frame(peer, &answer);
		return;
	case ENDPOINT_FRAME_ANSWER:
		return;
	}
}

static void on_post(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
		    const coap_string_t *query, coap_pdu_t *response)
{
	struct endpoint_link *link = NULL;
	struct endpoint_peer *peer = endpoint_session_heard(session, &link);
	struct endpoint_packet_reader reader = {0};
	struct endpoint_frame frame;
	int more;

	(void)resource;
	(void)query;
	if (!peer) {
		coap_pdu_set_code(response, COAP_RESPONSE_CODE_UNAUTHORIZED);
		return;
	}
	if (!coap_get_data(request, &reader.rest.size, &reader.rest.data) ||
	    !endpoint_message_may_cost(link, peer, 0, reader.rest.size + DATAGRAM_COST_MIN))
		return;
	/* The owner may end the session in the middle of a packet. */
	while ((more = endpoint_packet_next(&reader, &frame)) > 0 && peer->link == link)
		on_frame(link, peer, &frame);
	if (more < 0)
		endpoint_refuse(peer->endpoint,
				more == -EMSGSIZE ? ENDPOINT_REFUSED_SIZE
						  : ENDPOINT_REFUSED_MALFORMED,
				&link->address, BYTES(NULL, 0));
	/* No code, no response (RFC 7252 section 5.2.3); a confirmable one gets an empty ACK. */
}

int endpoint_message_register(struct endpoint *endpoint)
{
	coap_str_const_t path = {.length = sizeof(ledger_path), .s = ledger_path};
	coap_resource_t *resource = coap_resource_init(&path, 0);

	if (!resource)
		return -ENOMEM;
	endpoint_resource_refuse_methods(resource);
	coap_register_request_handler(resource, COAP_REQUEST_POST, on_post);
	coap_add_resource(endpoint->context, resource);
	return 0;
}
