/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One ledger under test among members that are played; see ledger_core_bench.h. */
#include "ledger_core_bench.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger_round.h"

static bool verify_counted(void *context, const struct public_key *key, const struct hash *hash,
			   const struct signature *signature)
{
	struct core *core = context;

	core->verifications++;
	return core->fixture.verifier.verify(core->fixture.verifier.context, key, hash, signature);
}

static void make(struct core *core)
{
	int r = ledger_new(
		core->fixture.contract, core->own, fixture_signer(&core->fixture, core->own),
		(struct verifier){.verify = verify_counted, .context = core}, &core->ledger);

	assert(r == 0);
	(void)r;
	ledger_set_reader(core->ledger, fixture_record_read, &core->records);
}

void core_init(struct core *core, size_t members, const char *contract_lines)
{
	*core = (struct core){.now_us = (int64_t)FIXTURE_TIME_S * 1000000};
	fixture_init_with(&core->fixture, "lan", members, FIXTURE_CHEAP, contract_lines);
	core->hub = core->fixture.contract->authority;
	/* Slots 1 and 2 are led by members 1 and 2. */
	core->own = core->hub == 0 ? 3 : 0;
	core->other = 1;
	while (core->other == core->hub || core->other == core->own)
		core->other++;
	core->message = malloc(LEDGER_MESSAGE_MAX);
	core->state = fixture_state_new(&core->fixture);
	assert(core->message);
	make(core);
}

void core_finish(struct core *core)
{
	ledger_free(core->ledger);
	free(core->message);
	free(core->state);
	fixture_records_finish(&core->records);
	fixture_finish(&core->fixture);
}

void core_restart(struct core *core)
{
	int r;

	ledger_free(core->ledger);
	make(core);
	r = round_restore(core->ledger, &core->records);
	assert(r == 0);
	(void)r;
}

void core_step(struct core *core, struct ledger_event *event)
{
	int r;

	event->monotonic_us = core->now_us;
	event->time_us = core->now_us;
	r = ledger_step(core->ledger, event, &core->effects);
	assert(r == 0);
	(void)r;
	round_keep(&core->records, &core->effects);
}

void core_pass(struct core *core, int64_t span_us)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};

	core->now_us += span_us;
	core_step(core, &event);
}

void core_submit(struct core *core, int64_t import_mwh)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT};
	int64_t interval_us = core->fixture.contract->interval_us;

	event.submit.end_us = core->now_us / interval_us * interval_us;
	event.submit.start_us = event.submit.end_us - interval_us;
	event.submit.import_mwh = import_mwh;
	core_step(core, &event);
}

void core_hear(struct core *core, unsigned int sender, struct bytes message)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_RECEIVE};

	event.receive.sender = sender;
	event.receive.from = core->fixture.contract->members[sender].address;
	event.receive.message = message;
	core_step(core, &event);
}

static struct cbor_writer begin(struct core *core)
{
	struct cbor_writer writer;

	cbor_write_init(&writer, core->message, LEDGER_MESSAGE_MAX);
	return writer;
}

static void end(struct core *core, unsigned int sender, const struct cbor_writer *writer)
{
	assert(writer->error == 0);
	core_hear(core, sender, BYTES(writer->data, writer->size));
}

void core_hear_transaction(struct core *core, unsigned int sender,
			   const struct transaction *transaction)
{
	struct cbor_writer writer = begin(core);

	message_write_transaction(&writer, transaction);
	end(core, sender, &writer);
}

void core_hear_words(struct core *core, unsigned int sender, const struct verdict_batch *batch)
{
	struct cbor_writer writer = begin(core);

	message_write_verdicts(&writer, batch);
	end(core, sender, &writer);
}

void core_hear_vote(struct core *core, unsigned int sender, const struct vote *vote)
{
	struct cbor_writer writer = begin(core);

	message_write_vote(&writer, vote);
	end(core, sender, &writer);
}

void core_hear_certificate(struct core *core, unsigned int sender,
			   const struct certificate *certificate)
{
	struct cbor_writer writer = begin(core);

	message_write_certificate(&writer, certificate);
	end(core, sender, &writer);
}

void core_hear_candidate(struct core *core, unsigned int sender, const struct block *block,
			 struct bytes justification)
{
	struct cbor_writer writer = begin(core);

	message_write_candidate(&writer, block, justification);
	end(core, sender, &writer);
}

void core_hear_status(struct core *core, unsigned int sender, const struct status *status)
{
	struct cbor_writer writer = begin(core);

	message_write_status(&writer, status);
	end(core, sender, &writer);
}

void core_hear_block(struct core *core, unsigned int sender, const struct block *block,
		     const struct certificate *certificate)
{
	struct cbor_writer writer = begin(core);

	cbor_write_array(&writer, 3);
	cbor_write_uint(&writer, MESSAGE_BLOCKS);
	cbor_write_array(&writer, 1);
	block_write(&writer, block);
	certificate_write(&writer, certificate);
	end(core, sender, &writer);
}

size_t core_count(const struct core *core, enum ledger_effect_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < core->effects.count; i++)
		count += core->effects.list[i].kind == kind;
	return count;
}

size_t core_votes(const struct core *core, enum vote_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < core->effects.count; i++) {
		const struct ledger_effect *effect = &core->effects.list[i];
		struct cbor_reader reader;
		struct vote vote;

		if (effect->kind != LEDGER_EFFECT_SEND)
			continue;
		cbor_read_init(&reader, effect->send.message);
		if (message_read_type(&reader) != MESSAGE_VOTE)
			continue;
		message_read_vote(&reader, &vote);
		assert(cbor_read_end(&reader) == 0 && vote.member == core->own);
		count += vote.kind == kind;
	}
	return count;
}

size_t core_first_put(const struct core *core, enum ledger_table table)
{
	for (size_t i = 0; i < core->effects.count; i++) {
		const struct ledger_effect *effect = &core->effects.list[i];

		if (effect->kind == LEDGER_EFFECT_PUT && effect->record.table == table)
			return i;
	}
	return SIZE_MAX;
}

struct ledger_view core_view(const struct core *core)
{
	struct ledger_view view;

	ledger_view(core->ledger, &view);
	return view;
}

struct bytes core_no_justification(void)
{
	static const uint8_t none[] = {0x80};

	return BYTES(none, sizeof(none));
}

void core_seal(struct core *core, struct block *block, struct bytes justification)
{
	uint64_t members = core->fixture.contract->member_count;

	block->header.proposer = core->fixture.contract->members[block->header.slot % members].id;
	hash_parts(&justification, 1, &block->header.justification);
	(void)fixture_block_seal(&core->fixture, core->state, block);
}

void core_candidate(struct core *core, uint64_t slot, struct block *block)
{
	unsigned int count = (unsigned int)core->fixture.contract->member_count;

	fixture_block_init(&core->fixture, core->state, block);
	block->header.slot = slot;
	for (unsigned int member = 0; member < count; member++) {
		struct transaction transaction;

		if (member == core->own)
			continue;
		transaction = fixture_reading(&core->fixture, core->state, member, 0, 1000);
		fixture_block_add(block, &transaction);
	}
	for (unsigned int judge = 0; judge < count; judge++) {
		if (judge != core->own)
			fixture_block_judge(&core->fixture, block, judge, NULL);
	}
	core_seal(core, block, core_no_justification());
}
