/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What this node says itself: its transactions, and its words on those of all members. */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum {
	WORDS_MAX = LEDGER_MEMBERS_MAX * CONTRACT_WINDOW_MAX,
	SEND_BATCHES_MAX = 64,
};

static int keep_own(struct ledger *ledger, const struct transaction *transaction)
{
	if (ledger->outbox_count == OUTBOX_MAX)
		return -ENOSPC;
	if (ledger->outbox_count == ledger->outbox_capacity) {
		size_t capacity = ledger->outbox_capacity ? ledger->outbox_capacity * 2 : 16;
		struct transaction *outbox = realloc(ledger->outbox, capacity * sizeof(*outbox));

		if (!outbox)
			return -ENOMEM;
		ledger->outbox = outbox;
		ledger->outbox_capacity = capacity;
	}
	ledger->outbox[ledger->outbox_count++] = *transaction;
	ledger->own_sequence = transaction->sequence;
	ledger->own_previous = transaction->hash;
	ledger->own_end_us = transaction->reading.end_us;
	return 0;
}

/** The registers that the next own reading must not run below. */
static struct member_state own_before(const struct ledger *ledger)
{
	struct member_state before = ledger->state->members[ledger->own];

	if (ledger->outbox_count > 0) {
		const struct transaction *newest = &ledger->outbox[ledger->outbox_count - 1];

		before.has_reading = true;
		before.import_mwh = newest->reading.import_mwh;
		before.export_mwh = newest->reading.export_mwh;
		before.end_us = newest->reading.end_us;
	}
	return before;
}

void own_submit(struct ledger *ledger, const struct reading_body *body)
{
	struct member_state before = own_before(ledger);
	struct transaction transaction = {
		.type = TRANSACTION_READING,
		.device = ledger->contract->members[ledger->own].id,
		.incarnation = before.incarnation,
		.sequence = ledger->own_sequence + 1,
		.previous = ledger->own_previous,
		.time_us = ledger->time_us,
		.reading = *body,
	};
	struct cbor_writer writer;
	int r;

	if (judge_succession(ledger->contract, &before, body) != VERDICT_YES) {
		refuse(ledger, LEDGER_REFUSED_SUBMISSION, ledger->own, ledger->own);
		return;
	}
	transaction_set_hash(&ledger->contract->chain, &transaction);
	r = ledger->signer.sign(ledger->signer.context, &transaction.hash, &transaction.signature);
	if (r == 0)
		r = keep_own(ledger, &transaction);
	if (r == -ENOMEM) {
		ledger->effects.error = r;
		return;
	}
	if (r < 0) {
		refuse(ledger, LEDGER_REFUSED_SUBMISSION, ledger->own, ledger->own);
		return;
	}
	effects_write_begin(&ledger->effects, &writer);
	transaction_write(&writer, &transaction);
	effects_put_number(&ledger->effects, LEDGER_TABLE_OUTBOX, transaction.sequence,
			   effects_write_end(&ledger->effects, &writer));
	own_fill_pool(ledger);
}

static void send_transaction(struct ledger *ledger, unsigned int member,
			     const struct transaction *transaction)
{
	struct cbor_writer writer;

	effects_write_begin(&ledger->effects, &writer);
	message_write_transaction(&writer, transaction);
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}

void own_fill_pool(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->outbox_count; i++) {
		const struct transaction *transaction = &ledger->outbox[i];
		struct pool_entry *entry;
		int r = pool_add(&ledger->pool, ledger->state, ledger->own, transaction,
				 ledger->now_us, &entry);

		if (r == -ERANGE)
			return;
		if (r == -ENOMEM)
			ledger->effects.error = r;
		if (r == 0)
			send_transaction(ledger, LEDGER_MEMBERS_MAX, transaction);
	}
}

void own_send_transactions(struct ledger *ledger, unsigned int member)
{
	size_t count = ledger->outbox_count;

	if (count > REPEAT_TRANSACTIONS_MAX)
		count = REPEAT_TRANSACTIONS_MAX;
	for (size_t i = 0; i < count; i++)
		send_transaction(ledger, member, &ledger->outbox[i]);
}

void own_forget(struct ledger *ledger, uint64_t sequence)
{
	size_t gone = 0;

	while (gone < ledger->outbox_count && ledger->outbox[gone].sequence <= sequence) {
		effects_delete_number(&ledger->effects, LEDGER_TABLE_OUTBOX,
				      ledger->outbox[gone].sequence);
		gone++;
	}
	if (gone == 0)
		return;
	memmove(ledger->outbox, ledger->outbox + gone,
		(ledger->outbox_count - gone) * sizeof(*ledger->outbox));
	ledger->outbox_count -= gone;
}

int own_restore_transaction(struct ledger *ledger, struct bytes key, struct bytes value)
{
	const struct device_id *own = &ledger->contract->members[ledger->own].id;
	struct cbor_reader reader;
	struct transaction transaction;
	int r;

	cbor_read_init(&reader, value);
	transaction_read(&reader, &ledger->contract->chain, &transaction);
	if (cbor_read_end(&reader) < 0 || key.size != 8 ||
	    bytes_get_u64(key.data) != transaction.sequence)
		return -EBADMSG;
	if (transaction.sequence != ledger->own_sequence + 1 ||
	    !bytes_equal(BYTES_OF(transaction.device), BYTES_OF(*own)))
		return -EUCLEAN;
	r = keep_own(ledger, &transaction);
	return r == -ENOSPC ? -EUCLEAN : r;
}

int own_restore_word(struct ledger *ledger, struct bytes key, struct bytes value)
{
	struct verdict *word;

	if (key.size != sizeof(struct hash) || value.size != 1 || value.data[0] >= VERDICT_REASONS)
		return -EBADMSG;
	if (ledger->word_count == WORDS_MAX)
		return -EUCLEAN;
	if (ledger->word_count == ledger->word_capacity) {
		size_t capacity = ledger->word_capacity ? ledger->word_capacity * 2 : 16;
		struct verdict *words = realloc(ledger->words, capacity * sizeof(*words));

		if (!words)
			return -ENOMEM;
		ledger->words = words;
		ledger->word_capacity = capacity;
	}
	word = &ledger->words[ledger->word_count++];
	memcpy(word->transaction.bytes, key.data, key.size);
	word->reason = (enum verdict_reason)value.data[0];
	return 0;
}

/** A word given before the last start: it stands, whatever would be judged now. */
static bool find_word(const struct ledger *ledger, const struct hash *transaction,
		      enum verdict_reason *ret_reason)
{
	for (size_t i = 0; i < ledger->word_count; i++) {
		if (!hash_equal(&ledger->words[i].transaction, transaction))
			continue;
		*ret_reason = ledger->words[i].reason;
		return true;
	}
	return false;
}

static void judge_entry(struct ledger *ledger, struct pool_entry *entry, struct judge_view *view)
{
	const struct transaction *transaction = &entry->transaction;
	enum verdict_reason reason;

	view->from = entry->device == ledger->own ? NULL : &entry->from;
	if (!find_word(ledger, &transaction->hash, &reason))
		reason = judge_reading(ledger->contract, view, &transaction->reading);
	entry->is_judged = true;
	pool_set_word(&ledger->pool, entry, ledger->own, reason, ledger->now_us);
	if (ledger->unsigned_since_us == 0)
		ledger->unsigned_since_us = ledger->now_us;
}

/** Judges one member's transactions in order, as far as its chain is known. */
static void judge_device(struct ledger *ledger, unsigned int device)
{
	const struct member_state *state = &ledger->state->members[device];
	struct judge_view view = {
		.sender = &ledger->contract->members[device],
		.time_us = ledger->time_us,
		.has_reading = state->has_reading,
		.import_mwh = state->import_mwh,
		.export_mwh = state->export_mwh,
		.end_us = state->end_us,
	};
	struct hash previous = state->previous;

	for (uint64_t sequence = state->sequence + 1;; sequence++) {
		struct pool_entry *entry = pool_at(&ledger->pool, device, sequence);
		const struct reading_body *reading;

		if (!entry)
			return;
		if (!hash_equal(&entry->transaction.previous, &previous) ||
		    entry->transaction.incarnation != state->incarnation) {
			refuse(ledger, LEDGER_REFUSED_CHAIN, device, device);
			/* It was judged on another one before it, which did not become final. */
			if (entry->is_judged)
				effects_delete(&ledger->effects, LEDGER_TABLE_VERDICT,
					       BYTES_OF(entry->transaction.hash));
			pool_remove(&ledger->pool, entry);
			return;
		}
		if (!entry->is_judged)
			judge_entry(ledger, entry, &view);
		previous = entry->transaction.hash;
		reading = &entry->transaction.reading;
		if (entry->words[ledger->own].reason != VERDICT_YES)
			continue;
		view.has_reading = true;
		view.import_mwh = reading->import_mwh;
		view.export_mwh = reading->export_mwh;
		view.end_us = reading->end_us;
	}
}

static int compare_verdicts(const void *a, const void *b)
{
	const struct verdict *left = a;
	const struct verdict *right = b;

	return memcmp(left->transaction.bytes, right->transaction.bytes, sizeof(struct hash));
}

/** Own words that no signature covers yet, at most one batch of them; sorted. */
static size_t gather_unsigned(const struct ledger *ledger, struct verdict *verdicts)
{
	size_t count = 0;

	for (unsigned int device = 0; device < ledger->contract->member_count; device++) {
		uint64_t sequence = ledger->state->members[device].sequence + 1;

		for (;; sequence++) {
			const struct pool_entry *entry = pool_at(&ledger->pool, device, sequence);

			if (!entry || count == LEDGER_BATCH_VERDICTS_MAX)
				break;
			if (!entry->is_judged || entry->words[ledger->own].batch)
				continue;
			verdicts[count++] = (struct verdict){
				.transaction = entry->transaction.hash,
				.reason = entry->words[ledger->own].reason,
			};
		}
	}
	qsort(verdicts, count, sizeof(*verdicts), compare_verdicts);
	return count;
}

static void send_batch(struct ledger *ledger, unsigned int member,
		       const struct verdict_batch *batch)
{
	struct cbor_writer writer;

	effects_write_begin(&ledger->effects, &writer);
	message_write_verdicts(&writer, batch);
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}

/** Signs @count own words, makes them durable and sends them. */
static void sign_words(struct ledger *ledger, size_t count)
{
	struct verdict_batch batch = {
		.judge = ledger->contract->members[ledger->own].id,
		.count = count,
		.verdicts = ledger->batch_verdicts,
	};

	verdict_batch_set_hash(&ledger->contract->chain, &batch);
	if (ledger->signer.sign(ledger->signer.context, &batch.hash, &batch.signature) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct verdict *verdict = &batch.verdicts[i];
		uint8_t *reason = effects_allocate(&ledger->effects, 1);

		if (!reason)
			return;
		*reason = (uint8_t)verdict->reason;
		effects_put(&ledger->effects, LEDGER_TABLE_VERDICT, BYTES_OF(verdict->transaction),
			    BYTES(reason, 1));
	}
	if (pool_add_batch(&ledger->pool, ledger->own, &batch, ledger->now_us) == -ENOMEM)
		ledger->effects.error = -ENOMEM;
	send_batch(ledger, LEDGER_MEMBERS_MAX, &batch);
}

/** One signature for a whole interval: as soon as everybody's reading is judged. */
static bool are_words_due(const struct ledger *ledger, size_t count)
{
	size_t up_count = 1;

	for (unsigned int i = 0; i < ledger->contract->member_count; i++) {
		if (i != ledger->own && ledger->links[i].is_up)
			up_count++;
	}
	return count >= up_count || count == LEDGER_BATCH_VERDICTS_MAX ||
	       ledger->now_us - ledger->unsigned_since_us >=
		       (int64_t)ledger->contract->verdict_ms * 1000;
}

void own_judge(struct ledger *ledger)
{
	size_t count;

	for (unsigned int device = 0; device < ledger->contract->member_count; device++)
		judge_device(ledger, device);
	if (ledger->unsigned_since_us == 0)
		return;
	count = gather_unsigned(ledger, ledger->batch_verdicts);
	if (count == 0) {
		ledger->unsigned_since_us = 0;
		return;
	}
	if (!are_words_due(ledger, count))
		return;
	sign_words(ledger, count);
	if (count < LEDGER_BATCH_VERDICTS_MAX)
		ledger->unsigned_since_us = 0;
}

void own_send_words(struct ledger *ledger, unsigned int member)
{
	const struct pool_batch *batch = ledger->pool.batches[ledger->own];

	for (unsigned int i = 0; batch && i < SEND_BATCHES_MAX; i++, batch = batch->next) {
		for (size_t k = 0; k < batch->batch.count; k++) {
			if (!pool_find(&ledger->pool, &batch->verdicts[k].transaction))
				continue;
			send_batch(ledger, member, &batch->batch);
			break;
		}
	}
}
