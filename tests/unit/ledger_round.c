/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whole rounds of ledgers in one process; see ledger_round.h. */
#include "ledger_round.h"

#include <assert.h>
#include <stdlib.h>

enum {
	JOURNEY_US = 50, /* Of one message. */
	TICKS_MAX = 1000,
};

static bool verify_counted(void *context, const struct public_key *key, const struct hash *hash,
			   const struct signature *signature)
{
	struct round *round = context;

	round->verifications++;
	return round->fixture.verifier.verify(round->fixture.verifier.context, key, hash,
					      signature);
}

static void events_add(struct round_events *events, const struct ledger_event *event,
		       unsigned int member)
{
	struct round_event added = {.event = *event, .member = member};

	if (events->count == events->capacity) {
		events->capacity = events->capacity ? events->capacity * 2 : 256;
		events->list = realloc(events->list, events->capacity * sizeof(*events->list));
		assert(events->list);
	}
	if (event->kind == LEDGER_EVENT_RECEIVE) {
		size_t size = event->receive.message.size;

		added.data = malloc(size);
		assert(added.data);
		memcpy(added.data, event->receive.message.data, size);
		added.event.receive.message = BYTES(added.data, size);
	}
	events->list[events->count++] = added;
}

static void events_clear(struct round_events *events)
{
	for (size_t i = 0; i < events->count; i++)
		free(events->list[i].data);
	free(events->list);
	*events = (struct round_events){0};
}

void round_keep(struct fixture_records *records, const struct ledger_effects *effects)
{
	for (size_t i = 0; i < effects->count; i++) {
		const struct ledger_effect *effect = &effects->list[i];

		if (effect->kind == LEDGER_EFFECT_PUT)
			fixture_record_put(records, effect->record.table, effect->record.key,
					   effect->record.value);
		if (effect->kind == LEDGER_EFFECT_DELETE)
			fixture_record_delete(records, effect->record.table, effect->record.key);
	}
}

int round_restore(struct ledger *ledger, const struct fixture_records *records)
{
	int r = 0;

	for (int table = LEDGER_TABLE_META; table < LEDGER_TABLES; table++) {
		struct bytes key;
		struct bytes value;

		for (size_t i = 0; r == 0 && fixture_record_nth(records, (enum ledger_table)table,
								i, &key, &value);
		     i++)
			r = ledger_restore(ledger, (enum ledger_table)table, key, value);
	}
	return r;
}

static void post(struct round *round, unsigned int from, const struct ledger_effect *effect)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_RECEIVE};

	event.receive.sender = from;
	event.receive.from = round->fixture.contract->members[from].address;
	event.receive.message = effect->send.message;
	for (unsigned int to = 0; to < round->count; to++) {
		if (to != from &&
		    (effect->send.member == to || effect->send.member == LEDGER_MEMBERS_MAX))
			events_add(&round->queue, &event, to);
	}
}

static void step(struct round *round, unsigned int member, struct ledger_event *event)
{
	struct ledger_effects effects;
	int r;

	event->monotonic_us = round->now_us;
	event->time_us = round->now_us;
	round->steps++;
	if (round->is_recording && member == round->watched)
		events_add(&round->recording, event, member);
	r = ledger_step(round->ledgers[member], event, &effects);
	assert(r == 0);
	(void)r;
	if (round->on_effects && member == round->watched)
		round->on_effects(round->context, &effects);
	else
		round_keep(&round->records[member], &effects);
	for (size_t i = 0; i < effects.count; i++) {
		if (effects.list[i].kind == LEDGER_EFFECT_SEND)
			post(round, member, &effects.list[i]);
	}
}

static void deliver(struct round *round)
{
	while (round->delivered < round->queue.count) {
		struct round_event next = round->queue.list[round->delivered++];

		round->now_us += JOURNEY_US;
		step(round, next.member, &next.event);
	}
	events_clear(&round->queue);
	round->delivered = 0;
}

void round_init(struct round *round, size_t count, enum fixture_keys keys,
		const char *contract_lines)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_PEER};

	assert(count <= ROUND_MEMBERS_MAX);
	*round = (struct round){.count = (unsigned int)count};
	fixture_init_with(&round->fixture, "lan", count, keys, contract_lines);
	round->verifier = (struct verifier){.verify = verify_counted, .context = round};
	round->now_us = (int64_t)FIXTURE_TIME_S * 1000000;
	round->end_us = round->now_us;
	for (unsigned int member = 0; member < count; member++) {
		int r = ledger_new(round->fixture.contract, member,
				   fixture_signer(&round->fixture, member), round->verifier,
				   &round->ledgers[member]);

		assert(r == 0);
		(void)r;
		ledger_set_reader(round->ledgers[member], fixture_record_read,
				  &round->records[member]);
	}
	event.peer.is_up = true;
	for (unsigned int a = 0; a < count; a++) {
		for (event.peer.member = 0; event.peer.member < count; event.peer.member++) {
			if (a != event.peer.member)
				step(round, a, &event);
		}
	}
	deliver(round);
}

void round_finish(struct round *round)
{
	for (unsigned int member = 0; member < round->count; member++) {
		ledger_free(round->ledgers[member]);
		fixture_records_finish(&round->records[member]);
	}
	events_clear(&round->queue);
	events_clear(&round->recording);
	fixture_finish(&round->fixture);
}

void round_submit(struct round *round)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT};
	int64_t interval_us = round->fixture.contract->interval_us;

	event.submit.start_us = round->end_us;
	round->end_us += interval_us;
	round->now_us = round->end_us;
	event.submit.end_us = round->end_us;
	event.submit.observed_us = interval_us;
	event.submit.import_mwh = round->end_us / interval_us;
	for (unsigned int member = 0; member < round->count; member++)
		step(round, member, &event);
}

/** The earliest time at which a member wants a tick; INT64_MAX: nobody does. */
static int64_t next_tick_us(const struct round *round)
{
	int64_t next_us = INT64_MAX;

	for (unsigned int member = 0; member < round->count; member++) {
		int64_t tick_us = ledger_next_tick_us(round->ledgers[member]);

		if (tick_us < next_us)
			next_us = tick_us;
	}
	return next_us;
}

void round_settle(struct round *round)
{
	for (unsigned int turn = 0; turn < TICKS_MAX; turn++) {
		int64_t next_us;

		deliver(round);
		next_us = next_tick_us(round);
		if (next_us == INT64_MAX)
			return;
		if (next_us > round->now_us)
			round->now_us = next_us;
		for (unsigned int member = 0; member < round->count; member++) {
			struct ledger_event event = {.kind = LEDGER_EVENT_TICK};

			if (ledger_next_tick_us(round->ledgers[member]) <= round->now_us)
				step(round, member, &event);
		}
	}
	assert(false);
}
