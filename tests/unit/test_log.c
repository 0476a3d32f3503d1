/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Lines of the log as their reader gets them, and the bucket that keeps them few. */
#include "unit.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/log.h"

enum { CAPTURE_MAX = 8192 };

/** Logs one line into a file in memory, which is or is not the journal's stream, and reads it. */
static void capture(bool is_journal, enum log_level level, const char *text, char line[CAPTURE_MAX])
{
	_cleanup_(closep) int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(closep) int saved = dup(STDERR_FILENO);
	struct stat status;
	char stream[64];
	ssize_t size;

	assert_int_equal(fstat(file, &status), 0);
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
		       (unsigned long long)status.st_ino + (is_journal ? 0 : 1));
	setenv("JOURNAL_STREAM", stream, 1);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	log_line(level, "%s", text);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	size = pread(file, line, CAPTURE_MAX - 1, 0);
	assert_true(size > 0);
	line[size] = '\0';
}

UNIT_TEST(the_journal_gets_a_level_and_no_time)
{
	char line[CAPTURE_MAX];

	capture(true, LOG_LEVEL_WARNING,
		"K\xc3\xbc"
		"che is off",
		line);
	assert_string_equal(line, "<4>K\xc3\xbc"
				  "che is off\n");
}

UNIT_TEST(a_terminal_gets_the_time_of_day)
{
	char line[CAPTURE_MAX];
	unsigned int part;
	int rest = 0;

	capture(false, LOG_LEVEL_ERROR, "x", line);
	assert_int_equal(sscanf(line, "%2u:%2u:%2u.%3u %n", &part, &part, &part, &part, &rest), 4);
	assert_string_equal(line + rest, "error: x\n");
	unsetenv("JOURNAL_STREAM");
	capture(false, LOG_LEVEL_INFO, "x", line);
	assert_string_equal(line + rest, "x\n");
	capture(false, LOG_LEVEL_DEBUG, "x", line);
	assert_string_equal(line + rest, "debug: x\n");
}

UNIT_TEST(a_peer_cannot_forge_a_line_or_steer_a_terminal)
{
	char line[CAPTURE_MAX];

	capture(true, LOG_LEVEL_INFO, "a\n<0>b\x1b[2J\xc2\x9b", line);
	assert_string_equal(line, "<6>a?<0>b?[2J??\n");
}

UNIT_TEST(a_long_line_is_cut)
{
	char text[CAPTURE_MAX / 2];
	char line[CAPTURE_MAX];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture(true, LOG_LEVEL_INFO, text, line);
	assert_int_equal(strlen(line), 2047);
	assert_int_equal(line[2046], '\n');
}

UNIT_TEST(a_bucket_lets_one_line_a_period_pass_and_counts_the_others)
{
	struct log_limit limit = {0};
	uint64_t suppressed = 9;

	assert_true(log_limit_pass(&limit, 1000, 100, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_false(log_limit_pass(&limit, 1001, 100, &suppressed));
	assert_false(log_limit_pass(&limit, 1099, 100, &suppressed));
	assert_true(log_limit_pass(&limit, 1100, 100, &suppressed));
	assert_int_equal(suppressed, 2);
	assert_true(log_limit_pass(&limit, 5000, 100, &suppressed));
	assert_int_equal(suppressed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_a_level_and_no_time),
		cmocka_unit_test(a_terminal_gets_the_time_of_day),
		cmocka_unit_test(a_peer_cannot_forge_a_line_or_steer_a_terminal),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(a_bucket_lets_one_line_a_period_pass_and_counts_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
