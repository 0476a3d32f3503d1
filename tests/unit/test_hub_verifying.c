/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A verification beside the loop: what else is due comes in time, and every run has one end. */
#include "unit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "hub/verifying.h"
#include "long_ledger.h"
#include "store_folder.h"

enum {
	BLOCKS = 300,
	BLOCKS_LONG = 5000,
	SIGNATURE_US = 50, /* What checking one takes at least: about that of a real one. */
	TICK_US = 5 * 1000,
	GAP_MAX_US = 200 * 1000,
	PATIENCE_US = 30 * 1000 * 1000,
	INTERVAL_US = 60 * 1000 * 1000,
};

struct scene {
	struct fixture fixture;
	struct store_folder folder;
	struct ledger_state *state;
	struct clock_settings clock;
	sd_event *loop;
	sd_event_source *tick;
	struct runner *runner;
	struct verifying *verifying;
	unsigned int readings;
	/* The end of a run. */
	unsigned int ends;
	struct verify_report report;
	char why[VERIFY_TEXT_MAX]; /* Empty: there was a report. */
	/* Of everything else that is due. */
	unsigned int ticks;
	int64_t ticked_us;
	int64_t longest_us;
};

static bool slow_verify(void *context, const struct public_key *key, const struct hash *hash,
			const struct signature *signature)
{
	const struct fixture *fixture = context;
	const int64_t end_us = clock_monotonic_us() + SIGNATURE_US;

	while (clock_monotonic_us() < end_us)
		;
	return fixture->verifier.verify(fixture->verifier.context, key, hash, signature);
}

static void on_send(unsigned int member, struct bytes message, void *context)
{
	(void)member, (void)message, (void)context;
}

static void on_reading(const struct ledger_effect *effect, void *context)
{
	struct scene *scene = context;

	(void)effect;
	scene->readings++;
}

static void on_turn(void *context)
{
	(void)context;
}

static void on_end(const struct verify_report *report, const char *why, void *context)
{
	struct scene *scene = context;

	assert_true(!report == (why != NULL));
	scene->ends++;
	if (report)
		scene->report = *report;
	(void)snprintf(scene->why, sizeof(scene->why), "%s", why ? why : "");
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct scene *scene = userdata;
	const int64_t now_us = clock_monotonic_us();

	(void)usec;
	if (scene->ticks++ > 0 && now_us - scene->ticked_us > scene->longest_us)
		scene->longest_us = now_us - scene->ticked_us;
	scene->ticked_us = now_us;
	return sd_event_source_set_time_relative(source, TICK_US);
}

static void open_runner(struct scene *scene)
{
	struct runner_handlers handlers = {on_send, on_reading, on_turn, on_reading, scene};
	struct runner_settings settings = {
		.loop = scene->loop,
		.clock = &scene->clock,
		.contract = scene->fixture.contract,
		.directory = scene->folder.path,
		.signer = fixture_signer(&scene->fixture, 0),
		.verifier = {.verify = slow_verify, .context = &scene->fixture},
	};

	assert_int_equal(runner_open(&settings, &handlers, &scene->runner), 0);
	assert_int_equal(
		verifying_new(scene->loop, scene->runner, on_end, scene, &scene->verifying), 0);
}

static void scene_init(struct scene *scene, uint64_t blocks)
{
	*scene = (struct scene){.clock = {.until_us = INT64_MAX}};
	fixture_init(&scene->fixture, "lan", 1, FIXTURE_CHEAP);
	store_folder_make(&scene->folder);
	scene->state = fixture_state_new(&scene->fixture);
	long_ledger_make(&scene->fixture, scene->folder.path, blocks, scene->state);
	assert_true(sd_event_new(&scene->loop) >= 0);
	assert_true(sd_event_add_time_relative(scene->loop, &scene->tick, CLOCK_MONOTONIC, 0, 1,
					       on_tick, scene) >= 0);
	assert_true(sd_event_source_set_enabled(scene->tick, SD_EVENT_ON) >= 0);
	open_runner(scene);
}

static void scene_finish(struct scene *scene)
{
	verifying_free(scene->verifying);
	runner_close(scene->runner);
	sd_event_source_disable_unref(scene->tick);
	sd_event_unref(scene->loop);
	free(scene->state);
	store_folder_remove(&scene->folder);
	fixture_finish(&scene->fixture);
}

static void turn(struct scene *scene)
{
	assert_true(sd_event_run(scene->loop, 100 * 1000) >= 0);
}

static void run_until_end(struct scene *scene)
{
	const unsigned int ends = scene->ends;
	const int64_t end_us = clock_monotonic_us() + PATIENCE_US;

	while (scene->ends == ends) {
		assert_true(clock_monotonic_us() < end_us);
		turn(scene);
	}
	assert_int_equal(scene->ends, ends + 1);
}

static void run_until_tick(struct scene *scene)
{
	const unsigned int ticks = scene->ticks;

	while (scene->ticks == ticks)
		turn(scene);
}

/** Begins a run and lets some of its slices pass. */
static void begin(struct scene *scene)
{
	verifying_start(scene->verifying);
	run_until_tick(scene);
	run_until_tick(scene);
	assert_int_equal(scene->ends, 0);
}

static void assert_good(struct scene *scene, uint64_t blocks)
{
	assert_string_equal(scene->why, "");
	assert_true(scene->report.is_good);
	assert_int_equal(scene->report.blocks, blocks);
}

static void submit_next(struct scene *scene)
{
	const struct member_state *before = &scene->state->members[0];
	const struct reading_body reading = {
		.start_us = before->end_us,
		.end_us = before->end_us + INTERVAL_US,
		.import_mwh = before->import_mwh + 1000,
		.observed_us = INTERVAL_US,
	};

	assert_int_equal(runner_submit(scene->runner, &reading), 0);
}

/** No file may grow beyond @bytes: the next commit fails. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

UNIT_TEST(the_loop_turns_while_a_long_ledger_is_verified)
{
	struct scene scene;

	scene_init(&scene, BLOCKS_LONG);
	run_until_tick(&scene);
	verifying_start(scene.verifying);
	run_until_end(&scene);
	run_until_tick(&scene);
	assert_good(&scene, BLOCKS_LONG);
	/* In one go it would be longer than the gap that is allowed. */
	assert_true(BLOCKS_LONG * SIGNATURE_US > GAP_MAX_US);
	(void)printf("longest gap: %" PRId64 " us\n", scene.longest_us);
	assert_in_range(scene.longest_us, 0, GAP_MAX_US - 1);
	scene_finish(&scene);
}

UNIT_TEST(a_run_under_way_serves_who_asks_meanwhile)
{
	struct scene scene;

	scene_init(&scene, BLOCKS);
	begin(&scene);
	verifying_start(scene.verifying);
	run_until_end(&scene);
	assert_good(&scene, BLOCKS);
	for (unsigned int index = 0; index < 3; index++)
		turn(&scene);
	assert_int_equal(scene.ends, 1);
	verifying_start(scene.verifying);
	run_until_end(&scene);
	assert_good(&scene, BLOCKS);
	scene_finish(&scene);
}

UNIT_TEST(a_reading_becomes_final_while_the_ledger_is_verified)
{
	struct scene scene;

	scene_init(&scene, BLOCKS);
	begin(&scene);
	submit_next(&scene);
	while (scene.readings == 0)
		turn(&scene);
	assert_int_equal(scene.ends, 0);
	run_until_end(&scene);
	assert_good(&scene, BLOCKS + 1);
	scene_finish(&scene);
}

UNIT_TEST(a_cancelled_run_says_why_and_the_next_one_is_whole)
{
	struct scene scene;

	scene_init(&scene, BLOCKS);
	verifying_cancel(NULL, "nothing");
	verifying_cancel(scene.verifying, "nothing");
	assert_int_equal(scene.ends, 0);
	begin(&scene);
	verifying_cancel(scene.verifying, "we stop");
	assert_int_equal(scene.ends, 1);
	assert_string_equal(scene.why, "we stop");
	turn(&scene);
	verifying_cancel(scene.verifying, "again");
	assert_int_equal(scene.ends, 1);
	verifying_start(scene.verifying);
	run_until_end(&scene);
	assert_good(&scene, BLOCKS);
	scene_finish(&scene);
}

UNIT_TEST(a_store_that_fails_on_the_way_ends_the_run)
{
	struct scene scene;

	scene_init(&scene, BLOCKS);
	begin(&scene);
	limit_files(4096);
	submit_next(&scene);
	run_until_end(&scene);
	assert_string_equal(scene.why, "the record was closed on the way; ask again");
	verifying_start(scene.verifying);
	assert_int_equal(scene.ends, 2);
	assert_string_equal(scene.why, "the record cannot be read now");
	limit_files(RLIM_INFINITY);
	while (!runner_ledger(scene.runner))
		turn(&scene);
	verifying_start(scene.verifying);
	run_until_end(&scene);
	assert_string_equal(scene.why, "");
	assert_true(scene.report.is_good);
	scene_finish(&scene);
}

UNIT_TEST(what_is_freed_on_the_way_says_nothing)
{
	struct scene scene;

	scene_init(&scene, BLOCKS);
	begin(&scene);
	verifying_free(TAKE(scene.verifying));
	turn(&scene);
	assert_int_equal(scene.ends, 0);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loop_turns_while_a_long_ledger_is_verified),
		cmocka_unit_test(a_run_under_way_serves_who_asks_meanwhile),
		cmocka_unit_test(a_reading_becomes_final_while_the_ledger_is_verified),
		cmocka_unit_test(a_cancelled_run_says_why_and_the_next_one_is_whole),
		cmocka_unit_test(a_store_that_fails_on_the_way_ends_the_run),
		cmocka_unit_test(what_is_freed_on_the_way_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
