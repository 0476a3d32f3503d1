/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The core's door: events are checked, counted and handed on; what people see is copied out. */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void refuse(struct ledger *ledger, enum ledger_refusal refusal, unsigned int sender,
	    unsigned int device)
{
	effects_refuse(&ledger->effects, refusal, sender, device);
}

int ledger_new(const struct contract *contract, unsigned int own, struct signer signer,
	       struct verifier verifier, struct ledger **ret_ledger)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;

	if (own >= contract->member_count)
		return -EINVAL;
	ledger = calloc(1, sizeof(*ledger));
	if (!ledger)
		return -ENOMEM;
	ledger->contract = contract;
	ledger->own = own;
	ledger->signer = signer;
	ledger->verifier = verifier;
	ledger->state = malloc(state_size(contract));
	ledger->links = calloc(contract->member_count, sizeof(struct link));
	if (!ledger->state || !ledger->links || pool_init(&ledger->pool, contract) < 0)
		return -ENOMEM;
	state_init(ledger->state, contract);
	slots_init(&ledger->slots, contract, 1);
	ledger->slot = 1;
	ledger->next_tick_us = INT64_MAX;
	*ret_ledger = TAKE(ledger);
	return 0;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	effects_finish(&ledger->effects);
	if (ledger->pool.contract)
		pool_finish(&ledger->pool);
	slots_finish(&ledger->slots);
	tree_finish(&ledger->tree);
	free(ledger->state);
	free(ledger->links);
	free(ledger->outbox);
	free(ledger->words);
	free(ledger);
}

void ledger_set_reader(struct ledger *ledger, ledger_read_record read, void *context)
{
	ledger->read = read;
	ledger->read_context = context;
}

bool bucket_take(struct bucket *bucket, int64_t now_us, unsigned int rate, unsigned int burst)
{
	enum { TOKEN = 1000000 };
	int64_t limit = (int64_t)burst * TOKEN;
	int64_t passed_us = now_us - bucket->filled_us;

	if (bucket->filled_us == 0 || passed_us > 3600 * (int64_t)TOKEN)
		bucket->tokens = limit;
	else
		bucket->tokens += passed_us * rate;
	bucket->filled_us = now_us;
	if (bucket->tokens > limit)
		bucket->tokens = limit;
	if (bucket->tokens < TOKEN)
		return false;
	bucket->tokens -= TOKEN;
	return true;
}

static void receive_transaction(struct ledger *ledger, unsigned int sender,
				const struct address *from, struct cbor_reader *reader)
{
	struct transaction transaction;
	struct pool_entry *entry;
	int device;
	int r;

	message_read_transaction(reader, &ledger->contract->chain, &transaction);
	if (cbor_read_end(reader) < 0) {
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	device = contract_find_device(ledger->contract, &transaction.device);
	if (device < 0 || (unsigned int)device != sender) {
		refuse(ledger, device < 0 ? LEDGER_REFUSED_DEVICE : LEDGER_REFUSED_SENDER, sender,
		       device < 0 ? LEDGER_MEMBERS_MAX : (unsigned int)device);
		return;
	}
	entry = pool_find(&ledger->pool, &transaction.hash);
	if (entry || transaction.sequence <= ledger->state->members[device].sequence) {
		ledger->duplicates++;
		return;
	}
	if (!bucket_take(&ledger->links[sender].transactions, ledger->now_us,
			 ledger->contract->rate, ledger->contract->window)) {
		refuse(ledger, LEDGER_REFUSED_RATE, sender, sender);
		return;
	}
	if (!ledger->verifier.verify(ledger->verifier.context,
				     &ledger->contract->members[device].sign_key, &transaction.hash,
				     &transaction.signature)) {
		refuse(ledger, LEDGER_REFUSED_SIGNATURE, sender, sender);
		return;
	}
	r = pool_add(&ledger->pool, ledger->state, sender, &transaction, ledger->now_us, &entry);
	if (r == 0)
		entry->from = *from;
	else if (r == -ENOMEM)
		ledger->effects.error = r;
	else
		refuse(ledger, r == -ERANGE ? LEDGER_REFUSED_SEQUENCE : LEDGER_REFUSED_EQUIVOCATION,
		       sender, sender);
}

static void receive_verdicts(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct verdict_batch batch;
	int judge;
	int r;

	message_read_verdicts(reader, &ledger->contract->chain, ledger->batch_verdicts, &batch);
	if (cbor_read_end(reader) < 0) {
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	judge = contract_find_device(ledger->contract, &batch.judge);
	if (judge < 0 || (unsigned int)judge != sender) {
		refuse(ledger, judge < 0 ? LEDGER_REFUSED_DEVICE : LEDGER_REFUSED_SENDER, sender,
		       judge < 0 ? LEDGER_MEMBERS_MAX : (unsigned int)judge);
		return;
	}
	if (pool_has_batch(&ledger->pool, sender, &batch)) {
		ledger->duplicates++;
		return;
	}
	if (!ledger->verifier.verify(ledger->verifier.context,
				     &ledger->contract->members[judge].sign_key, &batch.hash,
				     &batch.signature)) {
		refuse(ledger, LEDGER_REFUSED_SIGNATURE, sender, sender);
		return;
	}
	r = pool_add_batch(&ledger->pool, (unsigned int)judge, &batch, ledger->now_us);
	if (r == -EEXIST)
		ledger->duplicates++;
	if (r == -ENOMEM)
		ledger->effects.error = r;
}

static void receive(struct ledger *ledger, const struct ledger_event *event)
{
	unsigned int sender = event->receive.sender;
	struct cbor_reader reader;

	assert(sender < ledger->contract->member_count);
	cbor_read_init(&reader, event->receive.message);
	switch (message_read_type(&reader)) {
	case MESSAGE_TRANSACTION:
		receive_transaction(ledger, sender, &event->receive.from, &reader);
		return;
	case MESSAGE_VERDICTS:
		receive_verdicts(ledger, sender, &reader);
		return;
	case MESSAGE_CANDIDATE:
		candidate_receive(ledger, sender, &reader);
		return;
	case MESSAGE_VOTE:
		vote_receive(ledger, sender, &reader);
		return;
	case MESSAGE_CERTIFICATE:
		certificate_receive(ledger, sender, &reader);
		return;
	case MESSAGE_STATUS:
		status_receive(ledger, sender, &reader);
		return;
	case MESSAGE_BLOCKS:
		blocks_receive(ledger, sender, &reader);
		return;
	}
	refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
}

/** The first event after a start: what was restored comes alive. */
static void awake(struct ledger *ledger)
{
	ledger->is_awake = true;
	ledger->news_us = ledger->now_us;
	for (unsigned int i = 0; i < ledger->contract->member_count; i++)
		ledger->links[i].vote_slot = ledger->slot;
	own_fill_pool(ledger);
}

int ledger_step(struct ledger *ledger, const struct ledger_event *event,
		struct ledger_effects *ret_effects)
{
	effects_reset(&ledger->effects);
	ledger->now_us = event->monotonic_us;
	ledger->time_us = event->time_us;
	if (!ledger->is_awake)
		awake(ledger);
	switch (event->kind) {
	case LEDGER_EVENT_RECEIVE:
		receive(ledger, event);
		break;
	case LEDGER_EVENT_SUBMIT:
		own_submit(ledger, &event->submit);
		break;
	case LEDGER_EVENT_TICK:
		break;
	case LEDGER_EVENT_PEER:
		assert(event->peer.member < ledger->contract->member_count);
		ledger->links[event->peer.member].is_up = event->peer.is_up;
		if (event->peer.is_up)
			sync_greet(ledger, event->peer.member);
		break;
	}
	if (ledger->effects.error == 0)
		progress(ledger);
	sync_want(ledger);
	sync_repeat_if_due(ledger);
	if (ledger->effects.error < 0)
		return ledger->effects.error;
	ret_effects->list = ledger->effects.list;
	ret_effects->count = ledger->effects.count;
	return 0;
}

int64_t ledger_next_tick_us(const struct ledger *ledger)
{
	return ledger->next_tick_us;
}

void ledger_view(const struct ledger *ledger, struct ledger_view *ret_view)
{
	const struct ledger_state *state = ledger->state;
	struct ledger_view view = {
		.height = state->height,
		.head = state->head,
		.head_time_us = state->time_us,
		.epoch = state->epoch,
		.slot = ledger->slot,
		.verdicts_final = state->verdicts,
		.pending = ledger->pool.count,
		.own_pending = (unsigned int)ledger->outbox_count,
		.votes_cast = ledger->votes_cast,
		.duplicates = ledger->duplicates,
		.accept = ledger->pool.accept,
		.own_sequence = ledger->own_sequence,
		.own_end_us = ledger->own_end_us,
	};

	for (size_t i = 0; i < state->member_count; i++) {
		const struct pool_entry *entry =
			pool_at(&ledger->pool, (unsigned int)i, state->members[i].sequence + 1);

		view.readings_final += state->members[i].accepted;
		view.readings_rejected += state->members[i].rejected;
		if (entry && (view.waiting_since_us == 0 || entry->seen_us < view.waiting_since_us))
			view.waiting_since_us = entry->seen_us;
	}
	*ret_view = view;
}

void ledger_view_member(const struct ledger *ledger, unsigned int member,
			struct ledger_member_view *ret_view)
{
	const struct member_state *state = &ledger->state->members[member];

	assert(member < ledger->contract->member_count);
	*ret_view = (struct ledger_member_view){
		.sequence = state->sequence,
		.accepted = state->accepted,
		.rejected = state->rejected,
		.has_reading = state->has_reading,
		.end_us = state->end_us,
		.import_mwh = state->import_mwh,
		.export_mwh = state->export_mwh,
		.vote_slot = ledger->links[member].vote_slot,
	};
}

const char *ledger_refusal_text(enum ledger_refusal refusal)
{
	static const char *const texts[LEDGER_REFUSALS] = {
		[LEDGER_REFUSED_MALFORMED] = "malformed message",
		[LEDGER_REFUSED_DEVICE] = "device is not a member",
		[LEDGER_REFUSED_SENDER] = "signs for another member",
		[LEDGER_REFUSED_SIGNATURE] = "signature is wrong",
		[LEDGER_REFUSED_EQUIVOCATION] = "contradicts what it signed before",
		[LEDGER_REFUSED_SEQUENCE] = "sequence is too far ahead",
		[LEDGER_REFUSED_CHAIN] = "does not continue the device's chain",
		[LEDGER_REFUSED_RATE] = "more readings than its rate",
		[LEDGER_REFUSED_SLOT] = "slot is too far ahead",
		[LEDGER_REFUSED_CANDIDATE] = "block does not check",
		[LEDGER_REFUSED_CERTIFICATE] = "certificate proves nothing",
		[LEDGER_REFUSED_SUBMISSION] = "own reading breaks the contract",
	};

	return refusal < LEDGER_REFUSALS ? texts[refusal] : "unknown";
}
