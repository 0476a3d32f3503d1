/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Recorded traces: what is read, held, repeated and refused; from memory and from files. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

#include "drivers/load_file.h"
#include "failing_allocation.h"

#define SECOND_US  INT64_C(1000000)
#define DAY_US	   (86400 * SECOND_US)
#define START_US   (15359 * DAY_US) /* 20 January 2012 */
#define HOUR_MW_US (3600 * SECOND_US)

DEFINE_CLEANUP(struct load *, load_free);

static struct load *load_or_fail(const char *text)
{
	struct load_error error = {""};
	struct load *load = NULL;

	if (load_new_trace(BYTES((const uint8_t *)text, strlen(text)), &load, &error) < 0)
		fail_msg("%s", error.message);
	return load;
}

/** Milliwatt-microseconds of from..to, seconds after the recording's start. */
static int64_t consumed(struct load *load, int64_t from_s, int64_t to_s)
{
	struct energy energy = {0};

	load_add_energy(load, START_US + from_s * SECOND_US, START_US + to_s * SECOND_US, &energy);
	assert_in_range(energy.rest_mw_us, 0, HOUR_MW_US - 1);
	return energy.mwh * HOUR_MW_US + energy.rest_mw_us;
}

UNIT_TEST(a_sample_holds_until_the_next)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 00:00:10;100;9\n"
							       "20/01/2012 00:00:40;250;9\n");

	assert_int_equal(load_power_mw(load, START_US + 10 * SECOND_US), 100000);
	assert_int_equal(load_power_mw(load, START_US + 40 * SECOND_US - 1), 100000);
	assert_int_equal(load_power_mw(load, START_US + 40 * SECOND_US), 250000);
	assert_int_equal(consumed(load, 0, 10), 0);
	assert_int_equal(consumed(load, 0, 40), 30 * 100000 * SECOND_US);
	assert_int_equal(consumed(load, 39, 41), 350000 * SECOND_US);
}

UNIT_TEST(a_sample_holds_a_minute_at_most_and_then_nothing_is_known)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 00:01:00;100\n"
							       "20/01/2012 01:00:00;0\n");
	int64_t end_us = START_US + 120 * SECOND_US;

	assert_true(load_is_observed(load, end_us - 1));
	assert_false(load_is_observed(load, end_us));
	assert_int_equal(load_power_mw(load, end_us), 0);
	assert_false(load_is_observed(load, START_US));
	assert_true(load_is_observed(load, START_US + 3600 * SECOND_US));
	assert_int_equal(consumed(load, 0, 86400), 60 * 100000 * SECOND_US);
}

UNIT_TEST(the_last_sample_does_not_reach_over_the_end_of_the_recording)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 23:59:50;100\n");

	assert_int_equal(consumed(load, 0, 86400), 10 * 100000 * SECOND_US);
	assert_int_equal(consumed(load, 86400, 86400 + 3600), 0);
}

UNIT_TEST(the_last_of_equal_times_wins_and_disorder_is_sorted)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 00:00:20;30\n"
							       "20/01/2012 00:00:10;10\n"
							       "20/01/2012 00:00:20;40\n"
							       "20/01/2012 00:00:10;20\n");

	assert_int_equal(load_power_mw(load, START_US + 10 * SECOND_US), 20000);
	assert_int_equal(load_power_mw(load, START_US + 20 * SECOND_US), 40000);
}

UNIT_TEST(a_recording_repeats_by_whole_days_in_both_directions)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 10:00:00;60\n"
							       "21/01/2012 10:00:00;120\n");
	int64_t start_us;
	int64_t length_us;
	int64_t ten_us = START_US + 36000 * SECOND_US;

	load_recording(load, &start_us, &length_us);
	assert_int_equal(start_us, START_US);
	assert_int_equal(length_us, 2 * DAY_US);
	for (int64_t turn = -3; turn < 4; turn++) {
		assert_int_equal(load_power_mw(load, ten_us + turn * 2 * DAY_US), 60000);
		assert_int_equal(load_power_mw(load, ten_us + (turn * 2 + 1) * DAY_US), 120000);
	}
	assert_int_equal(consumed(load, -10 * 86400, 10 * 86400), 10 * 60 * 180000 * SECOND_US);
}

UNIT_TEST(energy_does_not_depend_on_how_the_time_is_cut)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("20/01/2012 00:00:01;1.001\n"
							       "20/01/2012 07:14:03;1998.2\n"
							       "20/01/2012 07:14:59;3.333\n"
							       "20/01/2012 23:59:59;2\n");
	uint64_t seed = 3;

	for (unsigned int turn = 0; turn < 50; turn++) {
		int64_t at_us = START_US + seeded_between(&seed, -2 * DAY_US, 2 * DAY_US);
		int64_t end_us = at_us + seeded_between(&seed, 0, 3 * DAY_US);
		struct energy whole = {0};
		struct energy sum = {0};

		load_add_energy(load, at_us, end_us, &whole);
		while (at_us < end_us) {
			int64_t next_us = at_us + seeded_between(&seed, 1, 3 * HOUR_MW_US);

			next_us = next_us < end_us ? next_us : end_us;
			load_add_energy(load, at_us, next_us, &sum);
			at_us = next_us;
		}
		assert_int_equal(sum.mwh, whole.mwh);
		assert_int_equal(sum.rest_mw_us, whole.rest_mw_us);
	}
}

UNIT_TEST(a_century_at_the_highest_power_does_not_overflow)
{
	_cleanup_(freep) char *text = calloc(1440, 40);
	_cleanup_(load_freep) struct load *load = NULL;
	struct energy energy = {0};
	size_t size = 0;

	assert_non_null(text);
	for (unsigned int minute = 0; minute < 1440; minute++)
		size += (size_t)snprintf(text + size, 40, "20/01/2012 %02u:%02u:00;1000000\n",
					 minute / 60, minute % 60);
	load = load_or_fail(text);
	load_add_energy(load, START_US, START_US + 36500 * DAY_US, &energy);
	assert_int_equal(energy.mwh, INT64_C(36500) * 24 * LOAD_POWER_MW_MAX);
	assert_int_equal(energy.rest_mw_us, 0);
}

UNIT_TEST(wrong_lines_are_counted_and_left_out)
{
	static const char *const wrong[] = {
		"time;watts",
		"20/01/2012 00:00:10",
		"20/01/2012 00:00:10;",
		"20/01/2012 00:00:10;x",
		"20/01/2012 00:00:10;-1",
		"20/01/2012 00:00:10;1x",
		"20/01/2012 00:00:10;1.",
		"20/01/2012 00:00:10;.5",
		"20/01/2012 00:00:10;1.0001",
		"20/01/2012 00:00:10;1000001",
		"20/01/2012 24:00:00;1",
		"20/01/2012 00:60:00;1",
		"20/01/2012 00:00:60;1",
		"32/01/2012 00:00:00;1",
		"00/01/2012 00:00:00;1",
		"29/02/2011 00:00:00;1",
		"29/02/1900 00:00:00;1",
		"20/13/2012 00:00:00;1",
		"20/00/2012 00:00:00;1",
		"20/01/1969 00:00:00;1",
		"20/01/20120 00:00:00;1",
		"20-01-2012 00:00:00;1",
		"20/01/2012T00:00:00;1",
		" 20/01/2012 00:00:00;1",
		"020/01/2012 00:00:00;1",
		"20/01/2012 00:00:10;1e3",
		"20/01/2012 00:00:10;nan",
		"20/01/2012 00:00:10;1000000.001",
		"20/01/2012 00:00:10;99999999",
	};
	enum { WRONG = sizeof(wrong) / sizeof(wrong[0]) };
	char text[4096] = "20/01/2012 00:00:10;7\r\n\n";
	size_t size = strlen(text);
	_cleanup_(load_freep) struct load *load = NULL;

	for (size_t index = 0; index < WRONG; index++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s\n", wrong[index]);
	load = load_or_fail(text);
	assert_int_equal(load_refused_lines(load), WRONG);
	assert_int_equal(consumed(load, 0, 86400), 60 * 7000 * SECOND_US);
}

UNIT_TEST(dates_of_leap_years_and_decimals_are_read)
{
	_cleanup_(load_freep) struct load *load = load_or_fail("29/2/2000 0:0:0;0.5\n");
	int64_t start_us;
	int64_t length_us;

	load_recording(load, &start_us, &length_us);
	assert_int_equal(start_us, INT64_C(951782400) * SECOND_US);
	assert_int_equal(load_power_mw(load, start_us), 500);
	assert_int_equal(load_refused_lines(load), 0);
}

static void assert_refused(struct bytes text, int code, const char *message)
{
	struct load_error error = {""};
	struct load *load = NULL;

	assert_int_equal(load_new_trace(text, &load, &error), code);
	assert_string_equal(error.message, message);
	assert_null(load);
}

UNIT_TEST(a_text_without_a_good_line_is_refused)
{
	static const char text[] = "\nnonsense\n";

	assert_refused((struct bytes){0}, -EBADMSG, "not one line");
	assert_refused(BYTES((const uint8_t *)text, strlen(text)), -EBADMSG,
		       "line 2: not 'day/month/year hour:minute:second;watts', nor any other");
}

UNIT_TEST(a_recording_of_more_than_a_year_is_refused)
{
	static const char text[] = "20/01/2012 00:00:00;1\n20/01/2013 00:00:00;1\n";

	assert_refused(BYTES((const uint8_t *)text, strlen(text)), -EFBIG,
		       "spans 367 days, more than 366");
}

UNIT_TEST(too_many_samples_or_bytes_are_refused)
{
	static const char line[] = "1/1/2012 0:0:0;1\n";
	size_t size = strlen(line);
	_cleanup_(freep) uint8_t *text = malloc((LOAD_SAMPLES_MAX + 1) * size);

	assert_non_null(text);
	for (size_t index = 0; index <= LOAD_SAMPLES_MAX; index++)
		memcpy(text + index * size, line, size);
	assert_refused(BYTES(text, (LOAD_SAMPLES_MAX + 1) * size), -EFBIG,
		       "more than 1048576 samples");
	assert_refused(BYTES(text, (size_t)LOAD_TRACE_SIZE_MAX + 1), -EFBIG,
		       "more than 67108864 bytes");
}

UNIT_TEST(every_allocation_of_a_trace_may_fail)
{
	static const char text[] = "20/01/2012 00:00:00;1\n";
	unsigned int failures = 0;

	for (unsigned int n = 1;; n++) {
		_cleanup_(load_freep) struct load *load = NULL;
		struct load_error error = {""};
		int r;

		allocation_fail_at(n);
		r = load_new_trace(BYTES((const uint8_t *)text, strlen(text)), &load, &error);
		if (!allocation_has_failed())
			break;
		/* Giving memory back may fail without harm. */
		assert_true(r == 0 || r == -ENOMEM);
		assert_int_equal(r == 0, load != NULL);
		failures += r == -ENOMEM ? 1 : 0;
	}
	assert_in_range(failures, 4, 10);
}

/** A file in a folder of its own, removed by file_remove(). */
struct file {
	char folder[32];
	char path[64];
};

static struct file file_or_fail(const void *data, size_t size, bool is_compressed)
{
	struct file file = {.folder = "/tmp/trace-XXXXXX"};
	gzFile stream;

	assert_non_null(mkdtemp(file.folder));
	(void)snprintf(file.path, sizeof(file.path), "%s/trace.csv", file.folder);
	stream = gzopen(file.path, is_compressed ? "wb" : "wbT");
	assert_non_null(stream);
	assert_int_equal(gzwrite(stream, data, (unsigned int)size), size);
	assert_int_equal(gzclose(stream), Z_OK);
	return file;
}

static void file_remove(const struct file *file)
{
	(void)unlink(file->path);
	(void)rmdir(file->folder);
}

UNIT_TEST(plain_and_compressed_files_are_the_same)
{
	static const char text[] = "20/01/2012 00:00:00;1\n";

	for (unsigned int is_compressed = 0; is_compressed < 2; is_compressed++) {
		_cleanup_(file_remove) struct file file =
			file_or_fail(text, strlen(text), is_compressed);
		_cleanup_(load_freep) struct load *load = NULL;
		struct load_error error = {""};

		assert_int_equal(load_open_trace(file.path, &load, &error), 0);
		assert_int_equal(consumed(load, 0, 86400), 60 * 1000 * SECOND_US);
	}
}

static void assert_file_refused(const char *path, int code, const char *why)
{
	struct load_error error = {""};
	struct load *load = NULL;
	char message[LOAD_ERROR_MAX];

	(void)snprintf(message, sizeof(message), "%s: %s", path, why);
	assert_int_equal(load_open_trace(path, &load, &error), code);
	assert_string_equal(error.message, message);
	assert_null(load);
}

UNIT_TEST(files_that_are_no_traces_are_refused_by_name)
{
	static const char text[] = "20/01/2012 00:00:00;1\n";
	_cleanup_(file_remove) struct file nonsense = file_or_fail("x", 1, false);
	_cleanup_(file_remove) struct file cut = file_or_fail(text, strlen(text), true);
	_cleanup_(file_remove) struct file damaged = file_or_fail(text, strlen(text), true);
	_cleanup_(closep) int fd = open(damaged.path, O_WRONLY | O_CLOEXEC);

	assert_file_refused("/nowhere/x.csv", -ENOENT, "No such file or directory");
	assert_file_refused("/tmp", -EISDIR, "Is a directory");
	assert_file_refused("/dev/null", -EINVAL, "Invalid argument");
	assert_file_refused(nonsense.path, -EBADMSG,
			    "line 1: not 'day/month/year hour:minute:second;watts', nor any other");
	assert_int_equal(truncate(cut.path, 30), 0);
	assert_file_refused(cut.path, -EBADMSG, "damaged or cut off gzip data");
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 14), 4);
	assert_file_refused(damaged.path, -EBADMSG, "damaged or cut off gzip data");
}

UNIT_TEST(a_small_file_that_unpacks_without_end_is_refused)
{
	_cleanup_(freep) uint8_t *zeroes = calloc(1, (size_t)2 * LOAD_TRACE_SIZE_MAX);
	struct file file;

	assert_non_null(zeroes);
	file = file_or_fail(zeroes, (size_t)2 * LOAD_TRACE_SIZE_MAX, true);
	assert_file_refused(file.path, -EFBIG, "more than 67108864 bytes");
	file_remove(&file);
}

UNIT_TEST(every_allocation_of_a_file_may_fail)
{
	static const char text[] = "20/01/2012 00:00:00;1\n";
	_cleanup_(file_remove) struct file file = file_or_fail(text, strlen(text), false);

	for (unsigned int n = 1;; n++) {
		_cleanup_(load_freep) struct load *load = NULL;
		struct load_error error = {""};
		int r;

		allocation_fail_at(n);
		r = load_open_trace(file.path, &load, &error);
		if (!allocation_has_failed())
			break;
		assert_true(r == 0 || r == -ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_holds_until_the_next),
		cmocka_unit_test(a_sample_holds_a_minute_at_most_and_then_nothing_is_known),
		cmocka_unit_test(the_last_sample_does_not_reach_over_the_end_of_the_recording),
		cmocka_unit_test(the_last_of_equal_times_wins_and_disorder_is_sorted),
		cmocka_unit_test(a_recording_repeats_by_whole_days_in_both_directions),
		cmocka_unit_test(energy_does_not_depend_on_how_the_time_is_cut),
		cmocka_unit_test(a_century_at_the_highest_power_does_not_overflow),
		cmocka_unit_test(wrong_lines_are_counted_and_left_out),
		cmocka_unit_test(dates_of_leap_years_and_decimals_are_read),
		cmocka_unit_test(a_text_without_a_good_line_is_refused),
		cmocka_unit_test(a_recording_of_more_than_a_year_is_refused),
		cmocka_unit_test(too_many_samples_or_bytes_are_refused),
		cmocka_unit_test(every_allocation_of_a_trace_may_fail),
		cmocka_unit_test(plain_and_compressed_files_are_the_same),
		cmocka_unit_test(files_that_are_no_traces_are_refused_by_name),
		cmocka_unit_test(a_small_file_that_unpacks_without_end_is_refused),
		cmocka_unit_test(every_allocation_of_a_file_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
