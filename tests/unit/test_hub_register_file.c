/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Registers that outlive the process, and small files as a whole. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <signal.h>

#include "hub/file.h"
#include "hub/register_file.h"

enum { PATH_SIZE = 64 };

/** A fresh directory; removed by remove_directory() with what it may hold. */
static void make_directory(char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "/tmp/test-registers-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static void remove_directory(const char *directory)
{
	char path[2 * PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/registers", directory);
	(void)unlink(path);
	assert_int_equal(rmdir(directory), 0);
}

UNIT_TEST(what_was_saved_is_loaded)
{
	struct saved_registers saved = {
		.pulses = INT64_MAX,
		.day_start_us = 86400000000,
		.days = {{"kettle", 5}, {"hub-1_x", 0}},
		.day_count = 2,
	};
	struct saved_registers loaded;
	struct text_error error;
	char directory[PATH_SIZE];

	make_directory(directory);
	assert_int_equal(register_file_load(directory, &loaded, &error), -ENOENT);
	assert_int_equal(register_file_save(directory, &saved), 0);
	saved.pulses = 4;
	assert_int_equal(register_file_save(directory, &saved), 0);
	assert_int_equal(register_file_load(directory, &loaded, &error), 0);
	assert_memory_equal(&saved, &loaded, sizeof(saved));
	remove_directory(directory);
}

static void assert_damaged(const char *text, const char *message)
{
	struct saved_registers saved = {.pulses = 3};
	struct text_error error;

	assert_int_equal(register_file_parse("registers",
					     BYTES((const uint8_t *)text, strlen(text)), &saved,
					     &error),
			 -EBADMSG);
	assert_string_equal(error.message, message);
	assert_int_equal(saved.pulses, 0);
}

UNIT_TEST(a_damaged_file_is_refused_as_a_whole)
{
	assert_damaged("[meter]\npulses = 9\n[meter]\n",
		       "registers:3: [meter] this section stands here a second time");
	assert_damaged("[meter]\npulses = -1\n", "registers:2: [meter] pulses: must be a number of "
						 "0..9223372036854775807");
	assert_damaged("[day]\ncolour = 1\n", "registers:2: [day] colour: there is no such key");
	assert_damaged(
		"[midnight a-name-that-is-longer-than-any-member]\nregister_mwh = 1\n",
		"registers:1: [midnight a-name-that-is-longer-than-any-member] does not fit");
}

UNIT_TEST(a_file_that_cannot_be_written_leaves_the_old_one)
{
	struct saved_registers saved = {.pulses = 1};
	struct saved_registers loaded;
	struct text_error error;
	char directory[PATH_SIZE];
	struct rlimit limit;
	struct rlimit small;

	make_directory(directory);
	assert_int_equal(register_file_save(directory, &saved), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){.rlim_cur = 5, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	saved.pulses = 2;
	assert_int_equal(register_file_save(directory, &saved), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(register_file_load(directory, &loaded, &error), 0);
	assert_int_equal(loaded.pulses, 1);
	remove_directory(directory);
}

UNIT_TEST(a_file_is_read_up_to_its_bound)
{
	char directory[PATH_SIZE];
	char path[2 * PATH_SIZE];
	char *text = NULL;
	size_t size = 0;

	make_directory(directory);
	(void)snprintf(path, sizeof(path), "%s/registers", directory);
	assert_int_equal(file_read(path, 10, &text, &size), -ENOENT);
	assert_int_equal(file_replace(path, BYTES((const uint8_t *)"0123456789", 10)), 0);
	assert_int_equal(file_read(path, 9, &text, &size), -EFBIG);
	assert_int_equal(file_read(path, 10, &text, &size), 0);
	assert_int_equal(size, 10);
	assert_string_equal(text, "0123456789");
	free(text);
	assert_int_equal(file_read(directory, 10, &text, &size), -EISDIR);
	remove_directory(directory);
	assert_int_equal(file_replace(path, BYTES(NULL, 0)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_saved_is_loaded),
		cmocka_unit_test(a_damaged_file_is_refused_as_a_whole),
		cmocka_unit_test(a_file_that_cannot_be_written_leaves_the_old_one),
		cmocka_unit_test(a_file_is_read_up_to_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
