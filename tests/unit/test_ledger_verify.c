/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Verification of a whole ledger: a good one is good, and each corruption is found and named. */
#include "unit.h"

#include <stdio.h>

#include "ledger/verify.h"
#include "ledger_fixture.h"

enum { MEMBERS = 4, BLOCKS = 120, CERTIFICATE_EACH = 40, AT = 57 };

struct scene {
	struct fixture fixture;
	struct ledger_state *state;
	struct fixture_records records;
	struct verify_report report;
};

static void scene_init(struct scene *scene, enum fixture_keys keys)
{
	*scene = (struct scene){0};
	fixture_init(&scene->fixture, "lan", MEMBERS, keys);
	scene->state = fixture_state_new(&scene->fixture);
}

static void scene_init_good(struct scene *scene)
{
	scene_init(scene, FIXTURE_CHEAP);
	fixture_ledger(&scene->fixture, BLOCKS, CERTIFICATE_EACH, scene->state, &scene->records);
}

static void scene_finish(struct scene *scene)
{
	free(scene->state);
	fixture_records_finish(&scene->records);
	fixture_finish(&scene->fixture);
}

static void verify(struct scene *scene)
{
	assert_int_equal(verify_ledger(scene->fixture.contract, scene->fixture.verifier,
				       fixture_record_read, &scene->records, NULL, NULL,
				       &scene->report),
			 0);
}

static void assert_bad(struct scene *scene, const char *text)
{
	verify(scene);
	assert_false(scene->report.is_good);
	assert_string_equal(scene->report.text, text);
}

/** The block at @height as an object; the caller ends with put_back(). */
static void take(struct scene *scene, uint64_t height, struct block *ret_block)
{
	struct cbor_reader reader;
	size_t size;
	const uint8_t *data = fixture_record_at(&scene->records, LEDGER_TABLE_BLOCK, height, &size);

	assert_non_null(data);
	cbor_read_init(&reader, BYTES(data, size));
	block_read(&reader, &scene->fixture.contract->chain, ret_block);
	assert_int_equal(cbor_read_end(&reader), 0);
}

static void put_back(struct scene *scene, uint64_t height, struct block *block)
{
	uint8_t data[FIXTURE_RECORD_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data));
	block_write(&writer, block);
	assert_int_equal(writer.error, 0);
	fixture_record_put_at(&scene->records, LEDGER_TABLE_BLOCK, height,
			      BYTES(data, writer.size));
	block_clear(block);
}

static const char *proposer_name(const struct scene *scene, const struct block *block)
{
	int member = contract_find_device(scene->fixture.contract, &block->header.proposer);

	return scene->fixture.contract->members[member].name;
}

UNIT_TEST(a_good_ledger_is_good)
{
	struct scene scene;

	scene_init_good(&scene);
	verify(&scene);
	assert_true(scene.report.is_good);
	assert_int_equal(scene.report.blocks, BLOCKS);
	assert_int_equal(scene.report.readings_accepted, BLOCKS * MEMBERS);
	assert_int_equal(scene.report.readings_rejected, 0);
	assert_true(hash_equal(&scene.report.head, &scene.state->head));
	assert_string_equal(scene.report.text, "120 blocks, 480 readings: good");
	scene_finish(&scene);
}

UNIT_TEST(an_empty_ledger_is_good)
{
	struct scene scene;

	scene_init(&scene, FIXTURE_CHEAP);
	verify(&scene);
	assert_true(scene.report.is_good);
	assert_string_equal(scene.report.text, "0 blocks, 0 readings: good");
	fixture_put_state(&scene.fixture, &scene.records, scene.state);
	verify(&scene);
	assert_true(scene.report.is_good);
	scene_finish(&scene);
}

UNIT_TEST(a_ledger_with_real_signatures_is_good)
{
	struct scene scene;

	scene_init(&scene, FIXTURE_ED25519);
	fixture_ledger(&scene.fixture, 5, 1, scene.state, &scene.records);
	verify(&scene);
	assert_true(scene.report.is_good);
	scene_finish(&scene);
}

/** Seen readings in their order. */
struct seen {
	size_t count;
	size_t rejected;
	int64_t import_mwh;
};

static void on_reading(const struct contract *contract, const struct block *block, size_t index,
		       bool is_accepted, enum verdict_reason reason, void *context)
{
	struct seen *seen = context;

	(void)contract;
	seen->count++;
	if (is_accepted) {
		seen->import_mwh += block->transactions[index].reading.import_mwh;
		return;
	}
	assert_int_equal(reason, VERDICT_RATE);
	seen->rejected++;
}

UNIT_TEST(every_reading_is_given_with_its_outcome)
{
	enum verdict_reason reasons[2] = {VERDICT_YES, VERDICT_RATE};
	struct certificate certificate;
	struct seen seen = {0};
	struct scene scene;
	struct block block;

	scene_init(&scene, FIXTURE_CHEAP);
	fixture_block_init(&scene.fixture, scene.state, &block);
	for (unsigned int member = 0; member < 2; member++) {
		struct transaction transaction =
			fixture_reading(&scene.fixture, scene.state, member, 1, 70 + member);

		fixture_block_add(&block, &transaction);
	}
	for (unsigned int judge = 0; judge < MEMBERS; judge++)
		fixture_block_judge(&scene.fixture, &block, judge, reasons);
	assert_int_equal(fixture_block_seal(&scene.fixture, scene.state, &block), STATE_OK);
	fixture_put_block(&scene.records, &block);
	fixture_certificate(&scene.fixture, VOTE_FINAL, 1, &block.hash, NULL, &certificate);
	fixture_put_certificate(&scene.records, 1, &certificate);
	assert_int_equal(verify_ledger(scene.fixture.contract, scene.fixture.verifier,
				       fixture_record_read, &scene.records, on_reading, &seen,
				       &scene.report),
			 0);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.rejected, 1);
	assert_int_equal(seen.import_mwh, 70);
	/* No state yet: that is said, after the blocks have been counted. */
	assert_string_equal(scene.report.text, "block 1: the state after it is missing");
	assert_int_equal(scene.report.readings_rejected, 1);
	block_clear(&block);
	scene_finish(&scene);
}

UNIT_TEST(rejections_stand_in_the_report)
{
	const enum verdict_reason reason = VERDICT_RATE;
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	struct certificate certificate;
	struct transaction transaction;
	struct scene scene;
	struct block block;

	scene_init(&scene, FIXTURE_CHEAP);
	fixture_block_init(&scene.fixture, scene.state, &block);
	transaction = fixture_reading(&scene.fixture, scene.state, 0, 1, 70);
	fixture_block_add(&block, &transaction);
	for (unsigned int judge = 0; judge < MEMBERS; judge++)
		fixture_block_judge(&scene.fixture, &block, judge, &reason);
	assert_int_equal(fixture_block_seal(&scene.fixture, scene.state, &block), STATE_OK);
	assert_int_equal(
		state_apply_checked(scene.state, scene.fixture.contract, &block, decisions),
		STATE_OK);
	fixture_put_block(&scene.records, &block);
	fixture_put_state(&scene.fixture, &scene.records, scene.state);
	fixture_certificate(&scene.fixture, VOTE_FINAL, 1, &block.hash, NULL, &certificate);
	fixture_put_certificate(&scene.records, 1, &certificate);
	verify(&scene);
	assert_string_equal(scene.report.text, "1 block, 0 readings, 1 rejected: good");
	block_clear(&block);
	scene_finish(&scene);
}

static struct verification *begin(struct scene *scene)
{
	struct verification *verification = NULL;

	assert_int_equal(verification_new(scene->fixture.contract, scene->fixture.verifier,
					  fixture_record_read, &scene->records, NULL, NULL,
					  &verification),
			 0);
	return verification;
}

UNIT_TEST(slices_of_any_size_say_what_one_go_says)
{
	struct scene scene;

	scene_init_good(&scene);
	verify(&scene);
	for (uint64_t blocks_max = 1; blocks_max <= BLOCKS + 2; blocks_max++) {
		struct verification *verification = begin(&scene);
		uint64_t slices = 1;

		while (verification_step(verification, blocks_max) > 0)
			slices++;
		/* The last slice is the one that finds no further block. */
		assert_int_equal(slices, BLOCKS / blocks_max + 1);
		assert_string_equal(verification_report(verification)->text, scene.report.text);
		assert_int_equal(verification_step(verification, blocks_max), 0);
		verification_free(verification);
	}
	scene_finish(&scene);
}

UNIT_TEST(a_ledger_may_grow_between_slices)
{
	struct verification *verification;
	struct scene scene;

	scene_init(&scene, FIXTURE_CHEAP);
	fixture_ledger(&scene.fixture, 3, 1, scene.state, &scene.records);
	verification = begin(&scene);
	assert_int_equal(verification_step(verification, 3), 1);
	for (uint64_t blocks = 4; blocks < 20; blocks++) {
		fixture_ledger(&scene.fixture, blocks, 1, scene.state, &scene.records);
		assert_int_equal(verification_step(verification, 1), 1);
	}
	assert_int_equal(verification_step(verification, 1), 0);
	assert_string_equal(verification_report(verification)->text,
			    "19 blocks, 76 readings: good");
	assert_true(hash_equal(&verification_report(verification)->head, &scene.state->head));
	verification_free(verification);
	scene_finish(&scene);
}

UNIT_TEST(the_first_bad_block_ends_the_slices)
{
	struct verification *verification;
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT + 1, &block);
	put_back(&scene, AT, &block);
	verification = begin(&scene);
	assert_int_equal(verification_step(verification, AT - 1), 1);
	assert_int_equal(verification_step(verification, BLOCKS), 0);
	assert_false(verification_report(verification)->is_good);
	assert_string_equal(verification_report(verification)->text,
			    "block 57: it says to be block 58");
	assert_int_equal(verification_report(verification)->blocks, AT - 1);
	assert_int_equal(verification_step(verification, BLOCKS), 0);
	verification_free(verification);
	scene_finish(&scene);
}

UNIT_TEST(any_changed_byte_of_any_block_is_found)
{
	uint64_t seed = 11;
	struct scene scene;

	scene_init(&scene, FIXTURE_CHEAP);
	fixture_ledger(&scene.fixture, 4, 1, scene.state, &scene.records);
	for (uint64_t height = 1; height <= 4; height++) {
		size_t size;
		uint8_t *data =
			fixture_record_at(&scene.records, LEDGER_TABLE_BLOCK, height, &size);

		for (size_t index = 0; index < size; index++) {
			uint8_t change = (uint8_t)seeded_between(&seed, 1, 255);
			char prefix[32];

			data[index] ^= change;
			verify(&scene);
			data[index] ^= change;
			assert_false(scene.report.is_good);
			(void)snprintf(prefix, sizeof(prefix), "block %u: ", (unsigned int)height);
			assert_memory_equal(scene.report.text, prefix, strlen(prefix));
		}
	}
	scene_finish(&scene);
}

UNIT_TEST(a_cut_block_is_named)
{
	struct scene scene;
	char text[VERIFY_TEXT_MAX];
	size_t size;
	const uint8_t *data;

	scene_init_good(&scene);
	data = fixture_record_at(&scene.records, LEDGER_TABLE_BLOCK, AT, &size);
	fixture_record_put_at(&scene.records, LEDGER_TABLE_BLOCK, AT, BYTES(data, size - 1));
	verify(&scene);
	(void)snprintf(text, sizeof(text), "(at byte %zu of %zu)", size - 66, size - 1);
	assert_memory_equal(scene.report.text, "block 57: it cannot be read ", 28);
	assert_string_equal(scene.report.text + 28, text);
	scene_finish(&scene);
}

UNIT_TEST(blocks_that_changed_places_are_named)
{
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT + 1, &block);
	put_back(&scene, AT, &block);
	assert_bad(&scene, "block 57: it says to be block 58");
	scene_finish(&scene);
}

UNIT_TEST(a_block_of_another_history_is_named)
{
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT, &block);
	block.header.parent.bytes[0] ^= 1;
	fixture_block_sign(&scene.fixture, &block);
	put_back(&scene, AT, &block);
	assert_bad(&scene, "block 57: its parent is not block 56");
	scene_finish(&scene);
}

UNIT_TEST(signatures_that_do_not_hold_are_named)
{
	char text[VERIFY_TEXT_MAX];
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT, &block);
	block.signature.bytes[9] ^= 1;
	(void)snprintf(text, sizeof(text), "block 57: not signed by its proposer '%s'",
		       proposer_name(&scene, &block));
	put_back(&scene, AT, &block);
	assert_bad(&scene, text);
	take(&scene, AT, &block);
	block.signature.bytes[9] ^= 1;
	block.transactions[2].signature.bytes[9] ^= 1;
	(void)snprintf(text, sizeof(text),
		       "block 57: transaction 3 (sequence 57) is not signed by '%s'",
		       scene.fixture.contract->members[2].name);
	put_back(&scene, AT, &block);
	assert_bad(&scene, text);
	take(&scene, AT, &block);
	block.transactions[2].signature.bytes[9] ^= 1;
	block.batches[1].signature.bytes[9] ^= 1;
	(void)snprintf(text, sizeof(text), "block 57: verdicts 2 are not signed by '%s'",
		       scene.fixture.contract->members[1].name);
	put_back(&scene, AT, &block);
	assert_bad(&scene, text);
	scene_finish(&scene);
}

/** Whoever holds all keys of one member still cannot change what was measured. */
UNIT_TEST(a_reading_changed_by_its_own_sender_is_found)
{
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT, &block);
	block.transactions[0].reading.import_mwh += 5;
	fixture_resign(&scene.fixture, &block.transactions[0]);
	fixture_block_sign(&scene.fixture, &block);
	put_back(&scene, AT, &block);
	assert_bad(&scene, "block 57: the verdicts do not decide a reading");
	scene_finish(&scene);
}

UNIT_TEST(a_root_that_is_not_of_the_content_is_named)
{
	struct scene scene;
	struct block block;

	scene_init_good(&scene);
	take(&scene, AT, &block);
	block.header.log_root.bytes[0] ^= 1;
	fixture_block_sign(&scene.fixture, &block);
	put_back(&scene, AT, &block);
	assert_bad(&scene, "block 57: the header does not name its content");
	scene_finish(&scene);
}

UNIT_TEST(a_history_cut_at_its_end_is_found_by_the_state)
{
	uint8_t key[8];
	struct scene scene;

	scene_init_good(&scene);
	bytes_put_u64(key, BLOCKS);
	fixture_record_delete(&scene.records, LEDGER_TABLE_BLOCK, BYTES(key, sizeof(key)));
	assert_bad(&scene, "block 120: it is missing; the state is that of block 120");
	bytes_put_u64(key, AT);
	fixture_record_delete(&scene.records, LEDGER_TABLE_BLOCK, BYTES(key, sizeof(key)));
	assert_bad(&scene, "block 57: it is missing; the state is that of block 120");
	scene_finish(&scene);
}

UNIT_TEST(a_state_that_is_not_that_of_the_blocks_is_found)
{
	struct scene scene;

	scene_init_good(&scene);
	scene.state->members[1].import_mwh--;
	fixture_put_state(&scene.fixture, &scene.records, scene.state);
	assert_bad(&scene, "block 120: the stored state is not the one after it");
	fixture_record_put(&scene.records, LEDGER_TABLE_STATE,
			   BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY)),
			   BYTES((const uint8_t *)"x", 1));
	assert_bad(&scene, "block 120: the stored state is not the one after it");
	scene_finish(&scene);
}

/* Certificates */

static void put_certificate(struct scene *scene, uint64_t height, enum vote_kind kind,
			    const bool *signers, unsigned int slots_off)
{
	struct certificate certificate;
	struct block block;

	take(scene, height, &block);
	fixture_certificate(&scene->fixture, kind, block.header.slot + slots_off, &block.hash,
			    signers, &certificate);
	fixture_put_certificate(&scene->records, height, &certificate);
	block_clear(&block);
}

UNIT_TEST(a_certificate_must_be_a_quorum_for_this_block)
{
	bool signers[MEMBERS] = {true, true, true, true};
	struct scene scene;
	size_t size;
	uint8_t *data;

	scene_init_good(&scene);
	put_certificate(&scene, AT, VOTE_FINAL, signers, 0);
	verify(&scene);
	assert_true(scene.report.is_good);
	put_certificate(&scene, AT, VOTE_NOTAR, signers, 0);
	assert_bad(&scene, "block 57: its certificate is of something else");
	put_certificate(&scene, AT, VOTE_FINAL, signers, 1);
	assert_bad(&scene, "block 57: its certificate is of something else");
	put_certificate(&scene, AT + 1, VOTE_FINAL, signers, 0);
	signers[fixture_index(&scene.fixture, 0)] = false;
	put_certificate(&scene, AT, VOTE_FINAL, signers, 0);
	assert_bad(&scene, "block 57: its certificate is not a quorum of valid signatures");
	put_certificate(&scene, AT, VOTE_FINAL, NULL, 0);
	data = fixture_record_at(&scene.records, LEDGER_TABLE_CERTIFICATE, AT, &size);
	data[size - 1] ^= 1;
	assert_bad(&scene, "block 57: its certificate is not a quorum of valid signatures");
	data[0] = 0;
	assert_bad(&scene, "block 57: its certificate cannot be read");
	scene_finish(&scene);
}

UNIT_TEST(a_certificate_too_seldom_is_named)
{
	uint8_t key[8];
	struct scene scene;

	scene_init_good(&scene);
	bytes_put_u64(key, CERTIFICATE_EACH);
	fixture_record_delete(&scene.records, LEDGER_TABLE_CERTIFICATE, BYTES(key, sizeof(key)));
	assert_bad(&scene, "block 64: no final certificate in the last 64 blocks");
	put_certificate(&scene, 63, VOTE_FINAL, NULL, 0);
	verify(&scene);
	assert_true(scene.report.is_good);
	bytes_put_u64(key, BLOCKS);
	fixture_record_delete(&scene.records, LEDGER_TABLE_CERTIFICATE, BYTES(key, sizeof(key)));
	assert_bad(&scene, "block 120: the newest block has no final certificate");
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_ledger_is_good),
		cmocka_unit_test(an_empty_ledger_is_good),
		cmocka_unit_test(a_ledger_with_real_signatures_is_good),
		cmocka_unit_test(every_reading_is_given_with_its_outcome),
		cmocka_unit_test(rejections_stand_in_the_report),
		cmocka_unit_test(slices_of_any_size_say_what_one_go_says),
		cmocka_unit_test(a_ledger_may_grow_between_slices),
		cmocka_unit_test(the_first_bad_block_ends_the_slices),
		cmocka_unit_test(any_changed_byte_of_any_block_is_found),
		cmocka_unit_test(a_cut_block_is_named),
		cmocka_unit_test(blocks_that_changed_places_are_named),
		cmocka_unit_test(a_block_of_another_history_is_named),
		cmocka_unit_test(signatures_that_do_not_hold_are_named),
		cmocka_unit_test(a_reading_changed_by_its_own_sender_is_found),
		cmocka_unit_test(a_root_that_is_not_of_the_content_is_named),
		cmocka_unit_test(a_history_cut_at_its_end_is_found_by_the_state),
		cmocka_unit_test(a_state_that_is_not_that_of_the_blocks_is_found),
		cmocka_unit_test(a_certificate_must_be_a_quorum_for_this_block),
		cmocka_unit_test(a_certificate_too_seldom_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
