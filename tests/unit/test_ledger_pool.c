/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Transactions that are not final and the words on them: windows, order of arrival, bounds. */
#include "unit.h"

#include <errno.h>

#include "ledger/pool.h"
#include "ledger_fixture.h"

enum { MEMBERS = 5, ACCEPT = 3, REFUSE = 3, WINDOW = 4, NOW_US = 1000 };

struct scene {
	struct fixture fixture;
	struct ledger_state *state;
	struct pool pool;
};

static void scene_init(struct scene *scene)
{
	fixture_init_with(&scene->fixture, "lan", MEMBERS, FIXTURE_CHEAP, "window = 4\n");
	scene->state = fixture_state_new(&scene->fixture);
	assert_int_equal(pool_init(&scene->pool, scene->fixture.contract), 0);
}

static void scene_finish(struct scene *scene)
{
	pool_finish(&scene->pool);
	free(scene->state);
	fixture_finish(&scene->fixture);
}

static struct transaction reading(const struct scene *scene, unsigned int member, uint64_t sequence)
{
	struct transaction transaction =
		fixture_reading(&scene->fixture, scene->state, member, 1, (int64_t)sequence);

	transaction.sequence = sequence;
	fixture_resign(&scene->fixture, &transaction);
	return transaction;
}

static int add(struct scene *scene, const struct transaction *transaction,
	       struct pool_entry **ret_entry)
{
	int device = contract_find_device(scene->fixture.contract, &transaction->device);

	return pool_add(&scene->pool, scene->state, (unsigned int)device, transaction, NOW_US,
			ret_entry);
}

static struct pool_entry *add_or_fail(struct scene *scene, const struct transaction *transaction)
{
	struct pool_entry *entry = NULL;

	assert_int_equal(add(scene, transaction, &entry), 0);
	return entry;
}

static int say(struct scene *scene, unsigned int judge, const struct transaction *transaction,
	       enum verdict_reason reason)
{
	struct verdict_batch batch = fixture_batch(&scene->fixture, judge, transaction, 1, &reason);
	int r = pool_add_batch(&scene->pool, judge, &batch, NOW_US);

	assert_true(r < 0 || pool_has_batch(&scene->pool, judge, &batch));
	free(batch.verdicts);
	return r;
}

UNIT_TEST(the_window_ends_where_the_contract_says)
{
	struct scene scene;
	struct pool_entry *entry = NULL;
	struct transaction transaction;

	scene_init(&scene);
	transaction = reading(&scene, 1, WINDOW);
	(void)add_or_fail(&scene, &transaction);
	assert_non_null(pool_at(&scene.pool, 1, WINDOW));
	transaction = reading(&scene, 1, WINDOW + 1);
	assert_int_equal(add(&scene, &transaction, &entry), -ERANGE);
	transaction = reading(&scene, 1, UINT64_MAX);
	assert_int_equal(add(&scene, &transaction, &entry), -ERANGE);
	scene.state->members[1].sequence = 1;
	transaction = reading(&scene, 1, 1);
	assert_int_equal(add(&scene, &transaction, &entry), -ERANGE);
	transaction = reading(&scene, 1, WINDOW + 1);
	(void)add_or_fail(&scene, &transaction);
	assert_null(entry);
	assert_int_equal(scene.pool.count, 2);
	scene_finish(&scene);
}

UNIT_TEST(one_sequence_has_one_content)
{
	struct scene scene;
	struct pool_entry *entry = NULL;
	struct transaction transaction;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	(void)add_or_fail(&scene, &transaction);
	assert_int_equal(add(&scene, &transaction, &entry), -EEXIST);
	transaction.reading.import_mwh++;
	fixture_resign(&scene.fixture, &transaction);
	assert_int_equal(add(&scene, &transaction, &entry), -ENOTUNIQ);
	assert_int_equal(scene.pool.count, 1);
	scene_finish(&scene);
}

UNIT_TEST(words_that_come_before_their_reading_count)
{
	struct scene scene;
	struct transaction transaction;
	struct pool_entry *entry;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	for (unsigned int judge = 0; judge < ACCEPT; judge++)
		assert_int_equal(say(&scene, judge, &transaction, VERDICT_YES), 0);
	entry = add_or_fail(&scene, &transaction);
	assert_int_equal(entry->yes, ACCEPT);
	assert_true(pool_is_decided(entry));
	scene_finish(&scene);
}

UNIT_TEST(it_is_decided_by_the_third_word_of_a_side_and_not_before)
{
	for (int reason = VERDICT_YES; reason <= VERDICT_REGISTER; reason += VERDICT_REGISTER) {
		struct scene scene;
		struct transaction transaction;
		struct pool_entry *entry;
		unsigned int needed = reason == VERDICT_YES ? ACCEPT : REFUSE;

		scene_init(&scene);
		transaction = reading(&scene, 1, 1);
		entry = add_or_fail(&scene, &transaction);
		for (unsigned int judge = 0; judge < needed; judge++) {
			assert_false(pool_is_decided(entry));
			assert_int_equal(
				say(&scene, judge, &transaction, (enum verdict_reason)reason), 0);
		}
		assert_true(pool_is_decided(entry));
		assert_int_equal(reason == VERDICT_YES ? entry->yes : entry->no, needed);
		scene_finish(&scene);
	}
}

UNIT_TEST(a_judge_who_contradicts_himself_is_marked_and_his_first_word_stays)
{
	struct scene scene;
	struct transaction transaction;
	struct transaction other;
	struct transaction both[2];
	struct verdict_batch batch;
	const enum verdict_reason reasons[] = {VERDICT_RATE, VERDICT_YES};
	struct pool_entry *entry;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	other = reading(&scene, 2, 1);
	entry = add_or_fail(&scene, &transaction);
	(void)add_or_fail(&scene, &other);
	assert_int_equal(say(&scene, 3, &transaction, VERDICT_YES), 0);
	assert_false(scene.pool.is_liar[3]);
	both[0] = transaction;
	both[1] = other;
	batch = fixture_batch(&scene.fixture, 3, both, 2, reasons);
	assert_int_equal(pool_add_batch(&scene.pool, 3, &batch, NOW_US), 0);
	free(batch.verdicts);
	assert_true(scene.pool.is_liar[3]);
	assert_false(scene.pool.is_liar[2]);
	assert_int_equal(entry->yes, 1);
	assert_int_equal(entry->no, 0);
	scene_finish(&scene);
}

UNIT_TEST(a_repeated_word_is_no_news)
{
	struct scene scene;
	struct transaction transaction;
	struct pool_entry *entry;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	entry = add_or_fail(&scene, &transaction);
	assert_int_equal(say(&scene, 2, &transaction, VERDICT_YES), 0);
	assert_int_equal(say(&scene, 2, &transaction, VERDICT_YES), -EEXIST);
	assert_int_equal(entry->yes, 1);
	assert_int_equal(scene.pool.batch_counts[2], 1);
	/* Also of a reading that nobody has seen. */
	transaction = reading(&scene, 4, 1);
	assert_int_equal(say(&scene, 2, &transaction, VERDICT_YES), 0);
	assert_int_equal(say(&scene, 2, &transaction, VERDICT_YES), -EEXIST);
	assert_int_equal(scene.pool.batch_counts[2], 2);
	scene_finish(&scene);
}

UNIT_TEST(a_batch_is_known_by_its_signature_too)
{
	struct scene scene;
	struct transaction transaction;
	struct verdict_batch batch;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	batch = fixture_batch(&scene.fixture, 2, &transaction, 1, NULL);
	assert_false(pool_has_batch(&scene.pool, 2, &batch));
	assert_int_equal(pool_add_batch(&scene.pool, 2, &batch, NOW_US), 0);
	assert_true(pool_has_batch(&scene.pool, 2, &batch));
	assert_false(pool_has_batch(&scene.pool, 3, &batch));
	batch.signature.bytes[0] ^= 1;
	assert_false(pool_has_batch(&scene.pool, 2, &batch));
	free(batch.verdicts);
	scene_finish(&scene);
}

UNIT_TEST(our_own_word_counts_before_it_is_signed_and_once)
{
	struct scene scene;
	struct transaction transaction;
	struct pool_entry *entry;

	scene_init(&scene);
	transaction = reading(&scene, 1, 1);
	entry = add_or_fail(&scene, &transaction);
	pool_set_word(&scene.pool, entry, 0, VERDICT_YES, NOW_US);
	assert_int_equal(entry->yes, 1);
	assert_null(entry->words[0].batch);
	assert_int_equal(say(&scene, 0, &transaction, VERDICT_YES), 0);
	assert_int_equal(entry->yes, 1);
	assert_non_null(entry->words[0].batch);
	scene_finish(&scene);
}

UNIT_TEST(a_judges_oldest_batch_goes_when_there_are_too_many)
{
	struct scene scene;
	struct transaction first;
	struct pool_entry *entry;

	scene_init(&scene);
	first = reading(&scene, 1, 1);
	entry = add_or_fail(&scene, &first);
	assert_int_equal(say(&scene, 2, &first, VERDICT_YES), 0);
	for (unsigned int i = 1; i < POOL_BATCHES_MAX; i++) {
		struct transaction transaction = reading(&scene, 4, 1 + i);

		assert_int_equal(say(&scene, 2, &transaction, VERDICT_YES), 0);
	}
	assert_non_null(entry->words[2].batch);
	first = reading(&scene, 4, 1 + POOL_BATCHES_MAX);
	assert_int_equal(say(&scene, 2, &first, VERDICT_YES), 0);
	assert_int_equal(scene.pool.batch_counts[2], POOL_BATCHES_MAX);
	/* The word stands; its signature must be heard again before it serves a block. */
	assert_null(entry->words[2].batch);
	assert_int_equal(entry->yes, 1);
	assert_int_equal(say(&scene, 2, &entry->transaction, VERDICT_YES), 0);
	assert_non_null(entry->words[2].batch);
	assert_int_equal(entry->yes, 1);
	scene_finish(&scene);
}

UNIT_TEST(sweeping_keeps_what_is_needed_and_each_judges_newest)
{
	struct scene scene;
	struct transaction known;
	struct transaction gone;
	struct transaction unseen;

	scene_init(&scene);
	known = reading(&scene, 1, 1);
	gone = reading(&scene, 3, 1);
	unseen = reading(&scene, 4, 1);
	(void)add_or_fail(&scene, &known);
	(void)add_or_fail(&scene, &gone);
	assert_int_equal(say(&scene, 2, &gone, VERDICT_YES), 0);
	assert_int_equal(say(&scene, 2, &known, VERDICT_YES), 0);
	assert_int_equal(say(&scene, 2, &unseen, VERDICT_YES), 0);
	pool_remove(&scene.pool, pool_at(&scene.pool, 3, 1));
	pool_sweep(&scene.pool);
	assert_int_equal(scene.pool.batch_counts[2], 2);
	assert_int_equal(add_or_fail(&scene, &unseen)->yes, 1);
	assert_non_null(pool_find(&scene.pool, &known.hash)->words[2].batch);
	pool_remove(&scene.pool, pool_find(&scene.pool, &known.hash));
	pool_remove(&scene.pool, pool_find(&scene.pool, &unseen.hash));
	pool_sweep(&scene.pool);
	assert_int_equal(scene.pool.batch_counts[2], 1);
	assert_int_equal(scene.pool.count, 0);
	scene_finish(&scene);
}

UNIT_TEST(what_was_removed_is_not_found_and_leaves_its_place)
{
	struct scene scene;
	struct transaction list[WINDOW];

	scene_init(&scene);
	for (unsigned int i = 0; i < WINDOW; i++) {
		list[i] = reading(&scene, 1, i + 1);
		(void)add_or_fail(&scene, &list[i]);
	}
	for (unsigned int i = 0; i < WINDOW; i++) {
		pool_remove(&scene.pool, pool_find(&scene.pool, &list[i].hash));
		assert_null(pool_find(&scene.pool, &list[i].hash));
		assert_null(pool_at(&scene.pool, 1, i + 1));
		(void)add_or_fail(&scene, &list[i]);
	}
	assert_int_equal(scene.pool.count, WINDOW);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_ends_where_the_contract_says),
		cmocka_unit_test(one_sequence_has_one_content),
		cmocka_unit_test(words_that_come_before_their_reading_count),
		cmocka_unit_test(it_is_decided_by_the_third_word_of_a_side_and_not_before),
		cmocka_unit_test(
			a_judge_who_contradicts_himself_is_marked_and_his_first_word_stays),
		cmocka_unit_test(a_repeated_word_is_no_news),
		cmocka_unit_test(a_batch_is_known_by_its_signature_too),
		cmocka_unit_test(our_own_word_counts_before_it_is_signed_and_once),
		cmocka_unit_test(a_judges_oldest_batch_goes_when_there_are_too_many),
		cmocka_unit_test(sweeping_keeps_what_is_needed_and_each_judges_newest),
		cmocka_unit_test(what_was_removed_is_not_found_and_leaves_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
