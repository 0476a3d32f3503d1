/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Each refusal by the message that deserves it, which changes nothing; what is never voted for. */
#include "unit.h"

#include <errno.h>

#include "ledger/slots.h"
#include "ledger_core_bench.h"

enum { MEMBERS = 5, SECOND_US = 1000000 };

static const struct hash some_block = {{7}};

/** The newest message was refused for this, and nothing else came of it. */
static void assert_refused(const struct core *core, const struct ledger_view *before,
			   enum ledger_refusal refusal)
{
	struct ledger_view after = core_view(core);

	assert_int_equal(core->effects.count, 1);
	assert_int_equal(core->effects.list[0].kind, LEDGER_EFFECT_REFUSED);
	assert_string_equal(ledger_refusal_text(core->effects.list[0].refused.refusal),
			    ledger_refusal_text(refusal));
	assert_int_equal(after.height, before->height);
	assert_int_equal(after.slot, before->slot);
	assert_int_equal(after.pending, before->pending);
	assert_int_equal(after.own_pending, before->own_pending);
	assert_int_equal(after.own_sequence, before->own_sequence);
	assert_int_equal(after.votes_cast, before->votes_cast);
	assert_int_equal(after.duplicates, before->duplicates);
	for (unsigned int member = 0; member < MEMBERS; member++) {
		struct ledger_member_view view;

		ledger_view_member(core->ledger, member, &view);
		assert_true(view.vote_slot <= 1);
	}
}

UNIT_TEST(malformed_messages_are_refused)
{
	static const uint8_t garbage[] = {0x83, 0x01, 0xff};
	static const uint8_t unknown_type[] = {0x82, 0x08, 0x00};
	struct core core;
	struct ledger_view before;
	struct vote vote;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	core_hear(&core, core.other, BYTES(NULL, 0));
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	core_hear(&core, core.other, BYTES(garbage, sizeof(garbage)));
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	core_hear(&core, core.other, BYTES(unknown_type, sizeof(unknown_type)));
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	vote = fixture_vote(&core.fixture, core.other, VOTE_NOTAR, 1, &some_block);
	vote.epoch = 1;
	core_hear_vote(&core, core.other, &vote);
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	vote.epoch = 0;
	vote.member = MEMBERS;
	core_hear_vote(&core, core.other, &vote);
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	core_finish(&core);
}

/** The good message of each type, one byte too long and cut at every byte. */
UNIT_TEST(what_is_cut_or_too_long_is_refused)
{
	struct core core;
	struct ledger_view before;
	struct block block;
	struct cbor_writer writer;
	uint8_t *message = malloc(LEDGER_MESSAGE_MAX);

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	core_candidate(&core, 1, &block);
	cbor_write_init(&writer, message, LEDGER_MESSAGE_MAX);
	message_write_candidate(&writer, &block, core_no_justification());
	for (size_t size = 0; size < writer.size; size += 7) {
		core_hear(&core, core.other, BYTES(message, size));
		assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	}
	message[writer.size] = 0;
	core_hear(&core, core.other, BYTES(message, writer.size + 1));
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	core_hear(&core, core.other, BYTES(message, writer.size));
	assert_int_equal(core_votes(&core, VOTE_NOTAR), 1);
	block_clear(&block);
	free(message);
	core_finish(&core);
}

UNIT_TEST(strangers_and_impostors_are_refused)
{
	struct core core;
	struct ledger_view before;
	struct transaction transaction;
	struct verdict_batch batch;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	transaction = fixture_reading(&core.fixture, core.state, core.hub, 0, 5);
	batch = fixture_batch(&core.fixture, core.hub, &transaction, 1, NULL);
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_SENDER);
	core_hear_words(&core, core.other, &batch);
	assert_refused(&core, &before, LEDGER_REFUSED_SENDER);
	transaction.device.bytes[0] ^= 1;
	batch.judge.bytes[0] ^= 1;
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_DEVICE);
	core_hear_words(&core, core.other, &batch);
	assert_refused(&core, &before, LEDGER_REFUSED_DEVICE);
	free(batch.verdicts);
	core_finish(&core);
}

UNIT_TEST(wrong_signatures_are_refused)
{
	struct core core;
	struct ledger_view before;
	struct transaction transaction;
	struct verdict_batch batch;
	struct vote vote;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	batch = fixture_batch(&core.fixture, core.other, &transaction, 1, NULL);
	vote = fixture_vote(&core.fixture, core.other, VOTE_SKIP, 1, NULL);
	transaction.signature.bytes[63] ^= 1;
	batch.signature.bytes[0] ^= 0x80;
	vote.incarnation = 1;
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_SIGNATURE);
	core_hear_words(&core, core.other, &batch);
	assert_refused(&core, &before, LEDGER_REFUSED_SIGNATURE);
	core_hear_vote(&core, core.other, &vote);
	assert_refused(&core, &before, LEDGER_REFUSED_SIGNATURE);
	free(batch.verdicts);
	core_finish(&core);
}

UNIT_TEST(the_second_of_two_contents_is_refused)
{
	struct core core;
	struct ledger_view before;
	struct transaction transaction;
	struct vote vote;

	core_init(&core, MEMBERS, "");
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	core_hear_transaction(&core, core.other, &transaction);
	before = core_view(&core);
	assert_int_equal(before.pending, 1);
	transaction.reading.import_mwh++;
	fixture_resign(&core.fixture, &transaction);
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_EQUIVOCATION);
	vote = fixture_vote(&core.fixture, core.other, VOTE_NOTAR, 1, &some_block);
	core_hear_vote(&core, core.hub, &vote);
	assert_int_equal(core.effects.count, 0);
	vote = fixture_vote(&core.fixture, core.other, VOTE_NOTAR, 1, &transaction.hash);
	core_hear_vote(&core, core.hub, &vote);
	assert_refused(&core, &before, LEDGER_REFUSED_EQUIVOCATION);
	core_finish(&core);
}

UNIT_TEST(what_was_heard_twice_is_a_duplicate_and_checked_once)
{
	struct core core;
	struct transaction transaction;
	struct verdict_batch batch;
	struct vote vote;

	core_init(&core, MEMBERS, "");
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	batch = fixture_batch(&core.fixture, core.hub, &transaction, 1, NULL);
	vote = fixture_vote(&core.fixture, core.other, VOTE_NOTAR, 1, &some_block);
	for (unsigned int times = 0; times < 3; times++) {
		core_hear_transaction(&core, core.other, &transaction);
		core_hear_words(&core, core.hub, &batch);
		core_hear_vote(&core, core.hub, &vote);
		assert_int_equal(core.verifications, 3);
		assert_int_equal(core_view(&core).duplicates, 3 * times);
	}
	free(batch.verdicts);
	core_finish(&core);
}

UNIT_TEST(beyond_the_window_is_refused)
{
	struct core core;
	struct ledger_view before;
	struct transaction transaction;

	core_init(&core, MEMBERS, "window = 4\n");
	before = core_view(&core);
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	transaction.sequence = 5;
	fixture_resign(&core.fixture, &transaction);
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_SEQUENCE);
	transaction.sequence = 4;
	fixture_resign(&core.fixture, &transaction);
	core_hear_transaction(&core, core.other, &transaction);
	assert_int_equal(core_view(&core).pending, 1);
	core_finish(&core);
}

UNIT_TEST(another_chain_than_the_devices_is_refused)
{
	struct core core;
	struct ledger_view before;
	struct transaction transaction;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	transaction.previous = some_block;
	fixture_resign(&core.fixture, &transaction);
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_CHAIN);
	transaction.previous = (struct hash){{0}};
	transaction.incarnation = 1;
	fixture_resign(&core.fixture, &transaction);
	core_hear_transaction(&core, core.other, &transaction);
	assert_refused(&core, &before, LEDGER_REFUSED_CHAIN);
	core_finish(&core);
}

UNIT_TEST(more_than_the_rate_is_refused_until_time_has_passed)
{
	struct core core;
	struct ledger_view before;
	struct transaction list[3];

	core_init(&core, MEMBERS, "window = 2\nrate = 1\n");
	for (unsigned int i = 0; i < 3; i++) {
		list[i] = fixture_reading(&core.fixture, core.state, core.other, i, 5);
		list[i].sequence = 1 + i;
		list[i].previous = i > 0 ? list[i - 1].hash : (struct hash){{0}};
		fixture_resign(&core.fixture, &list[i]);
	}
	core_hear_transaction(&core, core.other, &list[0]);
	core_hear_transaction(&core, core.other, &list[1]);
	before = core_view(&core);
	core_hear_transaction(&core, core.other, &list[2]);
	assert_refused(&core, &before, LEDGER_REFUSED_RATE);
	core.now_us += SECOND_US - 1;
	core_hear_transaction(&core, core.other, &list[2]);
	assert_int_equal(core.effects.list[0].refused.refusal, LEDGER_REFUSED_RATE);
	core_finish(&core);
}

UNIT_TEST(too_far_ahead_is_refused_and_at_most_a_question)
{
	struct core core;
	struct vote vote;
	struct block block;
	struct certificate certificate;
	struct ledger_view before;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	core_candidate(&core, 1 + SLOTS_AHEAD_MAX + 1, &block);
	core_hear_candidate(&core, core.other, &block, core_no_justification());
	assert_refused(&core, &before, LEDGER_REFUSED_SLOT);
	fixture_certificate(&core.fixture, VOTE_SKIP, 1 + SLOTS_MAX, NULL, NULL, &certificate);
	core_hear_certificate(&core, core.other, &certificate);
	assert_refused(&core, &before, LEDGER_REFUSED_SLOT);
	vote = fixture_vote(&core.fixture, core.other, VOTE_SKIP, 1 + SLOTS_AHEAD_MAX + 1, NULL);
	core_hear_vote(&core, core.other, &vote);
	assert_int_equal(core.effects.list[0].refused.refusal, LEDGER_REFUSED_SLOT);
	/* Who is that far ahead is asked, once in a while. */
	assert_int_equal(core_count(&core, LEDGER_EFFECT_SEND), 1);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_PUT), 0);
	core_hear_vote(&core, core.other, &vote);
	assert_refused(&core, &before, LEDGER_REFUSED_SLOT);
	vote = fixture_vote(&core.fixture, core.other, VOTE_SKIP, 1 + SLOTS_AHEAD_MAX, NULL);
	core_hear_vote(&core, core.other, &vote);
	assert_int_equal(core.effects.count, 0);
	block_clear(&block);
	core_finish(&core);
}

/** Tells a certificate that must be refused and leave no trace, also none of its good votes. */
static void hear_bad_certificate(struct core *core, const struct certificate *certificate)
{
	struct ledger_view before = core_view(core);

	core_hear_certificate(core, core->other, certificate);
	assert_refused(core, &before, LEDGER_REFUSED_CERTIFICATE);
}

UNIT_TEST(certificates_that_prove_nothing_are_refused)
{
	struct core core;
	struct certificate good;
	struct certificate certificate;
	bool signers[MEMBERS] = {true, true, true, true, true};

	core_init(&core, MEMBERS, "");
	signers[core.hub] = false;
	fixture_certificate(&core.fixture, VOTE_NOTAR, 3, &some_block, signers, &certificate);
	hear_bad_certificate(&core, &certificate);
	memset(signers, 0, sizeof(signers));
	signers[core.hub] = true;
	signers[core.own] = true;
	fixture_certificate(&core.fixture, VOTE_NOTAR, 3, &some_block, signers, &certificate);
	hear_bad_certificate(&core, &certificate);
	signers[core.other] = true;
	fixture_certificate(&core.fixture, VOTE_NOTAR, 3, &some_block, signers, &good);
	for (size_t i = 0; i < good.count; i++) {
		certificate = good;
		certificate.entries[i].signature.bytes[9] ^= 1;
		hear_bad_certificate(&core, &certificate);
	}
	certificate = good;
	certificate.kind = VOTE_FINAL;
	hear_bad_certificate(&core, &certificate);
	certificate = good;
	certificate.epoch = 1;
	hear_bad_certificate(&core, &certificate);
	certificate = good;
	certificate.entries[2].member = MEMBERS;
	hear_bad_certificate(&core, &certificate);
	core_hear_certificate(&core, core.other, &good);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_REFUSED), 0);
	assert_int_equal(core_view(&core).slot, 4);
	core_finish(&core);
}

UNIT_TEST(a_certificate_with_a_member_twice_is_malformed)
{
	struct core core;
	struct certificate certificate;
	struct ledger_view before;

	core_init(&core, MEMBERS, "");
	before = core_view(&core);
	fixture_certificate(&core.fixture, VOTE_SKIP, 1, NULL, NULL, &certificate);
	certificate.entries[1] = certificate.entries[0];
	core_hear_certificate(&core, core.other, &certificate);
	assert_refused(&core, &before, LEDGER_REFUSED_MALFORMED);
	core_finish(&core);
}

UNIT_TEST(own_readings_that_break_the_contract_are_refused)
{
	struct core core;
	struct ledger_view before;
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT};

	core_init(&core, MEMBERS, "");
	core_submit(&core, 5000);
	before = core_view(&core);
	assert_int_equal(before.own_sequence, 1);
	core.now_us += core.fixture.contract->interval_us;
	event.submit.end_us = core.now_us;
	event.submit.start_us = core.now_us - 1;
	event.submit.import_mwh = 4999;
	core_step(&core, &event);
	/* Its word on the first one is due, and has nothing to do with the second. */
	assert_int_equal(core_count(&core, LEDGER_EFFECT_REFUSED), 1);
	assert_int_equal(core_first_put(&core, LEDGER_TABLE_OUTBOX), SIZE_MAX);
	core_step(&core, &event);
	assert_refused(&core, &before, LEDGER_REFUSED_SUBMISSION);
	event.submit.import_mwh = INT64_MAX;
	core_step(&core, &event);
	assert_refused(&core, &before, LEDGER_REFUSED_SUBMISSION);
	event.submit.import_mwh = 5000;
	event.submit.end_us++;
	core_step(&core, &event);
	assert_refused(&core, &before, LEDGER_REFUSED_SUBMISSION);
	event.submit.end_us--;
	core_step(&core, &event);
	assert_int_equal(core_view(&core).own_sequence, 2);
	core_finish(&core);
}

UNIT_TEST(a_batch_that_is_padded_and_repeated_stays_bounded)
{
	struct core core;
	struct transaction list[LEDGER_BATCH_VERDICTS_MAX];

	core_init(&core, MEMBERS, "");
	for (unsigned int round = 0; round < 300; round++) {
		struct verdict_batch batch;

		for (unsigned int i = 0; i < LEDGER_BATCH_VERDICTS_MAX; i++)
			memcpy(list[i].hash.bytes, (unsigned int[]){round, i}, 8);
		batch = fixture_batch(&core.fixture, core.other, list, LEDGER_BATCH_VERDICTS_MAX,
				      NULL);
		core_hear_words(&core, core.other, &batch);
		assert_int_equal(core.effects.count, 0);
		free(batch.verdicts);
	}
	assert_int_equal(core_view(&core).pending, 0);
	core_finish(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(what_is_cut_or_too_long_is_refused),
		cmocka_unit_test(strangers_and_impostors_are_refused),
		cmocka_unit_test(wrong_signatures_are_refused),
		cmocka_unit_test(the_second_of_two_contents_is_refused),
		cmocka_unit_test(what_was_heard_twice_is_a_duplicate_and_checked_once),
		cmocka_unit_test(beyond_the_window_is_refused),
		cmocka_unit_test(another_chain_than_the_devices_is_refused),
		cmocka_unit_test(more_than_the_rate_is_refused_until_time_has_passed),
		cmocka_unit_test(too_far_ahead_is_refused_and_at_most_a_question),
		cmocka_unit_test(certificates_that_prove_nothing_are_refused),
		cmocka_unit_test(a_certificate_with_a_member_twice_is_malformed),
		cmocka_unit_test(own_readings_that_break_the_contract_are_refused),
		cmocka_unit_test(a_batch_that_is_padded_and_repeated_stays_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
