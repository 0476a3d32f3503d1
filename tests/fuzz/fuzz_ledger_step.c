/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Any bytes as what three members tell a fourth, whose ledger runs: whatever they say, it stands,
 * it stays bounded, and no block is stored without a quorum.
 *
 *   input  [flags] then events: [kind + 4 * member] and, by kind,
 *     0 receive  [size, two bytes] [message]
 *     1 tick     [e]: 2^e microseconds later
 *     2 submit   [milliwatt-hours more]
 *     3 peer     [1 up, 0 gone]
 *
 * Flag 1 lets every signature pass, so that what lies behind it is reached too; then anybody is a
 * quorum, and only the rest must hold.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "ledger/core.h"
#include "tests/unit/ledger_fixture.h"

enum { MEMBERS = 4, OWN = 0, EVENTS_MAX = 4096, TICK_EXPONENT_MAX = 26, FLAG_TRUSTING = 1 };

struct run {
	struct fixture fixture;
	struct ledger *ledger;
	struct fixture_records records;
	struct verifier verifier;
	bool is_trusting;
	int64_t now_us;
	int64_t end_us;
	int64_t import_mwh;
};

static bool trust(void *context, const struct public_key *key, const struct hash *hash,
		  const struct signature *signature)
{
	(void)context;
	(void)key;
	(void)hash;
	(void)signature;
	return true;
}

/** The newest block of a step has a FINAL certificate of its own, which finalises those below. */
static void check_block(const struct run *run, const struct ledger_effects *effects, size_t at)
{
	const struct ledger_effect *put = &effects->list[at];
	struct certificate certificate = {.count = 0};
	struct cbor_reader reader;
	struct block block;

	for (size_t i = at + 1; i < effects->count; i++) {
		const struct ledger_effect *effect = &effects->list[i];

		if (effect->kind != LEDGER_EFFECT_PUT)
			continue;
		if (effect->record.table == LEDGER_TABLE_BLOCK)
			return;
		if (effect->record.table != LEDGER_TABLE_CERTIFICATE)
			continue;
		cbor_read_init(&reader, effect->record.value);
		certificate_read(&reader, &certificate);
	}
	cbor_read_init(&reader, put->record.value);
	block_read(&reader, &run->fixture.contract->chain, &block);
	assert(cbor_read_end(&reader) == 0);
	assert(certificate.kind == VOTE_FINAL && certificate.slot == block.header.slot);
	assert(hash_equal(&certificate.block, &block.hash));
	assert(certificate_verify(run->fixture.contract, run->verifier, &certificate));
	block_clear(&block);
}

static void check_bounds(const struct ledger *ledger)
{
	const struct contract *contract = ledger->contract;

	assert(ledger->pool.count <= contract->member_count * contract->window);
	for (size_t judge = 0; judge < contract->member_count; judge++)
		assert(ledger->pool.batch_counts[judge] <= POOL_BATCHES_MAX);
	assert(ledger->tree.count <= TREE_NODES_MAX);
	assert(ledger->slots.count <= SLOTS_MAX);
	assert(ledger->outbox_count <= OUTBOX_MAX);
	assert(ledger->slot < ledger->slots.base + SLOTS_MAX + 1);
}

static void step(struct run *run, struct ledger_event *event)
{
	struct ledger_effects effects;
	int r;

	event->monotonic_us = run->now_us;
	event->time_us = run->now_us;
	r = ledger_step(run->ledger, event, &effects);
	assert(r == 0);
	(void)r;
	for (size_t i = 0; i < effects.count; i++) {
		const struct ledger_effect *effect = &effects.list[i];

		if (effect->kind == LEDGER_EFFECT_DELETE)
			fixture_record_delete(&run->records, effect->record.table,
					      effect->record.key);
		if (effect->kind != LEDGER_EFFECT_PUT)
			continue;
		fixture_record_put(&run->records, effect->record.table, effect->record.key,
				   effect->record.value);
		if (effect->record.table == LEDGER_TABLE_BLOCK && !run->is_trusting)
			check_block(run, &effects, i);
	}
}

static void submit(struct run *run, uint8_t more)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT};

	event.submit.start_us = run->end_us;
	run->end_us += run->fixture.contract->interval_us;
	if (run->now_us < run->end_us)
		run->now_us = run->end_us;
	run->import_mwh += more;
	event.submit.end_us = run->end_us;
	event.submit.import_mwh = run->import_mwh;
	step(run, &event);
}

/** One event; false if the input is too short for it. */
static bool next_event(struct run *run, struct bytes *input)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};
	unsigned int member = (input->data[0] >> 2) % MEMBERS;
	uint8_t value = input->size > 1 ? input->data[1] : 0;
	size_t size = 2;

	switch (input->data[0] & 3) {
	case 0:
		if (input->size < 3)
			return false;
		size = (size_t)input->data[1] << 8 | input->data[2];
		if (input->size - 3 < size)
			size = input->size - 3;
		event.kind = LEDGER_EVENT_RECEIVE;
		event.receive.sender = member == OWN ? 1 : member;
		event.receive.from = run->fixture.contract->members[event.receive.sender].address;
		event.receive.message = BYTES(input->data + 3, size);
		size += 3;
		break;
	case 1:
		run->now_us += (int64_t)1 << value % TICK_EXPONENT_MAX;
		break;
	case 2:
		submit(run, value);
		break;
	default:
		event.kind = LEDGER_EVENT_PEER;
		event.peer.member = member == OWN ? 1 : member;
		event.peer.is_up = value & 1;
		break;
	}
	if (input->size < size)
		return false;
	step(run, &event);
	*input = BYTES(input->data + size, input->size - size);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = BYTES(data, size);
	struct run run = {.now_us = (int64_t)FIXTURE_TIME_S * 1000000};
	int r;

	if (size < 1)
		return 0;
	fixture_init_with(&run.fixture, "lan", MEMBERS, FIXTURE_CHEAP, "interval_s = 10\n");
	run.end_us = run.now_us;
	run.is_trusting = data[0] & FLAG_TRUSTING;
	run.verifier = run.is_trusting ? (struct verifier){.verify = trust} : run.fixture.verifier;
	r = ledger_new(run.fixture.contract, OWN, fixture_signer(&run.fixture, OWN), run.verifier,
		       &run.ledger);
	assert(r == 0);
	(void)r;
	ledger_set_reader(run.ledger, fixture_record_read, &run.records);
	input = BYTES(data + 1, size - 1);
	for (unsigned int i = 0; i < EVENTS_MAX && input.size > 0 && next_event(&run, &input); i++)
		continue;
	check_bounds(run.ledger);
	ledger_free(run.ledger);
	fixture_records_finish(&run.records);
	fixture_finish(&run.fixture);
	return 0;
}
