/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Counting verdicts and applying blocks: the paper's vote, and what a block must name. */
#include "unit.h"

#include <errno.h>

#include "ledger_fixture.h"

enum { MEMBERS = 5, ACCEPT = 3, REJECT = 3 };

/** A lan of five, its state, and a block under work on top of it. */
struct scene {
	struct fixture fixture;
	struct ledger_state *state;
	struct ledger_state *after;
	struct block block;
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	struct block_header header;
};

static void scene_init(struct scene *scene)
{
	fixture_init(&scene->fixture, "lan", MEMBERS, FIXTURE_CHEAP);
	scene->state = fixture_state_new(&scene->fixture);
	scene->after = fixture_state_new(&scene->fixture);
	fixture_block_init(&scene->fixture, scene->state, &scene->block);
}

static void scene_finish(struct scene *scene)
{
	block_clear(&scene->block);
	free(scene->state);
	free(scene->after);
	fixture_finish(&scene->fixture);
}

/** Adds a reading of member 0 and gives it back. */
static struct transaction add_reading(struct scene *scene, unsigned int intervals,
				      int64_t import_mwh)
{
	struct transaction transaction =
		fixture_reading(&scene->fixture, scene->state, 0, intervals, import_mwh);

	fixture_block_add(&scene->block, &transaction);
	return transaction;
}

/** The first @yes members say yes to all there is, the next @no name @reason. */
static void judge(struct scene *scene, unsigned int yes, unsigned int no,
		  enum verdict_reason reason)
{
	enum verdict_reason reasons[LEDGER_BLOCK_TRANSACTIONS_MAX];

	for (size_t index = 0; index < scene->block.header.count; index++)
		reasons[index] = reason;
	for (unsigned int member = 0; member < yes; member++)
		fixture_block_judge(&scene->fixture, &scene->block, member, NULL);
	for (unsigned int member = yes; member < yes + no; member++)
		fixture_block_judge(&scene->fixture, &scene->block, member, reasons);
}

static enum state_error apply(struct scene *scene)
{
	state_copy(scene->after, scene->state);
	return state_apply(scene->after, scene->fixture.contract, &scene->block, scene->decisions,
			   &scene->header);
}

static enum state_error apply_checked(struct scene *scene)
{
	state_copy(scene->after, scene->state);
	return state_apply_checked(scene->after, scene->fixture.contract, &scene->block,
				   scene->decisions);
}

/** Seals the block, applies it for good and begins the next. */
static void advance(struct scene *scene)
{
	assert_int_equal(fixture_block_seal(&scene->fixture, scene->state, &scene->block),
			 STATE_OK);
	assert_int_equal(apply_checked(scene), STATE_OK);
	state_copy(scene->state, scene->after);
	block_clear(&scene->block);
	fixture_block_init(&scene->fixture, scene->state, &scene->block);
}

UNIT_TEST(every_count_of_verdicts_decides_as_the_contract_says)
{
	for (unsigned int yes = 0; yes <= MEMBERS; yes++)
		for (unsigned int no = 0; yes + no <= MEMBERS; no++) {
			struct scene scene;
			bool is_decided = yes >= ACCEPT || no >= REJECT;

			scene_init(&scene);
			(void)add_reading(&scene, 1, 100);
			judge(&scene, yes, no, VERDICT_RATE);
			assert_int_equal(apply(&scene), is_decided ? STATE_OK : STATE_VERDICTS);
			assert_int_equal(scene.decisions[0].is_decided, is_decided);
			assert_int_equal(scene.decisions[0].is_accepted, yes >= ACCEPT);
			assert_int_equal(scene.decisions[0].yes, yes);
			assert_int_equal(scene.decisions[0].no, no);
			assert_int_equal(scene.decisions[0].reason,
					 no >= REJECT ? VERDICT_RATE : VERDICT_YES);
			scene_finish(&scene);
		}
}

UNIT_TEST(a_rejection_names_the_reason_given_most)
{
	static const enum verdict_reason reasons[MEMBERS] = {
		VERDICT_FUTURE, VERDICT_ADDRESS, VERDICT_FUTURE, VERDICT_ADDRESS, VERDICT_FUTURE,
	};
	struct scene scene;

	scene_init(&scene);
	(void)add_reading(&scene, 1, 100);
	for (unsigned int member = 0; member < MEMBERS; member++)
		fixture_block_judge(&scene.fixture, &scene.block, member, &reasons[member]);
	assert_int_equal(apply(&scene), STATE_OK);
	assert_int_equal(scene.decisions[0].reason, VERDICT_FUTURE);
	scene_finish(&scene);
}

UNIT_TEST(a_judge_counts_once)
{
	const enum verdict_reason no = VERDICT_RATE;
	struct scene scene;

	scene_init(&scene);
	(void)add_reading(&scene, 1, 100);
	for (unsigned int turn = 0; turn < 4; turn++)
		fixture_block_judge(&scene.fixture, &scene.block, 0, NULL);
	fixture_block_judge(&scene.fixture, &scene.block, 0, &no);
	fixture_block_judge(&scene.fixture, &scene.block, 1, NULL);
	assert_int_equal(apply(&scene), STATE_VERDICTS);
	assert_int_equal(scene.decisions[0].yes, 2);
	assert_int_equal(scene.decisions[0].no, 0);
	scene_finish(&scene);
}

UNIT_TEST(verdicts_on_other_blocks_count_nothing)
{
	struct transaction other;
	struct scene scene;

	scene_init(&scene);
	other = fixture_reading(&scene.fixture, scene.state, 1, 1, 7);
	fixture_block_add(&scene.block, &other);
	judge(&scene, MEMBERS, 0, VERDICT_YES);
	scene.block.header.count = 0;
	(void)add_reading(&scene, 1, 100);
	assert_int_equal(apply(&scene), STATE_VERDICTS);
	assert_int_equal(scene.decisions[0].yes, 0);
	scene_finish(&scene);
}

UNIT_TEST(an_accepted_reading_moves_the_registers)
{
	struct transaction transaction;
	struct scene scene;

	scene_init(&scene);
	transaction = add_reading(&scene, 1, 100);
	judge(&scene, 4, 1, VERDICT_RATE);
	advance(&scene);
	assert_int_equal(scene.state->members[0].sequence, 1);
	assert_true(hash_equal(&scene.state->members[0].previous, &transaction.hash));
	assert_int_equal(scene.state->members[0].import_mwh, 100);
	assert_int_equal(scene.state->members[0].end_us, transaction.reading.end_us);
	assert_int_equal(scene.state->members[0].accepted, 1);
	assert_int_equal(scene.state->verdicts, 5);
	assert_int_equal(scene.state->log.size, 1);
	assert_int_equal(scene.state->height, 1);
	scene_finish(&scene);
}

UNIT_TEST(a_rejected_reading_moves_only_the_device_chain)
{
	struct transaction transaction;
	struct scene scene;

	scene_init(&scene);
	(void)add_reading(&scene, 1, 100);
	judge(&scene, MEMBERS, 0, VERDICT_YES);
	advance(&scene);
	transaction = add_reading(&scene, 2, 50);
	judge(&scene, 0, MEMBERS, VERDICT_REGISTER);
	advance(&scene);
	assert_int_equal(scene.state->members[0].sequence, 2);
	assert_true(hash_equal(&scene.state->members[0].previous, &transaction.hash));
	assert_int_equal(scene.state->members[0].import_mwh, 100);
	assert_int_equal(scene.state->members[0].rejected, 1);
	assert_int_equal(scene.state->members[0].accepted, 1);
	assert_int_equal(scene.state->log.size, 2);
	scene_finish(&scene);
}

UNIT_TEST(a_register_never_runs_back_whoever_said_yes)
{
	static const struct {
		unsigned int intervals;
		int64_t import_mwh;
		int64_t export_mwh;
	} cases[] = {{4, 99, 50}, {4, 100, 49}, {3, 101, 50}, {2, 101, 50}};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct transaction *transaction;
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 3, 100);
		scene.block.transactions[0].reading.export_mwh = 50;
		fixture_resign(&scene.fixture, &scene.block.transactions[0]);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		advance(&scene);
		(void)add_reading(&scene, cases[index].intervals, cases[index].import_mwh);
		transaction = &scene.block.transactions[0];
		transaction->reading.export_mwh = cases[index].export_mwh;
		fixture_resign(&scene.fixture, transaction);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		scene.block.header.time_us = scene.state->time_us;
		assert_int_equal(apply(&scene), STATE_OK);
		assert_false(scene.decisions[0].is_accepted);
		assert_int_equal(scene.decisions[0].reason, VERDICT_REGISTER);
		assert_int_equal(scene.after->members[0].import_mwh, 100);
		assert_int_equal(scene.after->members[0].rejected, 1);
		scene_finish(&scene);
	}
}

UNIT_TEST(a_device_chain_must_continue)
{
	for (unsigned int kind = 0; kind < 4; kind++) {
		struct transaction *transaction;
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 1, 100);
		transaction = &scene.block.transactions[0];
		transaction->sequence += kind == 0;
		transaction->incarnation += kind == 1;
		transaction->previous.bytes[0] ^= kind == 2;
		fixture_resign(&scene.fixture, transaction);
		if (kind == 3)
			fixture_block_add(&scene.block, transaction);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		assert_int_equal(apply(&scene), STATE_SEQUENCE);
		scene_finish(&scene);
	}
}

UNIT_TEST(two_readings_of_one_device_stand_in_one_block)
{
	struct transaction first;
	struct transaction second;
	struct scene scene;

	scene_init(&scene);
	first = add_reading(&scene, 1, 100);
	second = fixture_reading(&scene.fixture, scene.state, 0, 2, 200);
	second.sequence = 2;
	second.previous = first.hash;
	fixture_resign(&scene.fixture, &second);
	fixture_block_add(&scene.block, &second);
	judge(&scene, MEMBERS, 0, VERDICT_YES);
	advance(&scene);
	assert_int_equal(scene.state->members[0].sequence, 2);
	assert_int_equal(scene.state->members[0].import_mwh, 200);
	scene_finish(&scene);
}

UNIT_TEST(strangers_are_refused)
{
	for (unsigned int kind = 0; kind < 3; kind++) {
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 1, 100);
		if (kind == 0)
			scene.block.transactions[0].device.bytes[0] ^= 1;
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		if (kind == 1)
			scene.block.batches[0].judge.bytes[0] ^= 1;
		if (kind == 2)
			scene.block.header.proposer.bytes[0] ^= 1;
		assert_int_equal(apply(&scene), STATE_DEVICE);
		scene_finish(&scene);
	}
}

UNIT_TEST(a_block_must_follow_its_parent)
{
	for (unsigned int kind = 0; kind < 8; kind++) {
		struct block_header *header;
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 1, 100);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		advance(&scene);
		header = &scene.block.header;
		header->chain.bytes[0] ^= kind == 1;
		header->parent.bytes[0] ^= kind == 2;
		header->height += kind == 3;
		header->epoch += kind == 4;
		header->slot -= kind == 5;
		header->parent_slot += kind == 6;
		header->time_us -= kind == 7;
		assert_int_equal(apply(&scene), kind == 0 ? STATE_OK : STATE_HEIGHT);
		scene_finish(&scene);
	}
}

UNIT_TEST(a_header_must_name_its_content)
{
	for (unsigned int kind = 0; kind < 7; kind++) {
		struct block_header *header;
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 1, 100);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		assert_int_equal(fixture_block_seal(&scene.fixture, scene.state, &scene.block),
				 STATE_OK);
		header = &scene.block.header;
		header->transaction_root.bytes[0] ^= kind == 1;
		header->verdict_hash.bytes[0] ^= kind == 2;
		header->log_size += kind == 3;
		header->log_root.bytes[0] ^= kind == 4;
		header->state_root.bytes[0] ^= kind == 5;
		header->next_members.bytes[0] ^= kind == 6;
		assert_int_equal(apply_checked(&scene), kind == 0 ? STATE_OK : STATE_ROOT);
		scene_finish(&scene);
	}
}

UNIT_TEST(the_outcome_is_part_of_the_log)
{
	struct hash roots[2];

	for (unsigned int kind = 0; kind < 2; kind++) {
		struct scene scene;

		scene_init(&scene);
		(void)add_reading(&scene, 1, 100);
		judge(&scene, kind == 0 ? MEMBERS : 0, kind == 0 ? 0 : MEMBERS, VERDICT_RATE);
		assert_int_equal(apply(&scene), STATE_OK);
		roots[kind] = scene.header.log_root;
		assert_true(hash_equal(&roots[kind], &scene.header.transaction_root));
		scene_finish(&scene);
	}
	assert_false(hash_equal(&roots[0], &roots[1]));
}

UNIT_TEST(a_full_log_takes_no_more)
{
	struct scene scene;

	scene_init(&scene);
	(void)add_reading(&scene, 1, 100);
	judge(&scene, MEMBERS, 0, VERDICT_YES);
	scene.state->log.size = UINT64_C(1) << MERKLE_LEVELS_MAX;
	assert_int_equal(apply(&scene), STATE_FULL);
	scene_finish(&scene);
}

UNIT_TEST(an_empty_block_changes_nothing_but_the_head)
{
	struct scene scene;

	scene_init(&scene);
	advance(&scene);
	assert_int_equal(scene.state->height, 1);
	assert_int_equal(scene.state->log.size, 0);
	assert_false(hash_equal(&scene.state->head, &scene.fixture.contract->chain));
	scene_finish(&scene);
}

static void assert_encodes_to_itself(struct scene *scene)
{
	size_t capacity = state_encoded_size(scene->fixture.contract);
	_cleanup_(freep) uint8_t *data = malloc(capacity);
	_cleanup_(freep) uint8_t *again = malloc(capacity);
	size_t size;
	size_t size_again;

	assert_true(data && again);
	assert_int_equal(state_encode(scene->state, data, capacity, &size), 0);
	assert_int_equal(state_decode(BYTES(data, size), scene->fixture.contract, scene->after), 0);
	assert_int_equal(state_encode(scene->after, again, capacity, &size_again), 0);
	assert_int_equal(size_again, size);
	assert_memory_equal(again, data, size);
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(state_encode(scene->state, again, cut, &size_again), -ENOBUFS);
	for (size_t index = 0; index < size; index++) {
		data[index] ^= 0x21;
		if (state_decode(BYTES(data, size), scene->fixture.contract, scene->after) == 0) {
			assert_int_equal(state_encode(scene->after, again, capacity, &size_again),
					 0);
			assert_int_equal(size_again, size);
			assert_memory_equal(again, data, size);
		}
		data[index] ^= 0x21;
	}
	assert_int_equal(state_decode(BYTES(data, size - 1), scene->fixture.contract, scene->after),
			 -EBADMSG);
}

UNIT_TEST(a_state_is_stored_and_read_again)
{
	struct scene scene;

	scene_init(&scene);
	assert_encodes_to_itself(&scene);
	for (unsigned int turn = 1; turn <= 3; turn++) {
		(void)add_reading(&scene, turn, (int64_t)turn << 20);
		judge(&scene, MEMBERS, 0, VERDICT_YES);
		advance(&scene);
		assert_encodes_to_itself(&scene);
	}
	scene_finish(&scene);
}

UNIT_TEST(the_state_of_another_contract_is_refused)
{
	struct fixture other;
	uint8_t data[4096];
	struct scene scene;
	size_t size;

	scene_init(&scene);
	fixture_init(&other, "lan", MEMBERS - 1, FIXTURE_CHEAP);
	assert_int_equal(state_encode(scene.state, data, sizeof(data), &size), 0);
	assert_int_equal(state_decode(BYTES(data, size), other.contract, scene.after), -EBADMSG);
	fixture_finish(&other);
	scene_finish(&scene);
}

UNIT_TEST(the_largest_state_fits_its_size)
{
	struct ledger_state *state;
	struct fixture fixture;
	uint8_t *data;
	size_t size;

	fixture_init(&fixture, "han", LEDGER_MEMBERS_MAX, FIXTURE_CHEAP);
	state = fixture_state_new(&fixture);
	data = malloc(state_encoded_size(fixture.contract));
	assert_non_null(data);
	state->epoch = state->height = state->slot = state->verdicts = UINT64_MAX;
	state->time_us = INT64_MIN;
	state->log.size = (UINT64_C(1) << MERKLE_LEVELS_MAX) - 1;
	for (size_t index = 0; index < state->member_count; index++)
		state->members[index] = (struct member_state){
			.incarnation = UINT32_MAX,
			.sequence = UINT64_MAX,
			.has_reading = true,
			.import_mwh = INT64_MIN,
			.export_mwh = INT64_MIN,
			.end_us = INT64_MIN,
			.accepted = UINT64_MAX,
			.rejected = UINT64_MAX,
		};
	assert_int_equal(state_encode(state, data, state_encoded_size(fixture.contract), &size), 0);
	free(data);
	free(state);
	fixture_finish(&fixture);
}

UNIT_TEST(a_state_of_all_members_is_hashed)
{
	struct ledger_state *state;
	struct fixture fixture;
	struct block block;

	fixture_init(&fixture, "han", LEDGER_MEMBERS_MAX, FIXTURE_CHEAP);
	state = fixture_state_new(&fixture);
	fixture_block_init(&fixture, state, &block);
	assert_int_equal(fixture_block_seal(&fixture, state, &block), STATE_OK);
	block_clear(&block);
	free(state);
	fixture_finish(&fixture);
}

UNIT_TEST(errors_have_words)
{
	for (int error = STATE_FULL; error <= STATE_OK; error++)
		assert_string_not_equal(state_error_text((enum state_error)error), "unknown");
	assert_string_equal(state_error_text((enum state_error)1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_count_of_verdicts_decides_as_the_contract_says),
		cmocka_unit_test(a_rejection_names_the_reason_given_most),
		cmocka_unit_test(a_judge_counts_once),
		cmocka_unit_test(verdicts_on_other_blocks_count_nothing),
		cmocka_unit_test(an_accepted_reading_moves_the_registers),
		cmocka_unit_test(a_rejected_reading_moves_only_the_device_chain),
		cmocka_unit_test(a_register_never_runs_back_whoever_said_yes),
		cmocka_unit_test(a_device_chain_must_continue),
		cmocka_unit_test(two_readings_of_one_device_stand_in_one_block),
		cmocka_unit_test(strangers_are_refused),
		cmocka_unit_test(a_block_must_follow_its_parent),
		cmocka_unit_test(a_header_must_name_its_content),
		cmocka_unit_test(the_outcome_is_part_of_the_log),
		cmocka_unit_test(a_full_log_takes_no_more),
		cmocka_unit_test(an_empty_block_changes_nothing_but_the_head),
		cmocka_unit_test(a_state_is_stored_and_read_again),
		cmocka_unit_test(the_state_of_another_contract_is_refused),
		cmocka_unit_test(the_largest_state_fits_its_size),
		cmocka_unit_test(a_state_of_all_members_is_hashed),
		cmocka_unit_test(errors_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
