/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Virtual time, network, crashes and submissions of a simulation; checkers.c looks on. */
#include "tests/unit/unit.h"
#include "simulation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUEUE_MAX = 1 << 20,
	STEP_US_MIN = 1,
};

static uint64_t draw(struct simulation *simulation, uint64_t below)
{
	return seeded_next(&simulation->random) % below;
}

static bool happens(struct simulation *simulation, unsigned int thousandths)
{
	return draw(simulation, 1000) < thousandths;
}

/* The queue: a binary heap by time, then by order of arrival. */

static bool is_before(const struct happening *a, const struct happening *b)
{
	return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

static void swap(struct happening *a, struct happening *b)
{
	struct happening kept = *a;

	*a = *b;
	*b = kept;
}

static void push(struct simulation *simulation, struct happening happening)
{
	size_t at = simulation->queue_count;

	assert(at < QUEUE_MAX);
	if (at == simulation->queue_capacity) {
		simulation->queue_capacity = at ? at * 2 : 1024;
		simulation->queue = realloc(simulation->queue, simulation->queue_capacity *
								       sizeof(*simulation->queue));
		assert(simulation->queue);
	}
	happening.order = simulation->order++;
	simulation->queue[at] = happening;
	simulation->queue_count++;
	while (at > 0 && is_before(&simulation->queue[at], &simulation->queue[(at - 1) / 2])) {
		swap(&simulation->queue[at], &simulation->queue[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static struct happening pop(struct simulation *simulation)
{
	struct happening first = simulation->queue[0];
	size_t at = 0;

	simulation->queue[0] = simulation->queue[--simulation->queue_count];
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < simulation->queue_count &&
			    is_before(&simulation->queue[child], &simulation->queue[least]))
				least = child;
		}
		if (least == at)
			return first;
		swap(&simulation->queue[at], &simulation->queue[least]);
		at = least;
	}
}

/* The network. */

static bool is_parted(const struct simulation *simulation, unsigned int a, unsigned int b)
{
	return ((simulation->side >> a) & 1) != ((simulation->side >> b) & 1);
}

static void post(struct simulation *simulation, unsigned int from, unsigned int to,
		 struct bytes message)
{
	struct happening happening = {
		.time_us = simulation->now_us + STEP_US_MIN +
			   (int64_t)draw(simulation, (uint64_t)simulation->settings.delay_us_max),
		.kind = HAPPENING_MESSAGE,
		.member = to,
		.sender = from,
		.size = message.size,
	};

	happening.data = malloc(message.size);
	assert(happening.data);
	memcpy(happening.data, message.data, message.size);
	push(simulation, happening);
}

static void transmit(struct simulation *simulation, unsigned int from, unsigned int to,
		     struct bytes message)
{
	simulation->counts.messages++;
	if (from == to || is_parted(simulation, from, to))
		return;
	if (simulation->is_faulty && happens(simulation, simulation->settings.loss)) {
		simulation->counts.lost++;
		return;
	}
	post(simulation, from, to, message);
	if (simulation->is_faulty && happens(simulation, simulation->settings.duplication)) {
		simulation->counts.duplicated++;
		post(simulation, from, to, message);
	}
}

/* A node: its effects, its life. */

static void record(struct node_run *node, const struct ledger_effect *effect)
{
	if (effect->kind == LEDGER_EFFECT_PUT)
		fixture_record_put(&node->records, effect->record.table, effect->record.key,
				   effect->record.value);
	else
		fixture_record_delete(&node->records, effect->record.table, effect->record.key);
}

/** One commit for the whole step; a crash comes before it, or between any two messages after it. */
static void carry_out(struct simulation *simulation, unsigned int member,
		      const struct ledger_effects *effects, size_t crash_at)
{
	struct node_run *node = &simulation->nodes[member];
	size_t sent = 0;

	if (crash_at == 0) {
		simulation_crash(simulation, member);
		return;
	}
	for (size_t i = 0; i < effects->count; i++) {
		const struct ledger_effect *effect = &effects->list[i];

		if (effect->kind != LEDGER_EFFECT_PUT && effect->kind != LEDGER_EFFECT_DELETE)
			continue;
		record(node, effect);
		check_effect(simulation, member, effect);
	}
	for (size_t i = 0; i < effects->count; i++) {
		const struct ledger_effect *effect = &effects->list[i];

		if (effect->kind == LEDGER_EFFECT_PUT || effect->kind == LEDGER_EFFECT_DELETE)
			continue;
		check_effect(simulation, member, effect);
		if (effect->kind != LEDGER_EFFECT_SEND)
			continue;
		if (++sent > crash_at) {
			simulation_crash(simulation, member);
			return;
		}
		for (unsigned int to = 0; to < simulation->settings.members; to++) {
			if (effect->send.member == to || effect->send.member == LEDGER_MEMBERS_MAX)
				transmit(simulation, member, to, effect->send.message);
		}
	}
}

static void step(struct simulation *simulation, unsigned int member, struct ledger_event *event)
{
	struct node_run *node = &simulation->nodes[member];
	struct ledger_effects effects;
	size_t crash_at = SIZE_MAX;
	int64_t next_us;

	if (!node->ledger || node->is_dying)
		return;
	event->monotonic_us = simulation->now_us;
	event->time_us = simulation->now_us;
	if (node->crash_soon && happens(simulation, 100)) {
		node->crash_soon = false;
		crash_at = draw(simulation, 4);
	}
	simulation->counts.steps++;
	assert(ledger_step(node->ledger, event, &effects) == 0);
	carry_out(simulation, member, &effects, crash_at);
	if (node->is_dying)
		return;
	next_us = ledger_next_tick_us(node->ledger);
	if (next_us == INT64_MAX || next_us == node->tick_us)
		return;
	node->tick_us = next_us;
	if (next_us <= simulation->now_us)
		next_us = simulation->now_us + STEP_US_MIN;
	push(simulation,
	     (struct happening){.time_us = next_us, .kind = HAPPENING_TICK, .member = member});
}

static void greet(struct simulation *simulation, unsigned int member, unsigned int peer, bool is_up)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_PEER};

	event.peer.member = peer;
	event.peer.is_up = is_up;
	step(simulation, member, &event);
}

static void meet(struct simulation *simulation, unsigned int member)
{
	for (unsigned int peer = 0; peer < simulation->settings.members; peer++) {
		if (peer == member || is_parted(simulation, peer, member) ||
		    !simulation->nodes[peer].ledger)
			continue;
		greet(simulation, member, peer, true);
		greet(simulation, peer, member, true);
	}
}

void simulation_start(struct simulation *simulation, unsigned int member)
{
	struct node_run *node = &simulation->nodes[member];

	if (node->ledger)
		return;
	node->is_away = false;
	assert(ledger_new(simulation->fixture.contract, member,
			  fixture_signer(&simulation->fixture, member),
			  simulation->fixture.verifier, &node->ledger) == 0);
	ledger_set_reader(node->ledger, fixture_record_read, &node->records);
	simulation_restore(simulation, member);
	node->tick_us = 0;
	node->crash_soon = false;
	meet(simulation, member);
}

void simulation_crash(struct simulation *simulation, unsigned int member)
{
	struct node_run *node = &simulation->nodes[member];

	if (!node->ledger)
		return;
	node->is_dying = true;
}

/** Outside of the step that killed it: its memory is gone, its records stay. */
static void bury(struct simulation *simulation)
{
	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		struct node_run *node = &simulation->nodes[member];

		if (!node->is_dying)
			continue;
		node->is_dying = false;
		ledger_free(node->ledger);
		node->ledger = NULL;
		simulation->counts.crashes++;
		for (unsigned int peer = 0; peer < simulation->settings.members; peer++) {
			if (peer != member)
				greet(simulation, peer, member, false);
		}
		if (node->is_away)
			continue;
		push(simulation, (struct happening){.time_us = simulation->now_us + 500000 +
							       (int64_t)draw(simulation, 5000000),
						    .kind = HAPPENING_START,
						    .member = member});
	}
}

void simulation_keep_away(struct simulation *simulation, unsigned int member)
{
	simulation->nodes[member].is_away = true;
	simulation_crash(simulation, member);
	bury(simulation);
}

void simulation_part(struct simulation *simulation, uint64_t side)
{
	simulation->side = side;
	for (unsigned int a = 0; a < simulation->settings.members; a++) {
		for (unsigned int b = 0; b < simulation->settings.members; b++) {
			if (a != b && simulation->nodes[b].ledger)
				greet(simulation, a, b, !is_parted(simulation, a, b));
		}
	}
}

void simulation_submit(struct simulation *simulation, unsigned int member, int64_t import_mwh)
{
	struct node_run *node = &simulation->nodes[member];
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT};
	int64_t interval_us = simulation->fixture.contract->interval_us;
	struct ledger_view view;

	if (!node->ledger)
		return;
	ledger_view(node->ledger, &view);
	event.submit.end_us = simulation->now_us / interval_us * interval_us;
	event.submit.start_us =
		view.own_end_us ? view.own_end_us : event.submit.end_us - interval_us;
	if (event.submit.start_us >= event.submit.end_us)
		return;
	event.submit.observed_us = event.submit.end_us - event.submit.start_us;
	event.submit.import_mwh = import_mwh;
	step(simulation, member, &event);
	bury(simulation);
}

void simulation_submit_all(struct simulation *simulation)
{
	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		struct node_run *node = &simulation->nodes[member];

		node->import_mwh += (int64_t)draw(simulation, 1000);
		simulation_submit(simulation, member, node->import_mwh);
	}
}

void simulation_lie(struct simulation *simulation, unsigned int member, uint64_t sequence,
		    const struct reading_body *body, struct hash *previous)
{
	struct transaction transaction = {
		.type = TRANSACTION_READING,
		.device = simulation->fixture.contract->members[member].id,
		.sequence = sequence,
		.previous = *previous,
		.time_us = simulation->now_us,
		.reading = *body,
	};
	struct cbor_writer writer;
	uint8_t message[1024];

	fixture_resign(&simulation->fixture, &transaction);
	*previous = transaction.hash;
	cbor_write_init(&writer, message, sizeof(message));
	message_write_transaction(&writer, &transaction);
	assert(writer.error == 0);
	simulation->nodes[member].durable_sequence = sequence;
	for (unsigned int to = 0; to < simulation->settings.members; to++)
		transmit(simulation, member, to, BYTES(message, writer.size));
}

void simulation_expect_rejections(struct simulation *simulation)
{
	simulation->expects_rejections = true;
}

static void dispatch(struct simulation *simulation, struct happening *happening)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};
	struct node_run *node = &simulation->nodes[happening->member];

	switch (happening->kind) {
	case HAPPENING_MESSAGE:
		event.kind = LEDGER_EVENT_RECEIVE;
		event.receive.sender = happening->sender;
		event.receive.from =
			simulation->fixture.contract->members[happening->sender].address;
		event.receive.message = BYTES(happening->data, happening->size);
		step(simulation, happening->member, &event);
		free(happening->data);
		return;
	case HAPPENING_TICK:
		node->tick_us = 0;
		step(simulation, happening->member, &event);
		return;
	case HAPPENING_START:
		simulation_start(simulation, happening->member);
		return;
	case HAPPENING_HEAL:
		simulation_part(simulation, 0);
		return;
	}
}

void simulation_run_for(struct simulation *simulation, int64_t span_us)
{
	int64_t end_us = simulation->now_us + span_us;

	while (simulation->queue_count > 0 && simulation->queue[0].time_us <= end_us &&
	       !simulation->violation[0]) {
		struct happening happening = pop(simulation);

		simulation->now_us = happening.time_us;
		dispatch(simulation, &happening);
		bury(simulation);
	}
	if (!simulation->violation[0])
		simulation->now_us = end_us;
}

/** The faults of one interval. */
static void disturb(struct simulation *simulation)
{
	int64_t interval_us = simulation->fixture.contract->interval_us;

	if (happens(simulation, simulation->settings.crash))
		simulation->nodes[draw(simulation, simulation->settings.members)].crash_soon = true;
	if (simulation->side == 0 && happens(simulation, simulation->settings.partition)) {
		simulation->counts.partitions++;
		simulation_part(simulation, seeded_next(&simulation->random));
		push(simulation,
		     (struct happening){
			     .time_us = simulation->now_us +
					(int64_t)draw(simulation, (uint64_t)interval_us * 3),
			     .kind = HAPPENING_HEAL});
	}
}

bool simulation_run(struct simulation *simulation)
{
	int64_t interval_us = simulation->fixture.contract->interval_us;
	int64_t healed_us;

	simulation->is_faulty = true;
	for (unsigned int i = 0; i < simulation->settings.intervals; i++) {
		simulation_run_for(simulation, interval_us);
		disturb(simulation);
		simulation_submit_all(simulation);
	}
	simulation_run_for(simulation, 3 * interval_us + 6000000);
	simulation->is_faulty = false;
	for (unsigned int member = 0; member < simulation->settings.members; member++) {
		simulation->nodes[member].crash_soon = false;
		simulation_start(simulation, member);
	}
	simulation_part(simulation, 0);
	healed_us = simulation->now_us;
	for (unsigned int i = 0; i < 600 && !simulation_is_settled(simulation); i++)
		simulation_run_for(simulation, 200000);
	simulation->counts.healed_us = simulation->now_us - healed_us;
	check_end(simulation);
	return !simulation->violation[0];
}
