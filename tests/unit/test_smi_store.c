/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * `smi ledger ... --state` beside a daemon that commits at the worst moment: a process of its own
 * adds a block each time no further block was found, before the state is read.
 */
#include "unit.h"

#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "hub/smi_store.h"
#include "long_ledger.h"
#include "store_folder.h"

enum {
	BLOCKS = 3,
	TIMES = 20,
	MEMBERS = 2,
	/* Where smi asks the writer, and it answers; far from what a test opens. */
	ASK_FD = 201,
	ANSWER_FD = 202,
};

int __real_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);

int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
	int r = __real_mdb_get(txn, dbi, key, data);
	char byte = 0;

	/* Only the block after the last is not there; nobody listens in the writer itself. */
	if (r == MDB_NOTFOUND && write(ASK_FD, &byte, 1) == 1)
		assert_int_equal(read(ANSWER_FD, &byte, 1), 1);
	return r;
}

/** In place of the one beside main(). */
enum smi_exit smi_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return SMI_FAILING;
}

struct scene {
	struct fixture fixture;
	struct store_folder folder;
	struct ledger_state *state;
	char contract[STORE_FOLDER_PATH_MAX];
	pid_t writer;
};

/** Adds a block a byte, until nobody asks any more. */
static int serve(struct scene *scene, int asked_fd, int answer_fd)
{
	struct store *store = NULL;
	char byte;

	if (store_open(scene->folder.path, scene->fixture.contract, false, &store) < 0)
		return 1;
	while (read(asked_fd, &byte, 1) == 1) {
		long_ledger_add(&scene->fixture, store, scene->state, 1);
		if (write(answer_fd, &byte, 1) != 1)
			break;
	}
	store_close(store);
	return 0;
}

static void start_writer(struct scene *scene)
{
	int ask[2];
	int answer[2];

	assert_int_equal(pipe(ask), 0);
	assert_int_equal(pipe(answer), 0);
	scene->writer = fork();
	assert_true(scene->writer >= 0);
	if (scene->writer == 0) {
		(void)close(ask[1]);
		(void)close(answer[0]);
		_exit(serve(scene, ask[0], answer[1]));
	}
	assert_int_equal(dup2(ask[1], ASK_FD), ASK_FD);
	assert_int_equal(dup2(answer[0], ANSWER_FD), ANSWER_FD);
	for (unsigned int end = 0; end < 2; end++) {
		(void)close(ask[end]);
		(void)close(answer[end]);
	}
}

static void scene_init(struct scene *scene)
{
	char *text = fixture_contract_text("lan", MEMBERS, FIXTURE_ED25519, "");
	FILE *file;

	*scene = (struct scene){0};
	fixture_init(&scene->fixture, "lan", MEMBERS, FIXTURE_ED25519);
	store_folder_make(&scene->folder);
	(void)snprintf(scene->contract, sizeof(scene->contract), "%s/contract", scene->folder.path);
	file = fopen(scene->contract, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(text);
	scene->state = fixture_state_new(&scene->fixture);
	long_ledger_make(&scene->fixture, scene->folder.path, BLOCKS, scene->state);
	start_writer(scene);
}

static void scene_finish(struct scene *scene)
{
	int status;

	(void)close(ASK_FD);
	(void)close(ANSWER_FD);
	assert_int_equal(waitpid(scene->writer, &status, 0), scene->writer);
	assert_int_equal(status, 0);
	(void)unlink(scene->contract);
	store_folder_remove(&scene->folder);
	free(scene->state);
	fixture_finish(&scene->fixture);
}

UNIT_TEST(a_ledger_that_grows_while_it_is_read_is_good)
{
	struct smi_options options = {0};
	struct scene scene;

	scene_init(&scene);
	options.state = scene.folder.path;
	for (unsigned int times = 0; times < TIMES; times++) {
		assert_int_equal(smi_store_verify(&options), SMI_GOOD);
		assert_int_equal(smi_store_readings(&options), SMI_GOOD);
	}
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ledger_that_grows_while_it_is_read_is_good),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
