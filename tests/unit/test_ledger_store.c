/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The store when nothing goes wrong, when it is asked for what is not its own, and its readers. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ledger_fixture.h"
#include "store_folder.h"

enum { LARGE = 100 * 1000, RESTORED_MAX = 32 };

struct scene {
	struct fixture fixture;
	struct store_folder folder;
	struct store *store;
};

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	fixture_init(&scene->fixture, "lan", 3, FIXTURE_CHEAP);
	store_folder_make(&scene->folder);
}

static void open_or_fail(struct scene *scene, bool is_read_only)
{
	assert_int_equal(store_open(scene->folder.path, scene->fixture.contract, is_read_only,
				    &scene->store),
			 0);
}

static void reopen(struct scene *scene)
{
	store_close(TAKE(scene->store));
	open_or_fail(scene, false);
}

static void scene_finish(struct scene *scene)
{
	store_close(scene->store);
	store_folder_remove(&scene->folder);
	fixture_finish(&scene->fixture);
}

static void assert_open_gives(struct scene *scene, bool is_read_only, int error)
{
	struct store *store = NULL;

	assert_int_equal(
		store_open(scene->folder.path, scene->fixture.contract, is_read_only, &store),
		error);
	assert_null(store);
}

UNIT_TEST(what_was_committed_is_there_after_opening_again)
{
	struct scene scene;
	uint64_t commits;
	uint64_t bytes;

	scene_init(&scene);
	open_or_fail(&scene, false);
	for (unsigned int table = LEDGER_TABLE_BLOCK; table < LEDGER_TABLES; table++)
		assert_int_equal(store_folder_put(scene.store, (enum ledger_table)table, table, 9),
				 0);
	assert_false(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, LEDGER_TABLE_BLOCK, 9));
	assert_int_equal(store_commit(scene.store), 0);
	assert_int_equal(store_commit(scene.store), 0);
	store_counters(scene.store, &commits, &bytes);
	assert_int_equal(commits, 1);
	assert_int_equal(bytes, 7 * (8 + 9));
	reopen(&scene);
	for (unsigned int table = LEDGER_TABLE_BLOCK; table < LEDGER_TABLES; table++)
		assert_true(store_folder_has(scene.store, (enum ledger_table)table, table, 9));
	scene_finish(&scene);
}

UNIT_TEST(effects_are_carried_out_in_their_order)
{
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 5), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 0), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 2, 5), 0);
	assert_int_equal(store_folder_delete(scene.store, LEDGER_TABLE_SLOT, 2), 0);
	assert_int_equal(store_folder_delete(scene.store, LEDGER_TABLE_SLOT, 3), 0);
	assert_int_equal(store_commit(scene.store), 0);
	assert_true(store_folder_has(scene.store, LEDGER_TABLE_SLOT, 1, 0));
	assert_false(store_folder_has(scene.store, LEDGER_TABLE_SLOT, 2, 5));
	scene_finish(&scene);
}

UNIT_TEST(what_was_discarded_is_not_written)
{
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 5), 0);
	store_discard(scene.store);
	assert_int_equal(store_commit(scene.store), 0);
	assert_false(store_folder_has(scene.store, LEDGER_TABLE_SLOT, 1, 5));
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 5), 0);
	reopen(&scene);
	assert_false(store_folder_has(scene.store, LEDGER_TABLE_SLOT, 1, 5));
	scene_finish(&scene);
}

UNIT_TEST(the_map_grows_by_itself)
{
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	for (uint64_t number = 1; number <= 60; number++) {
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, number, LARGE),
				 0);
		if (number % 10 == 0)
			assert_int_equal(store_commit(scene.store), 0);
	}
	reopen(&scene);
	for (uint64_t number = 1; number <= 60; number++)
		assert_true(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, number, LARGE));
	/* And from the size that it has when it is opened. */
	for (uint64_t number = 61; number <= 140; number++)
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, number, LARGE),
				 0);
	assert_int_equal(store_commit(scene.store), 0);
	assert_true(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, 140, LARGE));
	scene_finish(&scene);
}

UNIT_TEST(a_batch_has_bounds)
{
	struct scene scene;
	uint64_t number = 0;

	scene_init(&scene);
	open_or_fail(&scene, false);
	while (number < STORE_BATCH_MAX)
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, ++number, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 1), -ENOBUFS);
	store_discard(scene.store);
	assert_int_equal(
		store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, STORE_BATCH_SIZE_MAX + 1),
		-ENOBUFS);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, STORE_BATCH_SIZE_MAX),
			 -ENOBUFS);
	scene_finish(&scene);
}

/** Counts keys and checks their order. */
static int on_record(struct bytes key, struct bytes value, void *context)
{
	uint64_t *next = context;

	assert_int_equal(key.size, 8);
	assert_int_equal(value.size, 3);
	assert_int_equal(bytes_get_u64(key.data), *next);
	(*next)++;
	return *next == 301 ? -ECANCELED : 0;
}

UNIT_TEST(records_come_in_key_order_until_the_callback_says_stop)
{
	struct scene scene;
	uint64_t next = 1;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(store_each(scene.store, LEDGER_TABLE_BLOCK, on_record, &next), 0);
	for (uint64_t number = 299; number > 0; number--)
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, number, 3), 0);
	assert_int_equal(store_commit(scene.store), 0);
	assert_int_equal(store_each(scene.store, LEDGER_TABLE_BLOCK, on_record, &next), 0);
	assert_int_equal(next, 300);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, 300, 3), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, 301, 3), 0);
	assert_int_equal(store_commit(scene.store), 0);
	next = 1;
	assert_int_equal(store_each(scene.store, LEDGER_TABLE_BLOCK, on_record, &next), -ECANCELED);
	assert_int_equal(next, 301);
	scene_finish(&scene);
}

/* What the ledger is given back */

struct restored {
	size_t count;
	unsigned int tables[RESTORED_MAX];
	uint64_t numbers[RESTORED_MAX];
	int error;
};

int __wrap_ledger_restore(struct ledger *ledger, enum ledger_table table, struct bytes key,
			  struct bytes value);

int __wrap_ledger_restore(struct ledger *ledger, enum ledger_table table, struct bytes key,
			  struct bytes value)
{
	/* The tests of this file give their notes in place of a ledger. */
	struct restored *restored = (struct restored *)(void *)ledger;

	(void)value;
	assert_true(restored->count < RESTORED_MAX);
	restored->tables[restored->count] = table;
	restored->numbers[restored->count++] = bytes_get_u64(key.data);
	return restored->count == 3 ? restored->error : 0;
}

static int load(struct store *store, struct restored *restored)
{
	return store_load(store, (struct ledger *)(void *)restored);
}

UNIT_TEST(a_ledger_is_given_its_records_in_order)
{
	static const struct {
		unsigned int table;
		uint64_t number;
	} expected[] = {
		{LEDGER_TABLE_BLOCK, 3}, {LEDGER_TABLE_CERTIFICATE, 2}, {LEDGER_TABLE_STATE, 7},
		{LEDGER_TABLE_SLOT, 5},	 {LEDGER_TABLE_SLOT, 6},	{LEDGER_TABLE_OUTBOX, 4},
	};
	struct restored restored = {0};
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(load(scene.store, &restored), 0);
	assert_int_equal(restored.count, 0);
	for (uint64_t number = 1; number <= 3; number++)
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, number, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_OUTBOX, 4, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 6, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 5, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_STATE, 7, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_CERTIFICATE, 1, 1), 0);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_CERTIFICATE, 2, 1), 0);
	assert_int_equal(store_commit(scene.store), 0);
	assert_int_equal(load(scene.store, &restored), 0);
	assert_int_equal(restored.count, sizeof(expected) / sizeof(expected[0]));
	for (size_t index = 0; index < restored.count; index++) {
		assert_int_equal(restored.tables[index], expected[index].table);
		assert_int_equal(restored.numbers[index], expected[index].number);
	}
	restored = (struct restored){.error = -EUCLEAN};
	assert_int_equal(load(scene.store, &restored), -EUCLEAN);
	assert_int_equal(restored.count, 3);
	scene_finish(&scene);
}

/* Whose store it is */

UNIT_TEST(the_store_of_another_chain_is_left_alone)
{
	struct fixture other;
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 5), 0);
	assert_int_equal(store_commit(scene.store), 0);
	store_close(TAKE(scene.store));
	fixture_init(&other, "lan", 4, FIXTURE_CHEAP);
	assert_int_equal(store_open(scene.folder.path, other.contract, false, &scene.store),
			 -EUCLEAN);
	assert_int_equal(store_open(scene.folder.path, other.contract, true, &scene.store),
			 -EUCLEAN);
	fixture_finish(&other);
	open_or_fail(&scene, false);
	assert_true(store_folder_has(scene.store, LEDGER_TABLE_SLOT, 1, 5));
	scene_finish(&scene);
}

UNIT_TEST(the_store_of_another_device_is_left_alone)
{
	const struct device_id mine = {{1}};
	const struct device_id other = {{2}};
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	store_close(TAKE(scene.store));
	open_or_fail(&scene, true);
	assert_int_equal(store_claim(scene.store, &mine), -EROFS);
	reopen(&scene);
	assert_int_equal(store_claim(scene.store, &mine), 0);
	assert_int_equal(store_claim(scene.store, &mine), 0);
	reopen(&scene);
	assert_int_equal(store_claim(scene.store, &mine), 0);
	assert_int_equal(store_claim(scene.store, &other), -EUCLEAN);
	scene_finish(&scene);
}

/** Puts @value under META "format" with plain LMDB. */
static void put_format(const struct scene *scene, const uint8_t *data, size_t size)
{
	char path[STORE_FOLDER_PATH_MAX];
	char name[] = "format";
	MDB_val key = {strlen(name), name};
	MDB_val value = {size, NULL};
	uint8_t copy[64];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	memcpy(copy, data, size);
	value.mv_data = copy;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
	assert_int_equal(mdb_env_open(env, store_folder_file(&scene->folder, "data.mdb", path),
				      MDB_NOSUBDIR, 0600),
			 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
	if (size > 0)
		assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	else
		assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

UNIT_TEST(a_newer_or_damaged_format_is_refused)
{
	static const uint8_t newer[] = {0x83, 0x02, 0xf6, 0xf6};
	static const uint8_t damaged[] = {0x83, 0x01, 0xf6, 0xf6};
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	store_close(TAKE(scene.store));
	put_format(&scene, newer, sizeof(newer));
	assert_open_gives(&scene, false, -EUCLEAN);
	put_format(&scene, damaged, sizeof(damaged));
	assert_open_gives(&scene, false, -EIO);
	put_format(&scene, damaged, 0);
	assert_open_gives(&scene, false, -EIO);
	scene_finish(&scene);
}

static void overwrite(const struct scene *scene, off_t at, const void *data, size_t size)
{
	char path[STORE_FOLDER_PATH_MAX];
	int fd = open(store_folder_file(&scene->folder, "data.mdb", path), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, at), (ssize_t)size);
	(void)close(fd);
}

UNIT_TEST(a_data_file_that_is_not_whole_is_an_error_and_no_crash)
{
	char path[STORE_FOLDER_PATH_MAX];
	const uint32_t version = 999;
	struct scene scene;
	struct stat status;

	scene_init(&scene);
	open_or_fail(&scene, false);
	for (uint64_t number = 1; number <= 30; number++)
		assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_BLOCK, number, 9000),
				 0);
	assert_int_equal(store_commit(scene.store), 0);
	store_close(TAKE(scene.store));
	store_folder_file(&scene.folder, "data.mdb", path);
	assert_int_equal(stat(path, &status), 0);
	/* A few pages may be missing; they are filled in, and read as damage where they matter. */
	assert_int_equal(truncate(path, status.st_size - 4096), 0);
	open_or_fail(&scene, false);
	(void)store_folder_has(scene.store, LEDGER_TABLE_BLOCK, 30, 9000);
	store_close(TAKE(scene.store));
	assert_int_equal(truncate(path, status.st_size / 2), 0);
	assert_open_gives(&scene, false, -EIO);
	assert_open_gives(&scene, true, -EIO);
	/* LMDB's own version stands behind its page header and magic number. */
	overwrite(&scene, 16 + 4, &version, sizeof(version));
	assert_open_gives(&scene, false, -EUCLEAN);
	overwrite(&scene, 16, "nothing of it", 13);
	assert_open_gives(&scene, false, -EIO);
	scene_finish(&scene);
}

/* Readers and writers */

static int open_to_write(const struct store_folder *folder, void *context)
{
	const struct fixture *fixture = context;
	struct store *store = NULL;
	int r = store_open(folder->path, fixture->contract, false, &store);

	store_close(store);
	return -r;
}

UNIT_TEST(one_process_writes)
{
	struct scene scene;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_open_gives(&scene, false, -EBUSY);
	assert_int_equal(store_folder_in_child(open_to_write, &scene.folder, &scene.fixture),
			 EBUSY);
	store_close(TAKE(scene.store));
	assert_int_equal(store_folder_in_child(open_to_write, &scene.folder, &scene.fixture), 0);
	scene_finish(&scene);
}

/** Writes records of 1..context until the map has grown, then waits for nobody. */
static int write_much(const struct store_folder *folder, void *context)
{
	const struct fixture *fixture = context;
	struct store *store = NULL;
	int r = store_open(folder->path, fixture->contract, false, &store);

	for (uint64_t number = 1; number <= 80 && r == 0; number++) {
		r = store_folder_put(store, LEDGER_TABLE_BLOCK, number, LARGE);
		if (r == 0)
			r = store_commit(store);
	}
	store_close(store);
	return -r;
}

UNIT_TEST(a_reader_sees_what_another_process_writes_and_its_own_moment)
{
	struct scene scene;

	scene_init(&scene);
	assert_open_gives(&scene, true, -ENOENT);
	open_or_fail(&scene, false);
	reopen(&scene);
	store_close(TAKE(scene.store));
	open_or_fail(&scene, true);
	assert_int_equal(store_snapshot_begin(scene.store), 0);
	assert_int_equal(store_folder_in_child(write_much, &scene.folder, &scene.fixture), 0);
	assert_false(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, 1, LARGE));
	store_snapshot_end(scene.store);
	assert_true(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, 1, LARGE));
	assert_true(store_folder_has(scene.store, LEDGER_TABLE_BLOCK, 80, LARGE));
	assert_int_equal(store_folder_put(scene.store, LEDGER_TABLE_SLOT, 1, 1), 0);
	assert_int_equal(store_commit(scene.store), -EROFS);
	scene_finish(&scene);
}

UNIT_TEST(files_are_for_their_owner_only)
{
	char path[STORE_FOLDER_PATH_MAX];
	struct scene scene;
	struct stat status;

	scene_init(&scene);
	open_or_fail(&scene, false);
	assert_int_equal(stat(store_folder_file(&scene.folder, "", path), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(store_folder_file(&scene.folder, "data.mdb", path), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	scene_finish(&scene);
}

UNIT_TEST(a_folder_that_is_not_there_or_too_deep_is_an_error)
{
	struct scene scene;
	char path[600];

	scene_init(&scene);
	assert_int_equal(store_open("/proc/none", scene.fixture.contract, false, &scene.store),
			 -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(store_open(path, scene.fixture.contract, false, &scene.store),
			 -ENAMETOOLONG);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_committed_is_there_after_opening_again),
		cmocka_unit_test(effects_are_carried_out_in_their_order),
		cmocka_unit_test(what_was_discarded_is_not_written),
		cmocka_unit_test(the_map_grows_by_itself),
		cmocka_unit_test(a_batch_has_bounds),
		cmocka_unit_test(records_come_in_key_order_until_the_callback_says_stop),
		cmocka_unit_test(a_ledger_is_given_its_records_in_order),
		cmocka_unit_test(the_store_of_another_chain_is_left_alone),
		cmocka_unit_test(the_store_of_another_device_is_left_alone),
		cmocka_unit_test(a_newer_or_damaged_format_is_refused),
		cmocka_unit_test(a_data_file_that_is_not_whole_is_an_error_and_no_crash),
		cmocka_unit_test(one_process_writes),
		cmocka_unit_test(a_reader_sees_what_another_process_writes_and_its_own_moment),
		cmocka_unit_test(files_are_for_their_owner_only),
		cmocka_unit_test(a_folder_that_is_not_there_or_too_deep_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
