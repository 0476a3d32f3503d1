/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is signed is stored first, a restart says the same again, and damage is noticed. */
#include "unit.h"

#include <errno.h>

#include "ledger_core_bench.h"
#include "ledger_round.h"

enum { MEMBERS = 4, OWN = 1, SLOTS = 64, KINDS = VOTE_KINDS + 1 };

/** The votes of one key over all its lives, as they were sent. */
struct votes {
	struct vote cast[SLOTS][KINDS];
};

/** A round in which every event of member OWN was recorded. */
struct scene {
	struct round round;
	struct votes votes;
};

static void scene_init(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	round_init(&scene->round, MEMBERS, FIXTURE_ED25519, "");
	scene->round.watched = OWN;
	scene->round.is_recording = true;
	for (unsigned int interval = 0; interval < 2; interval++) {
		round_submit(&scene->round);
		round_settle(&scene->round);
	}
}

static struct ledger *make(struct scene *scene)
{
	struct ledger *ledger = NULL;

	assert_int_equal(ledger_new(scene->round.fixture.contract, OWN,
				    fixture_signer(&scene->round.fixture, OWN),
				    scene->round.fixture.verifier, &ledger),
			 0);
	return ledger;
}

/** One vote a slot and kind, the same bytes whenever it is sent, and never FINAL beside SKIP. */
static void note_vote(struct votes *votes, const struct vote *vote)
{
	struct vote *cast;

	assert_true(vote->slot > 0 && vote->slot < SLOTS);
	cast = &votes->cast[vote->slot][vote->kind];
	if (cast->slot != 0) {
		assert_memory_equal(&cast->block, &vote->block, sizeof(vote->block));
		assert_memory_equal(&cast->signature, &vote->signature, sizeof(vote->signature));
	}
	*cast = *vote;
	assert_true(votes->cast[vote->slot][VOTE_FINAL].slot == 0 ||
		    votes->cast[vote->slot][VOTE_SKIP].slot == 0);
}

static void note_votes(struct votes *votes, const struct ledger_effects *effects)
{
	for (size_t i = 0; i < effects->count; i++) {
		struct cbor_reader reader;
		struct vote vote;

		if (effects->list[i].kind != LEDGER_EFFECT_SEND)
			continue;
		cbor_read_init(&reader, effects->list[i].send.message);
		if (message_read_type(&reader) != MESSAGE_VOTE)
			continue;
		message_read_vote(&reader, &vote);
		assert_int_equal(cbor_read_end(&reader), 0);
		note_vote(votes, &vote);
	}
}

static void live(struct scene *scene, struct ledger *ledger, struct fixture_records *records,
		 size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		struct ledger_effects effects;

		assert_int_equal(
			ledger_step(ledger, &scene->round.recording.list[i].event, &effects), 0);
		note_votes(&scene->votes, &effects);
		round_keep(records, &effects);
	}
}

/** Dies after @cut events, comes back, greets a member, and lives through the rest. */
static void die_once(struct scene *scene, size_t cut)
{
	struct fixture_records records = {0};
	struct ledger_effects effects;
	struct ledger_event event = {.kind = LEDGER_EVENT_PEER};
	struct ledger *ledger = make(scene);
	struct ledger_view view;

	/* Each death is a story of its own: whoever leads may then propose something else. */
	memset(&scene->votes, 0, sizeof(scene->votes));
	live(scene, ledger, &records, 0, cut);
	ledger_free(ledger);
	ledger = make(scene);
	assert_int_equal(round_restore(ledger, &records), 0);
	event.monotonic_us = scene->round.recording.list[cut].event.monotonic_us;
	event.time_us = event.monotonic_us;
	event.peer.is_up = true;
	assert_int_equal(ledger_step(ledger, &event, &effects), 0);
	note_votes(&scene->votes, &effects);
	round_keep(&records, &effects);
	live(scene, ledger, &records, cut, scene->round.recording.count);
	ledger_view(ledger, &view);
	assert_true(view.own_sequence >= 1);
	ledger_free(ledger);
	fixture_records_finish(&records);
}

UNIT_TEST(whenever_it_dies_it_votes_the_same_again_and_nothing_else)
{
	struct scene *scene = malloc(sizeof(*scene));

	scene_init(scene);
	assert_true(scene->round.recording.count > 20);
	for (size_t cut = 0; cut < scene->round.recording.count; cut++)
		die_once(scene, cut);
	round_finish(&scene->round);
	free(scene);
}

static bool is_put_before(const struct ledger_effects *effects, size_t end, enum ledger_table table,
			  struct bytes key)
{
	for (size_t i = 0; i < end; i++) {
		const struct ledger_effect *effect = &effects->list[i];

		if (effect->kind == LEDGER_EFFECT_PUT && effect->record.table == table &&
		    bytes_equal(effect->record.key, key))
			return true;
	}
	return false;
}

/** True if the record was kept by an earlier step or is put earlier in this one. */
static bool is_durable(const struct fixture_records *records, const struct ledger_effects *effects,
		       size_t end, enum ledger_table table, struct bytes key)
{
	return is_put_before(effects, end, table, key) ||
	       fixture_record_read((void *)(uintptr_t)records, table, key).data;
}

static void assert_durable(const struct scene *scene, const struct fixture_records *records,
			   const struct ledger_effects *effects, size_t at)
{
	const struct hash *chain = &scene->round.fixture.contract->chain;
	struct verdict verdicts[LEDGER_BATCH_VERDICTS_MAX];
	struct transaction transaction;
	struct verdict_batch batch;
	struct cbor_reader reader;
	struct block block;
	struct vote vote;
	uint8_t key[8];

	cbor_read_init(&reader, effects->list[at].send.message);
	switch (message_read_type(&reader)) {
	case MESSAGE_VOTE:
		message_read_vote(&reader, &vote);
		bytes_put_u64(key, vote.slot);
		/* In the same step: a slot's record changes with every vote. */
		assert_true(is_put_before(effects, at, LEDGER_TABLE_SLOT, BYTES(key, 8)) ||
			    scene->votes.cast[vote.slot][vote.kind].slot != 0);
		return;
	case MESSAGE_TRANSACTION:
		message_read_transaction(&reader, chain, &transaction);
		bytes_put_u64(key, transaction.sequence);
		assert_true(is_durable(records, effects, at, LEDGER_TABLE_OUTBOX, BYTES(key, 8)));
		return;
	case MESSAGE_VERDICTS:
		message_read_verdicts(&reader, chain, verdicts, &batch);
		for (size_t i = 0; i < batch.count; i++)
			assert_true(is_durable(records, effects, at, LEDGER_TABLE_VERDICT,
					       BYTES_OF(verdicts[i].transaction)));
		return;
	case MESSAGE_CANDIDATE:
		block_read(&reader, chain, &block);
		assert_int_equal(reader.error, 0);
		assert_true(is_durable(records, effects, at, LEDGER_TABLE_CANDIDATE,
				       BYTES_OF(block.hash)));
		block_clear(&block);
		return;
	case MESSAGE_CERTIFICATE:
	case MESSAGE_STATUS:
	case MESSAGE_BLOCKS:
		return;
	}
	fail();
}

UNIT_TEST(the_record_of_what_is_signed_comes_before_it_is_sent)
{
	struct scene *scene = malloc(sizeof(*scene));
	struct fixture_records records = {0};
	struct ledger *ledger;
	size_t sent = 0;

	scene_init(scene);
	ledger = make(scene);
	for (size_t i = 0; i < scene->round.recording.count; i++) {
		struct ledger_effects effects;

		assert_int_equal(
			ledger_step(ledger, &scene->round.recording.list[i].event, &effects), 0);
		for (size_t at = 0; at < effects.count; at++) {
			if (effects.list[at].kind != LEDGER_EFFECT_SEND)
				continue;
			assert_durable(scene, &records, &effects, at);
			sent++;
		}
		note_votes(&scene->votes, &effects);
		round_keep(&records, &effects);
	}
	assert_true(sent > 10);
	ledger_free(ledger);
	fixture_records_finish(&records);
	round_finish(&scene->round);
	free(scene);
}

/* Damage */

static int restore_one(struct core *core, enum ledger_table table, struct bytes key,
		       struct bytes value)
{
	core_restart(core);
	return ledger_restore(core->ledger, table, key, value);
}

UNIT_TEST(a_damaged_state_is_refused)
{
	static const uint8_t name[] = {'s', 't', 'a', 't', 'e'};
	struct core core;
	uint8_t data[4096];
	size_t size;

	core_init(&core, 5, "");
	assert_int_equal(state_encode(core.state, data, sizeof(data), &size), 0);
	assert_int_equal(restore_one(&core, LEDGER_TABLE_STATE, BYTES(name, 5), BYTES(data, size)),
			 0);
	assert_int_equal(
		restore_one(&core, LEDGER_TABLE_STATE, BYTES(name, 5), BYTES(data, size - 1)),
		-EBADMSG);
	data[0] ^= 1;
	assert_int_equal(restore_one(&core, LEDGER_TABLE_STATE, BYTES(name, 5), BYTES(data, size)),
			 -EBADMSG);
	core_finish(&core);
}

/** A slot's record: [null or hash, SKIP, FINAL, [certificate ...]]. */
static int restore_slot(struct core *core, uint64_t slot, bool has_notar, bool skip, bool final,
			const struct certificate *certificate, unsigned int times)
{
	static const struct hash block = {{1}};
	struct cbor_writer writer;
	uint8_t key[8];

	bytes_put_u64(key, slot);
	cbor_write_init(&writer, core->message, LEDGER_MESSAGE_MAX);
	cbor_write_array(&writer, 4);
	if (has_notar)
		cbor_write_bytes(&writer, BYTES_OF(block));
	else
		cbor_write_null(&writer);
	cbor_write_bool(&writer, skip);
	cbor_write_bool(&writer, final);
	cbor_write_array(&writer, times);
	for (unsigned int i = 0; i < times; i++)
		certificate_write(&writer, certificate);
	return restore_one(core, LEDGER_TABLE_SLOT, BYTES(key, 8),
			   BYTES(core->message, writer.size));
}

UNIT_TEST(a_damaged_slot_is_refused)
{
	struct core core;
	struct certificate certificate;

	core_init(&core, 5, "");
	fixture_certificate(&core.fixture, VOTE_SKIP, 3, NULL, NULL, &certificate);
	assert_int_equal(restore_slot(&core, 3, true, true, false, &certificate, 1), 0);
	assert_int_equal(restore_slot(&core, 3, true, false, true, &certificate, 1), 0);
	assert_int_equal(restore_slot(&core, 0, true, true, true, &certificate, 1), 0);
	/* Another slot's certificate, and the same twice. */
	assert_int_equal(restore_slot(&core, 4, true, false, false, &certificate, 1), -EBADMSG);
	assert_int_equal(restore_slot(&core, 3, true, false, false, &certificate, 2), -EBADMSG);
	/* What this key would never have signed, and where it never was. */
	assert_int_equal(restore_slot(&core, 3, true, true, true, &certificate, 1), -EUCLEAN);
	assert_int_equal(restore_slot(&core, 3, false, false, true, &certificate, 1), -EUCLEAN);
	assert_int_equal(restore_slot(&core, 5000, true, false, false, NULL, 0), -EUCLEAN);
	assert_int_equal(restore_one(&core, LEDGER_TABLE_SLOT, BYTES(core.message, 7),
				     BYTES(core.message, 7)),
			 -EBADMSG);
	core_finish(&core);
}

UNIT_TEST(a_damaged_candidate_is_refused)
{
	struct core core;
	struct block block;
	struct cbor_writer writer;
	struct hash key;
	struct bytes value;

	core_init(&core, 5, "");
	core_candidate(&core, 1, &block);
	cbor_write_init(&writer, core.message, LEDGER_MESSAGE_MAX);
	cbor_write_array(&writer, 2);
	block_write(&writer, &block);
	cbor_write_raw(&writer, core_no_justification());
	value = BYTES(core.message, writer.size);
	key = block.hash;
	assert_int_equal(restore_one(&core, LEDGER_TABLE_CANDIDATE, BYTES_OF(key), value), 0);
	value.size--;
	assert_int_equal(restore_one(&core, LEDGER_TABLE_CANDIDATE, BYTES_OF(key), value),
			 -EBADMSG);
	value.size++;
	key.bytes[0] ^= 1;
	assert_int_equal(restore_one(&core, LEDGER_TABLE_CANDIDATE, BYTES_OF(key), value),
			 -EBADMSG);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(a_damaged_word_is_refused)
{
	static const struct hash key = {{1}};
	uint8_t reason = VERDICT_REASONS - 1;
	struct core core;

	core_init(&core, 5, "");
	assert_int_equal(restore_one(&core, LEDGER_TABLE_VERDICT, BYTES_OF(key), BYTES(&reason, 1)),
			 0);
	assert_int_equal(
		restore_one(&core, LEDGER_TABLE_VERDICT, BYTES(key.bytes, 31), BYTES(&reason, 1)),
		-EBADMSG);
	assert_int_equal(restore_one(&core, LEDGER_TABLE_VERDICT, BYTES_OF(key), BYTES(&reason, 0)),
			 -EBADMSG);
	reason++;
	assert_int_equal(restore_one(&core, LEDGER_TABLE_VERDICT, BYTES_OF(key), BYTES(&reason, 1)),
			 -EBADMSG);
	core_finish(&core);
}

static int restore_own(struct core *core, uint64_t key_sequence,
		       const struct transaction *transaction)
{
	struct cbor_writer writer;
	uint8_t key[8];

	bytes_put_u64(key, key_sequence);
	cbor_write_init(&writer, core->message, LEDGER_MESSAGE_MAX);
	transaction_write(&writer, transaction);
	return restore_one(core, LEDGER_TABLE_OUTBOX, BYTES(key, 8),
			   BYTES(core->message, writer.size));
}

UNIT_TEST(a_damaged_outbox_is_refused)
{
	struct core core;
	struct transaction transaction;

	core_init(&core, 5, "");
	transaction = fixture_reading(&core.fixture, core.state, core.own, 0, 5);
	assert_int_equal(restore_own(&core, 1, &transaction), 0);
	assert_int_equal(restore_own(&core, 2, &transaction), -EBADMSG);
	transaction.sequence = 2;
	assert_int_equal(restore_own(&core, 2, &transaction), -EUCLEAN);
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	assert_int_equal(restore_own(&core, 1, &transaction), -EUCLEAN);
	assert_int_equal(restore_one(&core, LEDGER_TABLE_OUTBOX, BYTES(core.message, 8),
				     BYTES(core.message, 8)),
			 -EBADMSG);
	core_finish(&core);
}

/** Any byte of any record changed: an error, or a ledger that steps. */
UNIT_TEST(no_changed_byte_of_a_record_crashes)
{
	struct scene *scene = malloc(sizeof(*scene));
	struct fixture_records records = {0};
	struct ledger *ledger;

	scene_init(scene);
	ledger = make(scene);
	live(scene, ledger, &records, 0, scene->round.recording.count * 3 / 4);
	ledger_free(ledger);
	for (int table = LEDGER_TABLE_STATE; table < LEDGER_TABLES; table++) {
		struct bytes key;
		struct bytes value;

		for (size_t n = 0;
		     fixture_record_nth(&records, (enum ledger_table)table, n, &key, &value); n++) {
			for (size_t at = 0; at < value.size; at += 3) {
				struct ledger_event event = {.kind = LEDGER_EVENT_TICK};
				struct ledger_effects effects;
				uint8_t *byte = (uint8_t *)(uintptr_t)value.data + at;
				int r;

				event.monotonic_us = scene->round.now_us;
				*byte ^= (uint8_t)(1u << at % 8);
				ledger = make(scene);
				r = round_restore(ledger, &records);
				assert_true(r == 0 || r == -EBADMSG || r == -EUCLEAN);
				if (r == 0)
					r = ledger_step(ledger, &event, &effects);
				assert_true(r != -ENOMEM);
				ledger_free(ledger);
				*byte ^= (uint8_t)(1u << at % 8);
			}
		}
	}
	fixture_records_finish(&records);
	round_finish(&scene->round);
	free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whenever_it_dies_it_votes_the_same_again_and_nothing_else),
		cmocka_unit_test(the_record_of_what_is_signed_comes_before_it_is_sent),
		cmocka_unit_test(a_damaged_state_is_refused),
		cmocka_unit_test(a_damaged_slot_is_refused),
		cmocka_unit_test(a_damaged_candidate_is_refused),
		cmocka_unit_test(a_damaged_word_is_refused),
		cmocka_unit_test(a_damaged_outbox_is_refused),
		cmocka_unit_test(no_changed_byte_of_a_record_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
