/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A member that cheats, for test_rogues.py: it speaks the true protocol through the true endpoint
 * and breaks one rule. It never votes.
 *
 *	rogue CONTRACT KEYS ADDRESS DEED END_US SECONDS [VICTIM]
 *
 * ADDRESS: where it sends from. END_US: a multiple of the interval, the end of its newest reading.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "drivers/endpoint.h"
#include "ledger/codec.h"
#include "ledger/contract.h"
#include "ledger/keys.h"

enum {
	PORT = 5684,
	TICK_US = 10 * 1000,
	FLOOD_A_TICK = 10,	/**< A thousand a second. */
	REPEAT_TICKS = 20,
	FLOOD_MAX = 100 * 1000,
	CONTRACT_SIZE_MAX = 256 * 1024,
};

enum deed {
	DEED_HONEST,
	DEED_REGISTER,	/**< The second reading's register is below the first one's. */
	DEED_OTHER,	/**< A reading in the name of VICTIM. */
	DEED_FLOOD,
	DEEDS,
};

struct rogue {
	struct contract *contract;
	struct keys *keys;
	struct endpoint *endpoint;
	sd_event *loop;
	enum deed deed;
	struct device_id device;	/**< In whose name. */
	int64_t end_us;
	unsigned int ticks;
	unsigned int ticks_max;
	uint64_t sequence;	/**< Of the newest transaction. */
	struct hash previous;
	struct transaction first, second;
};

static int find_peer(struct bytes spki, void *context)
{
	const struct rogue *rogue = context;
	int member = contract_find_spki(rogue->contract, spki);

	return member < 0 ? -ENOKEY : member;
}

static void on_peer(unsigned int peer, const struct address *address, bool is_up, void *context)
{
	const struct rogue *rogue = context;

	(void)address;
	printf("%s %s\n", rogue->contract->members[peer].name, is_up ? "up" : "gone");
}

static void on_message(unsigned int peer, const struct address *from, struct bytes message,
		       void *context)
{
	(void)peer;
	(void)from;
	(void)message;
	(void)context;
}

static void on_notification(unsigned int peer, const char *path, unsigned int content_format,
			    struct bytes content, void *context)
{
	(void)path;
	(void)content_format;
	on_message(peer, NULL, content, context);
}

static void on_refused(enum endpoint_refusal refusal, const struct address *from, struct bytes spki,
		       void *context)
{
	(void)from;
	(void)spki;
	(void)context;
	printf("we refused: %d\n", (int)refusal);
}

/** The next transaction of its chain, signed with its own key. */
static struct transaction make_reading(struct rogue *rogue, int64_t end_us, int64_t import_mwh)
{
	struct signer signer = keys_signer(rogue->keys);
	struct transaction made = {
		.type = TRANSACTION_READING,
		.device = rogue->device,
		.incarnation = 0,
		.sequence = ++rogue->sequence,
		.previous = rogue->previous,
		.time_us = end_us,
		.reading = {
			.start_us = end_us - rogue->contract->interval_us,
			.end_us = end_us,
			.import_mwh = import_mwh,
			.observed_us = rogue->contract->interval_us,
		},
	};

	transaction_set_hash(&rogue->contract->chain, &made);
	if (signer.sign(signer.context, &made.hash, &made.signature) < 0)
		abort();
	rogue->previous = made.hash;
	return made;
}

static void send_to_all(struct rogue *rogue, const struct transaction *transaction)
{
	uint8_t data[1024];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	message_write_transaction(&writer, transaction);
	for (unsigned int member = 0; member < rogue->contract->member_count; member++)
		if (endpoint_is_up(rogue->endpoint, member) &&
		    endpoint_send(rogue->endpoint, member, BYTES(data, writer.size)) < 0)
			printf("not sent\n");
}

/** Long past intervals, one after the other: each reading by itself is good. */
static void flood(struct rogue *rogue)
{
	int64_t interval_us = rogue->contract->interval_us;

	for (unsigned int index = 0; index < FLOOD_A_TICK; index++) {
		int64_t left = FLOOD_MAX - (int64_t)rogue->sequence;
		struct transaction one = make_reading(rogue, rogue->end_us - left * interval_us,
						      (int64_t)rogue->sequence);

		send_to_all(rogue, &one);
	}
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct rogue *rogue = userdata;
	bool is_turn = rogue->ticks % REPEAT_TICKS == 0;

	if (rogue->ticks++ == rogue->ticks_max)
		return sd_event_exit(rogue->loop, 0);
	if (rogue->deed == DEED_FLOOD)
		flood(rogue);
	else if (is_turn)
		send_to_all(rogue, &rogue->first);
	if (is_turn && rogue->deed == DEED_REGISTER)
		send_to_all(rogue, &rogue->second);
	(void)sd_event_source_set_time(source, usec + TICK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int load_contract(const char *path, struct contract **ret_contract)
{
	_cleanup_(freep) uint8_t *text = malloc(CONTRACT_SIZE_MAX);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct text_error error = {0};
	ssize_t size;
	int r;

	if (!text || fd < 0)
		return -errno;
	size = read(fd, text, CONTRACT_SIZE_MAX);
	if (size < 0)
		return -errno;
	r = contract_parse(path, BYTES(text, (size_t)size), ret_contract, &error);
	if (r < 0)
		printf("%s\n", error.message);
	return r;
}

static int open_endpoint(struct rogue *rogue, const char *address)
{
	const struct endpoint_handlers handlers = {
		.find_peer = find_peer,
		.on_peer = on_peer,
		.on_message = on_message,
		.on_notification = on_notification,
		.on_refused = on_refused,
		.context = rogue,
	};
	struct endpoint_config config = {
		.key_file = keys_dtls_file(rogue->keys),
		.spki = keys_spki(rogue->keys),
	};
	int r = address_from_text(address, &config.listen);

	config.listen.port = PORT;
	if (r == 0)
		r = endpoint_open(&config, &handlers, rogue->loop, &rogue->endpoint);
	for (unsigned int index = 0; r == 0 && index < rogue->contract->member_count; index++) {
		const struct member *member = &rogue->contract->members[index];
		struct bytes spki = BYTES(member->spki, member->spki_size);
		struct address there = member->address;

		there.port = PORT;
		if (!bytes_equal(spki, config.spki))
			r = endpoint_dial(rogue->endpoint, index, &there, spki);
	}
	return r;
}

/** What it will say: prepared once, so that repetitions are the same bytes. */
static int prepare(struct rogue *rogue, const char *victim)
{
	int64_t interval_us = rogue->contract->interval_us;

	rogue->device = keys_device_id(keys_sign_key(rogue->keys));
	if (rogue->deed == DEED_OTHER) {
		int member = contract_find_name(rogue->contract, victim);

		if (member < 0)
			return member;
		rogue->device = rogue->contract->members[member].id;
	}
	if (rogue->deed == DEED_FLOOD)
		return 0;
	rogue->first = make_reading(rogue, rogue->end_us - interval_us, 1000);
	rogue->second = make_reading(rogue, rogue->end_us, 10);
	return 0;
}

static int run(struct rogue *rogue, char **arguments, const char *victim)
{
	sd_event_source *timer = NULL;
	int r = load_contract(arguments[0], &rogue->contract);

	if (r == 0)
		r = keys_load(arguments[1], &rogue->keys);
	if (r == 0)
		r = sd_event_new(&rogue->loop);
	if (r >= 0)
		r = prepare(rogue, victim);
	if (r == 0)
		r = open_endpoint(rogue, arguments[2]);
	if (r == 0)
		r = sd_event_add_time_relative(rogue->loop, &timer, CLOCK_MONOTONIC, TICK_US, 1000,
					       on_tick, rogue);
	if (r >= 0)
		r = sd_event_loop(rogue->loop);
	endpoint_close(rogue->endpoint);
	sd_event_source_unref(timer);
	sd_event_unref(rogue->loop);
	keys_free(rogue->keys);
	contract_free(rogue->contract);
	return r;
}

int main(int count, char **arguments)
{
	static const char *const deeds[DEEDS] = {"honest", "register", "other", "flood"};
	struct rogue rogue = {.deed = DEEDS};
	int r;

	if (count < 7)
		return 64;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int deed = 0; deed < DEEDS; deed++)
		if (strcmp(arguments[4], deeds[deed]) == 0)
			rogue.deed = (enum deed)deed;
	if (rogue.deed == DEEDS)
		return 64;
	rogue.end_us = strtoll(arguments[5], NULL, 10);
	rogue.ticks_max = (unsigned int)strtoul(arguments[6], NULL, 10) * (1000 * 1000 / TICK_US);
	r = run(&rogue, arguments + 1, count > 7 ? arguments[7] : "");
	if (r < 0)
		printf("rogue: %s\n", strerror(-r));
	return r < 0;
}
