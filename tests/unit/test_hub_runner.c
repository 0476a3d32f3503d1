/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The runner on a real store and the real ledger: what is durable before what, and a full disk. */
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hub/runner.h"
#include "ledger_fixture.h"

enum {
	NODES_MAX = 3,
	PATH_SIZE = 64,
	PATIENCE_US = 8 * 1000 * 1000,
	INTERVAL_US = 60 * 1000 * 1000,
};

struct home;

struct test_node {
	struct home *home;
	unsigned int member;
	struct runner *runner;
	char directory[PATH_SIZE];
	unsigned int sent;
	unsigned int final;
	unsigned int refused;
	unsigned int turns;
	enum ledger_refusal refusal;
};

/** Members of one contract in one loop; what one sends is received by the others at once. */
struct home {
	struct fixture fixture;
	struct clock_settings clock;
	sd_event *loop;
	struct test_node nodes[NODES_MAX];
	size_t count;
};

static void on_send(unsigned int member, struct bytes message, void *context)
{
	struct test_node *from = context;
	struct home *home = from->home;

	from->sent++;
	for (unsigned int to = 0; to < home->count; to++)
		if (to != from->member && home->nodes[to].runner &&
		    (member == to || member == LEDGER_MEMBERS_MAX))
			runner_receive(home->nodes[to].runner, from->member,
				       &home->fixture.contract->members[from->member].address,
				       message);
}

static void on_reading(const struct ledger_effect *effect, void *context)
{
	struct test_node *node = context;

	assert_true(effect->reading.is_accepted);
	node->final++;
}

static void on_turn(void *context)
{
	((struct test_node *)context)->turns++;
}

static void on_refused(const struct ledger_effect *effect, void *context)
{
	struct test_node *node = context;

	node->refused++;
	node->refusal = effect->refused.refusal;
}

static int node_open(struct home *home, unsigned int member)
{
	struct test_node *node = &home->nodes[member];
	struct runner_settings settings = {
		.loop = home->loop,
		.clock = &home->clock,
		.contract = home->fixture.contract,
		.own = member,
		.directory = node->directory,
		.signer = fixture_signer(&home->fixture, member),
		.verifier = home->fixture.verifier,
	};
	struct runner_handlers handlers = {on_send, on_reading, on_turn, on_refused, node};

	return runner_open(&settings, &handlers, &node->runner);
}

static void node_close(struct test_node *node)
{
	runner_close(TAKE(node->runner));
}

static void home_init(struct home *home, size_t count)
{
	*home = (struct home){.count = count};
	fixture_init(&home->fixture, "lan", count, FIXTURE_CHEAP);
	home->clock = (struct clock_settings){.until_us = INT64_MAX};
	assert_true(sd_event_new(&home->loop) >= 0);
	for (unsigned int member = 0; member < count; member++) {
		struct test_node *node = &home->nodes[member];

		node->home = home;
		node->member = member;
		(void)snprintf(node->directory, sizeof(node->directory), "/tmp/test-runner-XXXXXX");
		assert_non_null(mkdtemp(node->directory));
		assert_int_equal(node_open(home, member), 0);
	}
	for (unsigned int member = 0; member < count; member++)
		for (unsigned int other = 0; other < count; other++)
			if (other != member)
				runner_peer(home->nodes[member].runner, other, true);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void home_finish(struct home *home)
{
	for (unsigned int member = 0; member < home->count; member++) {
		node_close(&home->nodes[member]);
		assert_int_equal(
			nftw(home->nodes[member].directory, remove_one, 8, FTW_DEPTH | FTW_PHYS),
			0);
	}
	sd_event_unref(home->loop);
	fixture_finish(&home->fixture);
}

/** Turns the loop until every node has @final final readings. */
static void run_until_final(struct home *home, unsigned int final)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;
	bool is_done = false;

	while (!is_done) {
		assert_true(clock_monotonic_us() < end_us);
		assert_true(sd_event_run(home->loop, 100 * 1000) >= 0);
		is_done = true;
		for (size_t index = 0; index < home->count; index++)
			is_done = is_done && home->nodes[index].final >= final;
	}
}

/** Turns the loop until the node's storage error is there, or gone. */
static void run_until_error(struct home *home, bool is_expected)
{
	int64_t end_us = clock_monotonic_us() + PATIENCE_US;

	while ((runner_storage_error(home->nodes[0].runner)[0] != '\0') != is_expected) {
		assert_true(clock_monotonic_us() < end_us);
		assert_true(sd_event_run(home->loop, 100 * 1000) >= 0);
	}
}

static int submit(struct test_node *node, unsigned int interval, int64_t import_mwh)
{
	int64_t start_us =
		(int64_t)FIXTURE_TIME_S * CLOCK_SECOND_US + (int64_t)interval * INTERVAL_US;
	struct reading_body reading = {
		.start_us = start_us,
		.end_us = start_us + INTERVAL_US,
		.import_mwh = import_mwh,
		.observed_us = INTERVAL_US,
	};

	return runner_submit(node->runner, &reading);
}

static struct ledger_view view_of(const struct test_node *node)
{
	struct ledger_view view;

	assert_non_null(runner_ledger(node->runner));
	ledger_view(runner_ledger(node->runner), &view);
	return view;
}

static struct verify_report verify(struct test_node *node)
{
	struct verify_report report = {0};
	int r = runner_verify_begin(node->runner);

	assert_int_equal(r, 0);
	do
		r = runner_verify_step(node->runner, 1, &report);
	while (r > 0);
	assert_int_equal(r, 0);
	assert_int_equal(runner_verify_step(node->runner, 1, &report), -ECANCELED);
	return report;
}

UNIT_TEST(a_reading_is_final_and_outlives_the_process)
{
	struct home home;
	struct ledger_view before;
	struct ledger_view after;
	struct verify_report report;

	home_init(&home, 1);
	assert_int_equal(submit(&home.nodes[0], 0, 100), 0);
	run_until_final(&home, 1);
	before = view_of(&home.nodes[0]);
	assert_int_equal(before.readings_final, 1);
	node_close(&home.nodes[0]);
	assert_int_equal(node_open(&home, 0), 0);
	after = view_of(&home.nodes[0]);
	assert_memory_equal(&before.head, &after.head, sizeof(before.head));
	assert_int_equal(after.own_end_us, before.own_end_us);
	report = verify(&home.nodes[0]);
	assert_true(report.is_good);
	assert_int_equal(report.readings_accepted, 1);
	home_finish(&home);
}

UNIT_TEST(all_events_of_a_turn_are_one_commit)
{
	struct home home;
	uint64_t commits;
	unsigned int turns;

	home_init(&home, 1);
	assert_true(sd_event_run(home.loop, 100 * 1000) >= 0);
	commits = runner_commits(home.nodes[0].runner);
	turns = home.nodes[0].turns;
	for (unsigned int interval = 0; interval < 20; interval++)
		assert_int_equal(submit(&home.nodes[0], interval, 100 * interval), 0);
	assert_int_equal(runner_commits(home.nodes[0].runner), commits);
	while (home.nodes[0].turns == turns)
		assert_true(sd_event_run(home.loop, 100 * 1000) >= 0);
	assert_int_equal(runner_commits(home.nodes[0].runner), commits + 1);
	run_until_final(&home, 20);
	home_finish(&home);
}

UNIT_TEST(what_was_gathered_is_stored_at_the_end)
{
	struct home home;

	home_init(&home, 1);
	assert_int_equal(submit(&home.nodes[0], 0, 100), 0);
	node_close(&home.nodes[0]);
	assert_int_equal(home.nodes[0].sent, 0);
	assert_int_equal(node_open(&home, 0), 0);
	assert_int_equal(view_of(&home.nodes[0]).own_sequence, 1);
	home_finish(&home);
}

UNIT_TEST(three_members_agree_through_their_runners)
{
	struct home home;
	struct hash head;

	home_init(&home, 3);
	for (unsigned int interval = 0; interval < 3; interval++)
		for (unsigned int member = 0; member < 3; member++)
			assert_int_equal(submit(&home.nodes[member], interval, 100 * interval), 0);
	run_until_final(&home, 9);
	head = view_of(&home.nodes[0]).head;
	for (unsigned int member = 1; member < 3; member++) {
		struct ledger_view view = view_of(&home.nodes[member]);

		assert_true(hash_equal(&head, &view.head));
	}
	home_finish(&home);
}

UNIT_TEST(a_malformed_message_is_refused_and_told_at_once)
{
	struct home home;
	struct address from = {0};

	home_init(&home, 2);
	runner_receive(home.nodes[0].runner, 1, &from, BYTES((const uint8_t *)"nonsense", 8));
	assert_int_equal(home.nodes[0].refused, 1);
	assert_int_equal(home.nodes[0].refusal, LEDGER_REFUSED_MALFORMED);
	home_finish(&home);
}

/** Lets no file grow beyond @bytes; what RLIMIT_FSIZE answers is not ENOSPC, but as final. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

UNIT_TEST(on_a_full_disk_nothing_is_sent_and_nothing_is_lost)
{
	struct home home;
	unsigned int sent;

	home_init(&home, 2);
	for (unsigned int member = 0; member < 2; member++)
		assert_int_equal(submit(&home.nodes[member], 0, 100), 0);
	run_until_final(&home, 2);
	node_close(&home.nodes[1]);
	sent = home.nodes[0].sent;
	limit_files(4096);
	assert_int_equal(submit(&home.nodes[0], 1, 200), 0);
	run_until_error(&home, true);
	assert_int_equal(home.nodes[0].sent, sent);
	assert_null(runner_ledger(home.nodes[0].runner));
	assert_int_equal(submit(&home.nodes[0], 1, 200), -EAGAIN);
	limit_files(RLIM_INFINITY);
	assert_int_equal(node_open(&home, 1), 0);
	runner_peer(home.nodes[1].runner, 0, true);
	while (!runner_ledger(home.nodes[0].runner))
		assert_true(sd_event_run(home.loop, 100 * 1000) >= 0);
	/* As after a restart: it knows what was stored, and the reading is offered once more. */
	assert_int_equal(view_of(&home.nodes[0]).own_sequence, 1);
	assert_int_equal(submit(&home.nodes[0], 1, 200), 0);
	run_until_error(&home, false);
	assert_int_equal(submit(&home.nodes[1], 1, 200), 0);
	run_until_final(&home, 4);
	home_finish(&home);
}

UNIT_TEST(a_store_that_cannot_be_opened_is_tried_again)
{
	struct home home;
	struct test_node *node = &home.nodes[0];

	home_init(&home, 1);
	node_close(node);
	limit_files(0);
	assert_int_equal(nftw(node->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(node_open(&home, 0), 0);
	assert_string_not_equal(runner_storage_error(node->runner), "");
	assert_int_equal(submit(node, 0, 100), -EAGAIN);
	limit_files(RLIM_INFINITY);
	assert_int_equal(mkdir(node->directory, 0700), 0);
	while (!runner_ledger(node->runner))
		assert_true(sd_event_run(home.loop, 100 * 1000) >= 0);
	assert_int_equal(submit(node, 0, 100), 0);
	run_until_final(&home, 1);
	assert_string_equal(runner_storage_error(node->runner), "");
	home_finish(&home);
}

UNIT_TEST(a_second_process_is_refused)
{
	struct home home;
	int status = 0;
	pid_t child;

	home_init(&home, 1);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct test_node *node = &home.nodes[0];
		struct home second = home;

		/* Its own loop: the parent's must not be touched here. */
		node->runner = NULL;
		second.loop = NULL;
		if (sd_event_new(&second.loop) < 0)
			_exit(1);
		_exit(node_open(&second, 0) == -EBUSY ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	home_finish(&home);
}

static void exchange_directories(struct home *home)
{
	char kept[PATH_SIZE];

	memcpy(kept, home->nodes[0].directory, sizeof(kept));
	memcpy(home->nodes[0].directory, home->nodes[1].directory, sizeof(kept));
	memcpy(home->nodes[1].directory, kept, sizeof(kept));
}

UNIT_TEST(the_ledger_of_another_device_is_refused_and_not_changed)
{
	struct home home;
	struct ledger_view before;
	struct ledger_view after;

	home_init(&home, 2);
	assert_int_equal(submit(&home.nodes[0], 0, 100), 0);
	assert_int_equal(submit(&home.nodes[1], 0, 100), 0);
	run_until_final(&home, 2);
	before = view_of(&home.nodes[0]);
	node_close(&home.nodes[0]);
	node_close(&home.nodes[1]);
	exchange_directories(&home);
	assert_int_equal(node_open(&home, 0), -EUCLEAN);
	assert_int_equal(node_open(&home, 1), -EUCLEAN);
	exchange_directories(&home);
	assert_int_equal(node_open(&home, 0), 0);
	after = view_of(&home.nodes[0]);
	assert_memory_equal(&before.head, &after.head, sizeof(before.head));
	home_finish(&home);
}

UNIT_TEST(a_verification_ends_with_the_store)
{
	struct home home;
	struct test_node *node = &home.nodes[0];
	struct verify_report report;

	home_init(&home, 1);
	assert_int_equal(submit(node, 0, 100), 0);
	run_until_final(&home, 1);
	assert_int_equal(runner_verify_begin(node->runner), 0);
	assert_int_equal(runner_verify_step(node->runner, 1, &report), 1);
	limit_files(4096);
	assert_int_equal(submit(node, 1, 200), 0);
	run_until_error(&home, true);
	assert_int_equal(runner_verify_step(node->runner, 1, &report), -ECANCELED);
	assert_int_equal(runner_verify_begin(node->runner), -EAGAIN);
	limit_files(RLIM_INFINITY);
	while (!runner_ledger(node->runner))
		assert_true(sd_event_run(home.loop, 100 * 1000) >= 0);
	assert_int_equal(runner_verify_step(node->runner, 1, &report), -ECANCELED);
	assert_true(verify(node).is_good);
	home_finish(&home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reading_is_final_and_outlives_the_process),
		cmocka_unit_test(all_events_of_a_turn_are_one_commit),
		cmocka_unit_test(what_was_gathered_is_stored_at_the_end),
		cmocka_unit_test(three_members_agree_through_their_runners),
		cmocka_unit_test(a_malformed_message_is_refused_and_told_at_once),
		cmocka_unit_test(on_a_full_disk_nothing_is_sent_and_nothing_is_lost),
		cmocka_unit_test(a_store_that_cannot_be_opened_is_tried_again),
		cmocka_unit_test(a_second_process_is_refused),
		cmocka_unit_test(the_ledger_of_another_device_is_refused_and_not_changed),
		cmocka_unit_test(a_verification_ends_with_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
