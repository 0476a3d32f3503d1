/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Candidates and final blocks of others: what is voted for, what never, what floods may cost. */
#include "unit.h"

#include <errno.h>

#include "ledger/core.h"
#include "ledger_core_bench.h"

enum { MEMBERS = 5, SECOND_US = 1000000 };

static enum ledger_refusal only_refusal(const struct core *core)
{
	enum ledger_refusal refusal = LEDGER_REFUSALS;

	assert_int_equal(core_count(core, LEDGER_EFFECT_REFUSED), 1);
	for (size_t i = 0; i < core->effects.count; i++) {
		if (core->effects.list[i].kind == LEDGER_EFFECT_REFUSED)
			refusal = core->effects.list[i].refused.refusal;
	}
	return refusal;
}

/** The candidate is told, refused, and never voted for, however long one waits. */
static void assert_never_voted(struct core *core, const struct block *block,
			       struct bytes justification, enum ledger_refusal refusal)
{
	core_hear_candidate(core, core->other, block, justification);
	assert_string_equal(ledger_refusal_text(only_refusal(core)), ledger_refusal_text(refusal));
	for (unsigned int i = 0; i < 30; i++) {
		assert_int_equal(core_votes(core, VOTE_NOTAR), 0);
		core_pass(core, SECOND_US);
	}
	assert_int_equal(core_view(core).height, 0);
}

static void leave_alone(struct core *core, struct block *block)
{
	(void)core;
	(void)block;
}

static void by_another(struct core *core, struct block *block)
{
	block->header.proposer = core->fixture.contract->members[core->hub == 2 ? 3 : 2].id;
	fixture_block_sign(&core->fixture, block);
}

static void forge_proposer(struct core *core, struct block *block)
{
	(void)core;
	block->signature.bytes[3] ^= 1;
}

static void other_justification(struct core *core, struct block *block)
{
	block->header.justification.bytes[0] ^= 1;
	fixture_block_sign(&core->fixture, block);
}

static void forge_transaction(struct core *core, struct block *block)
{
	block->transactions[1].signature.bytes[0] ^= 1;
	core_seal(core, block, core_no_justification());
}

static void forge_words(struct core *core, struct block *block)
{
	block->batches[2].signature.bytes[0] ^= 1;
	core_seal(core, block, core_no_justification());
}

static void too_few_words(struct core *core, struct block *block)
{
	block->batch_count = 2;
	core_seal(core, block, core_no_justification());
}

static void unlogged(struct core *core, struct block *block)
{
	block->header.log_size++;
	fixture_block_sign(&core->fixture, block);
}

static void other_parent(struct core *core, struct block *block)
{
	core->state->height++;
	block->header.height++;
	core_seal(core, block, core_no_justification());
	core->state->height--;
}

static void run_case(void (*change)(struct core *, struct block *), enum ledger_refusal refusal)
{
	struct core core;
	struct block block;

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	change(&core, &block);
	if (refusal == LEDGER_REFUSALS) {
		core_hear_candidate(&core, core.other, &block, core_no_justification());
		assert_int_equal(core_votes(&core, VOTE_NOTAR), 1);
	} else {
		assert_never_voted(&core, &block, core_no_justification(), refusal);
	}
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(a_good_candidate_is_voted_for)
{
	run_case(leave_alone, LEDGER_REFUSALS);
}

UNIT_TEST(candidates_that_do_not_check_are_never_voted_for)
{
	run_case(by_another, LEDGER_REFUSED_CANDIDATE);
	run_case(forge_proposer, LEDGER_REFUSED_CANDIDATE);
	run_case(other_justification, LEDGER_REFUSED_CANDIDATE);
	run_case(forge_transaction, LEDGER_REFUSED_CANDIDATE);
	run_case(forge_words, LEDGER_REFUSED_CANDIDATE);
	run_case(too_few_words, LEDGER_REFUSED_CANDIDATE);
	run_case(unlogged, LEDGER_REFUSED_CANDIDATE);
	run_case(other_parent, LEDGER_REFUSED_CANDIDATE);
}

UNIT_TEST(a_candidate_with_any_wrong_root_is_never_voted_for)
{
	const size_t roots[] = {
		offsetof(struct block_header, transaction_root),
		offsetof(struct block_header, verdict_hash),
		offsetof(struct block_header, log_root),
		offsetof(struct block_header, state_root),
		offsetof(struct block_header, next_members),
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct core core;
		struct block block;

		core_init(&core, MEMBERS, "");
		core_candidate(&core, 1, &block);
		((uint8_t *)&block.header)[roots[i]] ^= 1;
		fixture_block_sign(&core.fixture, &block);
		assert_never_voted(&core, &block, core_no_justification(),
				   LEDGER_REFUSED_CANDIDATE);
		block_clear(&block);
		core_finish(&core);
	}
}

UNIT_TEST(a_candidate_with_a_bad_certificate_is_refused_as_a_whole)
{
	struct core core;
	struct block block;
	struct certificate certificate;
	struct cbor_writer writer;
	uint8_t list[2048];

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	fixture_certificate(&core.fixture, VOTE_SKIP, 1, NULL, NULL, &certificate);
	certificate.entries[4].signature.bytes[0] ^= 1;
	cbor_write_init(&writer, list, sizeof(list));
	cbor_write_array(&writer, 1);
	certificate_write(&writer, &certificate);
	core_seal(&core, &block, BYTES(list, writer.size));
	assert_never_voted(&core, &block, BYTES(list, writer.size), LEDGER_REFUSED_CERTIFICATE);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(over_a_gap_that_is_not_certified_nobody_votes)
{
	static const struct hash unknown = {{9}};
	struct core core;
	struct block block;
	struct certificate certificate;

	core_init(&core, MEMBERS, "");
	/* Slot 1 is left by a NOTAR certificate; that it was skipped is not shown. */
	fixture_certificate(&core.fixture, VOTE_NOTAR, 1, &unknown, NULL, &certificate);
	core_hear_certificate(&core, core.other, &certificate);
	assert_int_equal(core_view(&core).slot, 2);
	core_candidate(&core, 2, &block);
	core_hear_candidate(&core, core.other, &block, core_no_justification());
	assert_int_equal(core_votes(&core, VOTE_NOTAR), 0);
	core_pass(&core, SECOND_US);
	assert_int_equal(core_votes(&core, VOTE_NOTAR), 0);
	fixture_certificate(&core.fixture, VOTE_SKIP, 1, NULL, NULL, &certificate);
	core_hear_certificate(&core, core.other, &certificate);
	assert_int_equal(core_votes(&core, VOTE_NOTAR), 1);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(the_second_candidate_of_a_slot_is_refused)
{
	struct core core;
	struct block block;

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	core_hear_candidate(&core, core.other, &block, core_no_justification());
	block.header.time_us++;
	core_seal(&core, &block, core_no_justification());
	core_hear_candidate(&core, core.other, &block, core_no_justification());
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_EQUIVOCATION);
	assert_int_equal(core_votes(&core, VOTE_NOTAR), 0);
	block_clear(&block);
	core_finish(&core);
}

/** Words on readings that are not in it make any block larger. */
static void pad(struct core *core, struct block *block, unsigned int count,
		struct verdict_batch *ret_batches)
{
	struct transaction list[LEDGER_BATCH_VERDICTS_MAX] = {0};

	for (unsigned int i = 0; i < count; i++) {
		for (unsigned int k = 0; k < LEDGER_BATCH_VERDICTS_MAX; k++)
			memcpy(list[k].hash.bytes, (unsigned int[]){i, k + 1}, 8);
		ret_batches[i] = fixture_batch(&core->fixture, core->other, list,
					       LEDGER_BATCH_VERDICTS_MAX, NULL);
		block->batches[block->batch_count++] = ret_batches[i];
	}
	core_seal(core, block, core_no_justification());
}

UNIT_TEST(a_block_that_could_not_be_passed_on_with_its_certificate_is_refused)
{
	for (unsigned int count = 4; count <= 5; count++) {
		struct core core;
		struct block block;
		struct verdict_batch batches[5];

		core_init(&core, MEMBERS, "");
		core_candidate(&core, 1, &block);
		pad(&core, &block, count, batches);
		if (count == 4) {
			core_hear_candidate(&core, core.other, &block, core_no_justification());
			assert_int_equal(core_votes(&core, VOTE_NOTAR), 1);
		} else {
			assert_never_voted(&core, &block, core_no_justification(),
					   LEDGER_REFUSED_CANDIDATE);
		}
		for (unsigned int i = 0; i < count; i++)
			free(batches[i].verdicts);
		block_clear(&block);
		core_finish(&core);
	}
}

UNIT_TEST(a_final_block_is_taken_with_its_certificate_only)
{
	struct core core;
	struct block block;
	struct certificate good;
	struct certificate certificate;

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	fixture_certificate(&core.fixture, VOTE_FINAL, 1, &block.hash, NULL, &good);
	certificate = good;
	certificate.entries[0].signature.bytes[0] ^= 1;
	core_hear_block(&core, core.other, &block, &certificate);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CERTIFICATE);
	certificate = good;
	certificate.count = 2;
	core_hear_block(&core, core.other, &block, &certificate);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CERTIFICATE);
	fixture_certificate(&core.fixture, VOTE_NOTAR, 1, &block.hash, NULL, &certificate);
	core_hear_block(&core, core.other, &block, &certificate);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CERTIFICATE);
	fixture_certificate(&core.fixture, VOTE_FINAL, 2, &block.hash, NULL, &certificate);
	core_hear_block(&core, core.other, &block, &certificate);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CERTIFICATE);
	/* Its hash does not cover the proposer's signature, and what is stored must verify. */
	block.signature.bytes[1] ^= 1;
	core_hear_block(&core, core.other, &block, &good);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CERTIFICATE);
	assert_int_equal(core_first_put(&core, LEDGER_TABLE_BLOCK), SIZE_MAX);
	block.signature.bytes[1] ^= 1;
	core_hear_block(&core, core.other, &block, &good);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_REFUSED), 0);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_READING), MEMBERS - 1);
	assert_int_equal(core_view(&core).height, 1);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(a_final_block_with_another_body_is_refused)
{
	struct core core;
	struct block block;
	struct certificate certificate;

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	fixture_certificate(&core.fixture, VOTE_FINAL, 1, &block.hash, NULL, &certificate);
	block.transactions[0].signature.bytes[0] ^= 1;
	core_hear_block(&core, core.other, &block, &certificate);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CANDIDATE);
	assert_int_equal(core.effects.count, 1);
	assert_int_equal(core_view(&core).height, 0);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(words_on_what_can_never_be_final_are_forgotten)
{
	struct core core;
	struct block block;
	struct certificate certificate;
	struct transaction list[2];
	struct bytes key;
	struct bytes value;

	core_init(&core, MEMBERS, "");
	list[0] = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	list[1] = fixture_reading(&core.fixture, core.state, core.other, 0, 6);
	list[1].sequence = 2;
	list[1].previous = list[0].hash;
	fixture_resign(&core.fixture, &list[1]);
	core_hear_transaction(&core, core.other, &list[0]);
	core_hear_transaction(&core, core.other, &list[1]);
	core_pass(&core, SECOND_US);
	assert_true(fixture_record_nth(&core.records, LEDGER_TABLE_VERDICT, 1, &key, &value));
	/* The others heard another first reading of this liar, and made it final. */
	core_candidate(&core, 1, &block);
	fixture_certificate(&core.fixture, VOTE_FINAL, 1, &block.hash, NULL, &certificate);
	core_hear_block(&core, core.hub, &block, &certificate);
	assert_int_equal(core_view(&core).height, 1);
	assert_int_equal(only_refusal(&core), LEDGER_REFUSED_CHAIN);
	assert_false(fixture_record_nth(&core.records, LEDGER_TABLE_VERDICT, 0, &key, &value));
	assert_int_equal(core_view(&core).pending, 0);
	block_clear(&block);
	core_finish(&core);
}

UNIT_TEST(questions_are_answered_at_a_rate)
{
	struct core core;
	struct block block;
	struct certificate certificate;
	const struct status behind = {.slot = 1};
	unsigned int answers = 0;

	core_init(&core, MEMBERS, "");
	core_candidate(&core, 1, &block);
	fixture_certificate(&core.fixture, VOTE_FINAL, 1, &block.hash, NULL, &certificate);
	core_hear_block(&core, core.other, &block, &certificate);
	for (unsigned int i = 0; i < 1000; i++) {
		core_hear_status(&core, core.other, &behind);
		answers += (unsigned int)core_count(&core, LEDGER_EFFECT_SEND);
	}
	assert_int_equal(answers, ANSWER_BURST);
	/* Others do not suffer, and time heals. */
	core_hear_status(&core, core.hub, &behind);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_SEND), 1);
	core.now_us += SECOND_US / ANSWER_RATE;
	core_hear_status(&core, core.other, &behind);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_SEND), 1);
	core_hear_status(&core, core.other, &behind);
	assert_int_equal(core_count(&core, LEDGER_EFFECT_SEND), 0);
	block_clear(&block);
	core_finish(&core);
}

static void hear_word(struct core *core, unsigned int judge, const struct transaction *transaction,
		      enum verdict_reason reason)
{
	struct verdict_batch batch = fixture_batch(&core->fixture, judge, transaction, 1, &reason);

	core_hear_words(core, judge, &batch);
	free(batch.verdicts);
}

UNIT_TEST(a_reading_decided_by_a_liars_word_does_not_keep_slots_running)
{
	struct core core;
	struct transaction transaction;
	unsigned int liar = 1;

	core_init(&core, MEMBERS, "");
	while (liar == core.hub || liar == core.own || liar == core.other)
		liar++;
	transaction = fixture_reading(&core.fixture, core.state, core.other, 0, 5);
	hear_word(&core, liar, &transaction, VERDICT_RATE);
	hear_word(&core, liar, &transaction, VERDICT_YES);
	core_hear_transaction(&core, core.other, &transaction);
	hear_word(&core, core.hub, &transaction, VERDICT_YES);
	for (unsigned int i = 0; i < 60; i++)
		core_pass(&core, SECOND_US);
	assert_int_equal(core_view(&core).votes_cast, 0);
	/* One honest word more, and time runs. */
	hear_word(&core, core.other, &transaction, VERDICT_YES);
	for (unsigned int i = 0; i < 60; i++)
		core_pass(&core, SECOND_US);
	assert_int_equal(core_view(&core).votes_cast, 1);
	core_finish(&core);
}

/** Brings the ledger into the first slot that it leads itself. */
static void lead(struct core *core)
{
	for (uint64_t slot = 1; slot % core->fixture.contract->member_count != core->own; slot++) {
		struct certificate certificate;

		fixture_certificate(&core->fixture, VOTE_SKIP, slot, NULL, NULL, &certificate);
		core_hear_certificate(core, core->other, &certificate);
	}
}

UNIT_TEST(a_leader_with_more_words_than_fit_proposes_fewer_readings)
{
	enum { MANY = 13, EACH = 20 };
	struct core core;
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};

	core_init(&core, MANY, "block_transactions = 256\n");
	lead(&core);
	for (unsigned int member = 0; member < MANY; member++) {
		struct hash previous = {{0}};

		for (unsigned int i = 0; member != core.own && i < EACH; i++) {
			struct transaction transaction =
				fixture_reading(&core.fixture, core.state, member, i, 5);

			transaction.sequence = i + 1;
			transaction.previous = previous;
			fixture_resign(&core.fixture, &transaction);
			previous = transaction.hash;
			core_hear_transaction(&core, member, &transaction);
			for (unsigned int judge = 0; judge < MANY; judge++) {
				if (judge != core.own)
					hear_word(&core, judge, &transaction, VERDICT_YES);
			}
		}
	}
	core.now_us += 3 * SECOND_US;
	core_step(&core, &event);
	assert_true(core_first_put(&core, LEDGER_TABLE_CANDIDATE) != SIZE_MAX);
	assert_true(core_votes(&core, VOTE_NOTAR) > 0);
	core_finish(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_candidate_is_voted_for),
		cmocka_unit_test(candidates_that_do_not_check_are_never_voted_for),
		cmocka_unit_test(a_candidate_with_any_wrong_root_is_never_voted_for),
		cmocka_unit_test(a_candidate_with_a_bad_certificate_is_refused_as_a_whole),
		cmocka_unit_test(over_a_gap_that_is_not_certified_nobody_votes),
		cmocka_unit_test(the_second_candidate_of_a_slot_is_refused),
		cmocka_unit_test(
			a_block_that_could_not_be_passed_on_with_its_certificate_is_refused),
		cmocka_unit_test(a_final_block_is_taken_with_its_certificate_only),
		cmocka_unit_test(a_final_block_with_another_body_is_refused),
		cmocka_unit_test(words_on_what_can_never_be_final_are_forgotten),
		cmocka_unit_test(questions_are_answered_at_a_rate),
		cmocka_unit_test(a_reading_decided_by_a_liars_word_does_not_keep_slots_running),
		cmocka_unit_test(a_leader_with_more_words_than_fit_proposes_fewer_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
