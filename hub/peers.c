/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Members and sessions; what a message means is the ledger's matter. */
#include "peers.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "ledger/codec.h"

enum {
	PEERS_SILENCE_US = 3 * 1000 * 1000, /* Without a sample the observation is made anew. */
	PEERS_FINGERPRINT_BYTES = 8,
	PEERS_LOG_PERIOD_US = 10 * 1000 * 1000,
};

struct peers {
	struct peers_settings settings;
	struct peers_handlers handlers;
	struct endpoint *endpoint;
	struct log_limit refused_limit;
};

bool peers_dials(const struct contract *contract, unsigned int own, unsigned int member)
{
	bool is_meter = contract->members[own].role == ROLE_METER;
	bool is_to_meter = contract->members[member].role == ROLE_METER;

	if (own == member)
		return false;
	if (is_meter != is_to_meter)
		return is_meter;
	/* Members are sorted by device id. */
	return own < member;
}

static int find_peer(struct bytes spki, void *context)
{
	struct peers *peers = context;
	int member = contract_find_spki(peers->settings.contract, spki);

	/* Our own key from elsewhere is a copy of it: nobody we know. */
	if (member < 0 || (unsigned int)member == peers->settings.own)
		return -ENOKEY;
	return member;
}

static void on_peer(unsigned int member, const struct address *address, bool is_up, void *context)
{
	struct peers *peers = context;

	(void)address;
	peers->handlers.on_peer(member, is_up, peers->handlers.context);
}

static void on_message(unsigned int member, const struct address *from, struct bytes message,
		       void *context)
{
	struct peers *peers = context;

	peers->handlers.on_message(member, from, message, peers->handlers.context);
}

static void on_notification(unsigned int member, const char *path, unsigned int content_format,
			    struct bytes content, void *context)
{
	struct peers *peers = context;

	if (strcmp(path, PEERS_POWER_PATH) == 0)
		peers->handlers.on_power(member, content_format, content, peers->handlers.context);
}

static const char *refusal_sentence(enum endpoint_refusal refusal)
{
	switch (refusal) {
	case ENDPOINT_REFUSED_KEY:
		return "a key that no member has";
	case ENDPOINT_REFUSED_HANDSHAKE:
		return "a handshake failed";
	case ENDPOINT_REFUSED_PATH:
		return "asked for something that is not there";
	case ENDPOINT_REFUSED_SIZE:
		return "a message that is too large";
	case ENDPOINT_REFUSED_RATE:
		return "more messages than a member may send";
	case ENDPOINT_REFUSED_MALFORMED:
		return "a packet that is not ours";
	case ENDPOINT_REFUSALS:
		break;
	}
	return "refused";
}

const char *peers_refusal_word(enum endpoint_refusal refusal)
{
	static const char *const words[ENDPOINT_REFUSALS] = {
		[ENDPOINT_REFUSED_KEY] = "key",
		[ENDPOINT_REFUSED_HANDSHAKE] = "handshake",
		[ENDPOINT_REFUSED_PATH] = "path",
		[ENDPOINT_REFUSED_SIZE] = "size",
		[ENDPOINT_REFUSED_RATE] = "message-rate",
		[ENDPOINT_REFUSED_MALFORMED] = "packet",
	};

	return refusal < ENDPOINT_REFUSALS ? words[refusal] : "refused";
}

/** "192.0.2.7", or the name of the member that has this address. */
static void peer_name(const struct peers *peers, const struct address *from,
		      char name[static ADDRESS_TEXT_MAX])
{
	const struct contract *contract = peers->settings.contract;

	address_to_text(from, name);
	for (size_t index = 0; index < contract->member_count; index++)
		if (address_same_host(from, &contract->members[index].address))
			(void)snprintf(name, ADDRESS_TEXT_MAX, "%s", contract->members[index].name);
}

static void on_refused(enum endpoint_refusal refusal, const struct address *from, struct bytes spki,
		       void *context)
{
	struct peers *peers = context;
	char fingerprint[2 * PEERS_FINGERPRINT_BYTES + 1] = "";
	char who[ADDRESS_TEXT_MAX];
	char why[VIEW_TEXT_MAX];
	uint64_t suppressed;
	struct hash hash;
	bool is_alarm = refusal == ENDPOINT_REFUSED_KEY || refusal == ENDPOINT_REFUSED_RATE;

	/* An unknown key names nobody, whatever address it comes from. */
	if (refusal == ENDPOINT_REFUSED_KEY)
		address_to_text(from, who);
	else
		peer_name(peers, from, who);
	hash_parts(&spki, 1, &hash);
	if (spki.size > 0)
		bytes_to_hex(BYTES(hash.bytes, PEERS_FINGERPRINT_BYTES), fingerprint,
			     sizeof(fingerprint));
	(void)snprintf(why, sizeof(why), "%s%s%s", refusal_sentence(refusal),
		       fingerprint[0] != '\0' ? ", fingerprint " : "", fingerprint);
	if (log_limit_pass(&peers->refused_limit, clock_monotonic_us(), PEERS_LOG_PERIOD_US,
			   &suppressed))
		log_warning("Refused from '%s': %s; %llu more like it since the last line.", who,
			    why, (unsigned long long)suppressed);
	peers->handlers.on_refused(who,
				   !is_alarm			     ? NULL
				   : refusal == ENDPOINT_REFUSED_KEY ? "key"
								     : "rate",
				   why, peers->handlers.context);
}

/** Dials, or in the plain control run expects, one other member. */
static int peers_begin(struct peers *peers, unsigned int member)
{
	const struct peers_settings *settings = &peers->settings;
	const struct member *to = &settings->contract->members[member];
	struct address address = to->address;
	bool is_meter = settings->contract->members[settings->own].role == ROLE_METER;
	int r = 0;

	address.port = config_peer_port(settings->config, to->name);
	if (peers_dials(settings->contract, settings->own, member)) {
		r = endpoint_dial(peers->endpoint, member, &address,
				  BYTES(to->spki, to->spki_size));
	} else if (settings->config->is_plain != 0) {
		address.port = 0; /* It dials from an ephemeral one. */
		r = endpoint_expect(peers->endpoint, member, &address);
	}
	if (r == 0 && is_meter && to->role == ROLE_APPLIANCE)
		r = endpoint_observe(peers->endpoint, member, PEERS_POWER_PATH, PEERS_SILENCE_US);
	return r;
}

int peers_open(const struct peers_settings *settings, const struct peers_handlers *handlers,
	       struct peers **ret_peers)
{
	_cleanup_(peers_closep) struct peers *peers = calloc(1, sizeof(*peers));
	struct endpoint_handlers endpoint_handlers = {find_peer,       on_peer,	   on_message,
						      on_notification, on_refused, peers};
	struct endpoint_config endpoint_config = {
		.listen = config_listen(settings->config, settings->contract, settings->own),
		.key_file = settings->key_file,
		.spki = settings->spki,
		.is_plain = settings->config->is_plain != 0,
	};
	int r;

	if (!peers)
		return -ENOMEM;
	peers->settings = *settings;
	peers->handlers = *handlers;
	r = endpoint_open(&endpoint_config, &endpoint_handlers, settings->loop, &peers->endpoint);
	for (unsigned int member = 0; r == 0 && member < settings->contract->member_count; member++)
		if (member != settings->own)
			r = peers_begin(peers, member);
	if (r < 0)
		return r;
	*ret_peers = TAKE(peers);
	return 0;
}

void peers_close(struct peers *peers)
{
	if (!peers)
		return;
	endpoint_close(peers->endpoint);
	free(peers);
}

void peers_send(struct peers *peers, unsigned int member, struct bytes message)
{
	size_t count = peers->settings.contract->member_count;

	/* Not connected or too much under way: the ledger repeats what still matters. */
	if (member < count)
		(void)!endpoint_send(peers->endpoint, member, message);
	for (unsigned int to = 0; member == LEDGER_MEMBERS_MAX && to < count; to++)
		if (to != peers->settings.own)
			(void)!endpoint_send(peers->endpoint, to, message);
}

bool peers_is_up(const struct peers *peers, unsigned int member)
{
	return member == peers->settings.own || endpoint_is_up(peers->endpoint, member);
}

int peers_publish_power(struct peers *peers, unsigned int content_format, struct bytes content)
{
	return endpoint_publish(peers->endpoint, PEERS_POWER_PATH, content_format, content);
}

uint64_t peers_refused(const struct peers *peers, enum endpoint_refusal refusal)
{
	return endpoint_refused(peers->endpoint, refusal);
}
