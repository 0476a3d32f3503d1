/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The store when something goes wrong: killed at every call, a full disk, a folder that cannot be
 * written, LMDB calls that fail. What was acknowledged is there afterwards, and nothing by halves.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "failing_lmdb.h"
#include "ledger_fixture.h"
#include "store_folder.h"

enum {
	COMMITS = 5,
	VALUE = 3000,
	NOBODY = 65534,
	CANNOT_TRY = 99, /**< Exit status of a child that may not do what it was to try. */
	CALLS_MAX = 400,
	KILLS = 12,
	DISK_PAGES = 400,
};

struct scene {
	struct fixture fixture;
	struct store_folder folder;
};

static void scene_init(struct scene *scene)
{
	fixture_init(&scene->fixture, "lan", 3, FIXTURE_CHEAP);
	store_folder_make(&scene->folder);
}

static void scene_finish(struct scene *scene)
{
	store_folder_remove(&scene->folder);
	fixture_finish(&scene->fixture);
}

/** The newest complete pair: each commit writes BLOCK n and SLOT n, and deletes SLOT n - 1. */
static uint64_t newest(struct store *store)
{
	uint64_t number = 0;

	while (store_folder_has(store, LEDGER_TABLE_BLOCK, number + 1, VALUE))
		number++;
	return number;
}

/** True if SLOT holds exactly what the commit of @number left. */
static bool is_whole(struct store *store, uint64_t number)
{
	return !store_folder_has(store, LEDGER_TABLE_SLOT, number - 1, VALUE) &&
	       (number == 0 || store_folder_has(store, LEDGER_TABLE_SLOT, number, VALUE)) &&
	       !store_folder_has(store, LEDGER_TABLE_SLOT, number + 1, VALUE);
}

static int commit_next(struct store *store, uint64_t number)
{
	int r = store_folder_put(store, LEDGER_TABLE_BLOCK, number, VALUE);

	if (r == 0)
		r = store_folder_put(store, LEDGER_TABLE_SLOT, number, VALUE);
	if (r == 0)
		r = store_folder_delete(store, LEDGER_TABLE_SLOT, number - 1);
	return r == 0 ? store_commit(store) : r;
}

/* Killed */

/** A writer process: where it tells what it knows to be durable, and what is to befall it. */
struct writer {
	const struct fixture *fixture;
	int acknowledge_fd;
	uint64_t commits;
	unsigned int n; /**< The LMDB call of the mishap; 0: none. */
	enum lmdb_mishap mishap;
};

static int write_and_tell(const struct store_folder *folder, void *context)
{
	const struct writer *writer = context;
	struct store *store = NULL;
	uint64_t number;
	int r;

	if (writer->n > 0)
		lmdb_mishap_at(writer->n, writer->mishap);
	r = store_open(folder->path, writer->fixture->contract, false, &store);
	if (r < 0)
		return -r;
	number = newest(store);
	for (uint64_t turn = 0; turn < writer->commits && r == 0; turn++) {
		r = commit_next(store, ++number);
		if (r == 0 &&
		    write(writer->acknowledge_fd, &number, sizeof(number)) != sizeof(number))
			r = -EIO;
	}
	store_close(store);
	return -r;
}

/** The highest number that came out of the pipe, @before if none. */
static uint64_t last_acknowledged(int fd, uint64_t before)
{
	uint64_t number;

	while (read(fd, &number, sizeof(number)) == sizeof(number))
		before = number;
	return before;
}

/** Opens what is left, and gives how many commits are in it. */
static uint64_t check_after_crash(const struct scene *scene, uint64_t acknowledged)
{
	struct store *store = NULL;
	uint64_t found;

	/* Reading comes first: nothing may need a writer's repair. */
	if (acknowledged > 0) {
		assert_int_equal(
			store_open(scene->folder.path, scene->fixture.contract, true, &store), 0);
		assert_true(newest(store) >= acknowledged);
		store_close(TAKE(store));
	}
	assert_int_equal(store_open(scene->folder.path, scene->fixture.contract, false, &store), 0);
	found = newest(store);
	assert_true(found == acknowledged || found == acknowledged + 1);
	assert_true(is_whole(store, found));
	store_close(store);
	return found;
}

static void kill_at_each_call(enum lmdb_mishap mishap, bool is_fresh)
{
	bool is_done = false;

	for (unsigned int n = 1; !is_done; n++) {
		struct writer writer = {NULL, -1, COMMITS, n, mishap};
		struct scene scene;
		uint64_t before = 0;
		uint64_t acknowledged;
		int ends[2];
		int r;

		scene_init(&scene);
		writer.fixture = &scene.fixture;
		if (!is_fresh)
			before = check_after_crash(&scene, 0);
		assert_int_equal(pipe(ends), 0);
		writer.acknowledge_fd = ends[1];
		r = store_folder_in_child(write_and_tell, &scene.folder, &writer);
		(void)close(ends[1]);
		assert_true(r == 0 || r == -SIGKILL);
		assert_true(n < CALLS_MAX);
		is_done = r == 0;
		acknowledged = last_acknowledged(ends[0], before);
		(void)close(ends[0]);
		if (is_done)
			assert_int_equal(acknowledged, COMMITS);
		(void)check_after_crash(&scene, acknowledged);
		scene_finish(&scene);
	}
}

UNIT_TEST(killed_before_any_call_nothing_acknowledged_is_lost)
{
	kill_at_each_call(LMDB_KILLED_BEFORE, true);
}

UNIT_TEST(killed_after_any_call_nothing_acknowledged_is_lost)
{
	kill_at_each_call(LMDB_KILLED_AFTER, false);
}

UNIT_TEST(killed_at_any_time_again_and_again_it_goes_on)
{
	uint64_t seed = 5;
	uint64_t acknowledged = 0;
	struct scene scene;

	scene_init(&scene);
	for (unsigned int turn = 0; turn < KILLS; turn++) {
		struct writer writer = {&scene.fixture, -1, 100000, 0, LMDB_FAILS};
		int ends[2];
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		writer.acknowledge_fd = ends[1];
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(write_and_tell(&scene.folder, &writer));
		(void)close(ends[1]);
		(void)usleep((useconds_t)seeded_between(&seed, 100, 30000));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		acknowledged = last_acknowledged(ends[0], acknowledged);
		(void)close(ends[0]);
		acknowledged = check_after_crash(&scene, acknowledged);
	}
	assert_true(acknowledged > 0);
	scene_finish(&scene);
}

/* Calls that fail */

/** Everything that a process does with its store; 0 if all of it went well. */
static int use(const struct scene *scene, struct store **ret_store)
{
	int r = store_open(scene->folder.path, scene->fixture.contract, false, ret_store);

	if (r == 0)
		r = store_claim(*ret_store, &scene->fixture.contract->members[0].id);
	if (r == 0)
		r = commit_next(*ret_store, newest(*ret_store) + 1);
	return r;
}

UNIT_TEST(a_call_that_fails_is_an_error_and_changes_nothing)
{
	bool is_done = false;
	struct scene scene;
	uint64_t before = 0;

	scene_init(&scene);
	for (unsigned int n = 1; !is_done; n++) {
		struct store *store = NULL;
		uint64_t found;
		int r;

		lmdb_mishap_at(n, LMDB_FAILS);
		r = use(&scene, &store);
		is_done = !lmdb_mishap_has_come();
		assert_true(n < CALLS_MAX);
		/* A read that fails in newest() shows as a record that is not there. */
		if (r < 0)
			assert_true(r == -EIO || r == -ENOMEM || r == -ENOSPC || r == -EINVAL);
		store_close(store);
		store = NULL;
		assert_int_equal(
			store_open(scene.folder.path, scene.fixture.contract, false, &store), 0);
		found = newest(store);
		assert_true(found == before || (r == 0 && found == before + 1));
		before = found;
		store_close(store);
	}
	assert_true(before > 0);
	scene_finish(&scene);
}

UNIT_TEST(what_failed_to_commit_is_still_gathered)
{
	struct store *store = NULL;
	struct scene scene;

	scene_init(&scene);
	assert_int_equal(store_open(scene.folder.path, scene.fixture.contract, false, &store), 0);
	assert_int_equal(commit_next(store, 1), 0);
	assert_int_equal(store_folder_put(store, LEDGER_TABLE_BLOCK, 2, VALUE), 0);
	for (unsigned int n = 1; n <= 3; n++) {
		lmdb_mishap_at(n, LMDB_FAILS);
		assert_true(store_commit(store) < 0);
		assert_true(lmdb_mishap_has_come());
		assert_int_equal(newest(store), 1);
	}
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(newest(store), 2);
	store_close(store);
	scene_finish(&scene);
}

static int on_record(struct bytes key, struct bytes value, void *context)
{
	(void)key;
	(void)value;
	(*(unsigned int *)context)++;
	return 0;
}

UNIT_TEST(reads_that_fail_are_errors)
{
	struct store *store = NULL;
	unsigned int records = 0;
	struct scene scene;
	bool is_done = false;

	scene_init(&scene);
	assert_int_equal(store_open(scene.folder.path, scene.fixture.contract, false, &store), 0);
	assert_int_equal(commit_next(store, 1), 0);
	for (unsigned int n = 1; !is_done; n++) {
		int r;

		records = 0;
		lmdb_mishap_at(n, LMDB_FAILS);
		r = store_each(store, LEDGER_TABLE_BLOCK, on_record, &records);
		is_done = !lmdb_mishap_has_come();
		assert_true(is_done ? r == 0 && records == 1 : r < 0);
	}
	lmdb_mishap_at(1, LMDB_FAILS);
	assert_false(store_folder_has(store, LEDGER_TABLE_BLOCK, 1, VALUE));
	assert_true(lmdb_mishap_has_come());
	store_close(store);
	scene_finish(&scene);
}

/* Disks */

static bool write_text(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/** Mounts of its own, as root or as root of a user namespace. */
static bool leave_mounts(void)
{
	char users[32];
	char groups[32];

	(void)snprintf(users, sizeof(users), "0 %u 1", (unsigned int)geteuid());
	(void)snprintf(groups, sizeof(groups), "0 %u 1", (unsigned int)getegid());
	if (unshare(CLONE_NEWNS) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", users) && write_text("/proc/self/gid_map", groups);
}

/** A small file system of its own over the folder; CANNOT_TRY without the right to. */
static int mount_small(const struct store_folder *folder)
{
	char options[64];

	if (!leave_mounts())
		return CANNOT_TRY;
	(void)mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
	(void)snprintf(options, sizeof(options), "size=%ldk,mode=0700",
		       DISK_PAGES * sysconf(_SC_PAGESIZE) / 1024);
	return mount("none", folder->path, "tmpfs", 0, options) < 0 ? CANNOT_TRY : 0;
}

/** Commits until there is no room; the commits before are all there, also for a new process. */
static int fill_disk(const struct store_folder *folder, const struct fixture *fixture,
		     int full_error)
{
	struct store *store = NULL;
	uint64_t number = 0;
	int r = store_open(folder->path, fixture->contract, false, &store);

	while (r == 0 && number < 4 * DISK_PAGES)
		r = commit_next(store, ++number);
	if (r != full_error || number < 10)
		return 2;
	if (newest(store) != number - 1 || !is_whole(store, number - 1))
		return 3;
	store_discard(store);
	store_close(TAKE(store));
	if (store_open(folder->path, fixture->contract, false, &store) < 0)
		return 4;
	if (newest(store) != number - 1 || !is_whole(store, number - 1))
		return 5;
	store_close(store);
	return 0;
}

static int fill_small_disk(const struct store_folder *folder, void *context)
{
	int r = mount_small(folder);

	return r != 0 ? r : fill_disk(folder, context, -ENOSPC);
}

static int fill_up_to_limit(const struct store_folder *folder, void *context)
{
	const struct rlimit limit = {1024 * 1024, 1024 * 1024};

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return CANNOT_TRY;
	return fill_disk(folder, context, -EFBIG);
}

UNIT_TEST(a_full_disk_loses_nothing)
{
	struct scene scene;
	int r;

	scene_init(&scene);
	r = store_folder_in_child(fill_small_disk, &scene.folder, &scene.fixture);
	if (r == CANNOT_TRY)
		print_message(
			"no right to mount: a file size limit alone stands for a full disk\n");
	else
		assert_int_equal(r, 0);
	assert_int_equal(store_folder_in_child(fill_up_to_limit, &scene.folder, &scene.fixture), 0);
	scene_finish(&scene);
}

/** On a disk too small for a store at all; then there is none. */
static int open_on_tiny_disk(const struct store_folder *folder, void *context)
{
	const struct fixture *fixture = context;
	const struct rlimit limit = {10 * 1024, 10 * 1024};
	struct store *store = NULL;
	char path[STORE_FOLDER_PATH_MAX];

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return CANNOT_TRY;
	if (store_open(folder->path, fixture->contract, false, &store) >= 0)
		return 2;
	return access(store_folder_file(folder, "data.mdb", path), F_OK) == 0 ? 3 : 0;
}

UNIT_TEST(a_store_is_made_whole_or_not_at_all)
{
	struct store *store = NULL;
	struct scene scene;

	scene_init(&scene);
	assert_int_equal(store_folder_in_child(open_on_tiny_disk, &scene.folder, &scene.fixture),
			 0);
	assert_int_equal(store_open(scene.folder.path, scene.fixture.contract, false, &store), 0);
	store_close(store);
	scene_finish(&scene);
}

static int open_read_only_disk(const struct store_folder *folder, void *context)
{
	const struct fixture *fixture = context;
	struct store *store = NULL;
	int r = mount_small(folder);

	if (r != 0)
		return r;
	if (store_open(folder->path, fixture->contract, false, &store) < 0 ||
	    commit_next(store, 1) < 0)
		return 2;
	store_close(TAKE(store));
	if (mount("none", folder->path, "none", MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return CANNOT_TRY;
	if (store_open(folder->path, fixture->contract, false, &store) != -EROFS)
		return 3;
	if (store_open(folder->path, fixture->contract, true, &store) < 0)
		return 4;
	r = newest(store) == 1 ? 0 : 5;
	store_close(store);
	return r;
}

UNIT_TEST(a_read_only_disk_is_read)
{
	struct scene scene;
	int r;

	scene_init(&scene);
	r = store_folder_in_child(open_read_only_disk, &scene.folder, &scene.fixture);
	if (r == CANNOT_TRY)
		print_message("no right to mount: not tried\n");
	else
		assert_int_equal(r, 0);
	scene_finish(&scene);
}

static int open_as_nobody(const struct store_folder *folder, void *context)
{
	const struct fixture *fixture = context;
	struct store *store = NULL;

	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return CANNOT_TRY;
	return -store_open(folder->path, fixture->contract, false, &store);
}

UNIT_TEST(a_folder_without_permission_is_an_error)
{
	struct scene scene;
	int r;

	scene_init(&scene);
	assert_int_equal(chmod(scene.folder.path, 0555), 0);
	r = store_folder_in_child(open_as_nobody, &scene.folder, &scene.fixture);
	assert_true(r == EACCES || r == CANNOT_TRY);
	assert_int_equal(chmod(scene.folder.path, 0700), 0);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_before_any_call_nothing_acknowledged_is_lost),
		cmocka_unit_test(killed_after_any_call_nothing_acknowledged_is_lost),
		cmocka_unit_test(killed_at_any_time_again_and_again_it_goes_on),
		cmocka_unit_test(a_call_that_fails_is_an_error_and_changes_nothing),
		cmocka_unit_test(what_failed_to_commit_is_still_gathered),
		cmocka_unit_test(reads_that_fail_are_errors),
		cmocka_unit_test(a_full_disk_loses_nothing),
		cmocka_unit_test(a_store_is_made_whole_or_not_at_all),
		cmocka_unit_test(a_read_only_disk_is_read),
		cmocka_unit_test(a_folder_without_permission_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
