/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whichever allocation fails, the core says -ENOMEM, crashes nowhere and leaks nothing. */
#include "unit.h"

#include <errno.h>

#include "failing_allocation.h"
#include "ledger_round.h"

enum { MEMBERS = 4, OWN = 1, ALLOCATIONS_MAX = 5000 };

/** What member OWN lived through in two rounds, and kept. */
struct scene {
	struct round round;
	struct fixture_records before; /**< Its records between two steps of a round. */
};

static int make(struct scene *scene, struct ledger **ret_ledger)
{
	return ledger_new(scene->round.fixture.contract, OWN,
			  fixture_signer(&scene->round.fixture, OWN), scene->round.fixture.verifier,
			  ret_ledger);
}

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	round_init(&scene->round, MEMBERS, FIXTURE_CHEAP, "");
	scene->round.watched = OWN;
	scene->round.is_recording = true;
	for (unsigned int interval = 0; interval < 2; interval++) {
		round_submit(&scene->round);
		round_settle(&scene->round);
	}
}

static void scene_finish(struct scene *scene)
{
	fixture_records_finish(&scene->before);
	round_finish(&scene->round);
}

/** Tells a new ledger all but the last @left of what member OWN was told. */
static int live(struct scene *scene, size_t left, struct fixture_records *records)
{
	const struct round_events *told = &scene->round.recording;
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	int r = make(scene, &ledger);

	for (size_t i = 0; r == 0 && i + left < told->count; i++) {
		struct ledger_effects effects;

		r = ledger_step(ledger, &told->list[i].event, &effects);
		if (r == 0 && records)
			round_keep(records, &effects);
	}
	return r;
}

static int make_and_free(struct scene *scene)
{
	struct ledger *ledger = NULL;
	int r = make(scene, &ledger);

	assert_true((r == 0) == (ledger != NULL));
	ledger_free(ledger);
	return r;
}

static int live_two_rounds(struct scene *scene)
{
	return live(scene, 0, NULL);
}

static int restore(struct scene *scene)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	int r = make(scene, &ledger);

	return r == 0 ? round_restore(ledger, &scene->before) : r;
}

static int hear_blocks(struct scene *scene)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct ledger_event event = {.kind = LEDGER_EVENT_RECEIVE, .monotonic_us = 1};
	struct ledger_effects effects;
	struct ledger_view view;
	uint8_t key[8] = {0};
	struct cbor_writer writer;
	_cleanup_(freep) uint8_t *message = NULL;
	struct bytes block;
	int r = make(scene, &ledger);

	if (r < 0)
		return r;
	message = malloc(LEDGER_MESSAGE_MAX);
	if (!message)
		return -ENOMEM;
	key[7] = 1;
	block = fixture_record_read(&scene->round.records[0], LEDGER_TABLE_BLOCK, BYTES(key, 8));
	cbor_write_init(&writer, message, LEDGER_MESSAGE_MAX);
	message_write_blocks(&writer, &block, 1,
			     fixture_record_read(&scene->round.records[0], LEDGER_TABLE_CERTIFICATE,
						 BYTES(key, 8)));
	assert_int_equal(writer.error, 0);
	event.receive.message = BYTES(message, writer.size);
	r = ledger_step(ledger, &event, &effects);
	ledger_view(ledger, &view);
	if (r == 0)
		assert_int_equal(view.height, 1);
	return r;
}

/** Lets the first allocation fail, then the second, until there are no more. */
static void assert_fails_cleanly(int (*operation)(struct scene *scene), struct scene *scene)
{
	bool is_done = false;

	for (unsigned int n = 1; !is_done; n++) {
		int r;

		allocation_fail_at(n);
		r = operation(scene);
		is_done = !allocation_has_failed();
		assert_int_equal(r, is_done ? 0 : -ENOMEM);
		assert_true(n < ALLOCATIONS_MAX);
	}
}

UNIT_TEST(a_ledger_is_made_or_not)
{
	struct scene scene;

	scene_init(&scene);
	assert_fails_cleanly(make_and_free, &scene);
	scene_finish(&scene);
}

UNIT_TEST(a_whole_round_is_lived_through_or_the_failure_is_said)
{
	struct scene scene;

	scene_init(&scene);
	assert_fails_cleanly(live_two_rounds, &scene);
	scene_finish(&scene);
}

UNIT_TEST(records_come_back_or_the_failure_is_said)
{
	struct scene scene;
	struct bytes key;
	struct bytes value;
	size_t left = 0;

	scene_init(&scene);
	/* Back to the last moment at which a candidate and own records were kept. */
	do {
		fixture_records_finish(&scene.before);
		assert_int_equal(live(&scene, ++left, &scene.before), 0);
	} while (!fixture_record_nth(&scene.before, LEDGER_TABLE_CANDIDATE, 0, &key, &value) ||
		 !fixture_record_nth(&scene.before, LEDGER_TABLE_SLOT, 0, &key, &value));
	assert_true(fixture_record_nth(&scene.before, LEDGER_TABLE_OUTBOX, 0, &key, &value));
	assert_true(fixture_record_nth(&scene.before, LEDGER_TABLE_VERDICT, 0, &key, &value));
	assert_fails_cleanly(restore, &scene);
	scene_finish(&scene);
}

UNIT_TEST(blocks_are_taken_or_the_failure_is_said)
{
	struct scene scene;

	scene_init(&scene);
	assert_fails_cleanly(hear_blocks, &scene);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ledger_is_made_or_not),
		cmocka_unit_test(a_whole_round_is_lived_through_or_the_failure_is_said),
		cmocka_unit_test(records_come_back_or_the_failure_is_said),
		cmocka_unit_test(blocks_are_taken_or_the_failure_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
