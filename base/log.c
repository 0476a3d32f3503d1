/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Lines on standard error: for the journal with its level prefix, for a terminal with the time. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "utf8.h"

enum { LOG_LINE_MAX = 2048 };

/** sd-daemon(3): the journal reads us if JOURNAL_STREAM names the device and inode of stderr. */
static bool journal_reads_us(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device;
	unsigned long long inode;
	struct stat status;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	if (fstat(STDERR_FILENO, &status) < 0)
		return false;
	return status.st_dev == device && status.st_ino == inode;
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_DEBUG:
		return "debug: ";
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO:
		break;
	}
	return "";
}

static int write_prefix(enum log_level level, char *line, size_t capacity)
{
	struct timespec now;
	struct tm local;

	if (journal_reads_us())
		return snprintf(line, capacity, "<%d>", (int)level);
	clock_gettime(CLOCK_REALTIME, &now);
	if (!localtime_r(&now.tv_sec, &local))
		return snprintf(line, capacity, "%s", level_word(level));
	return snprintf(line, capacity, "%02d:%02d:%02d.%03ld %s", local.tm_hour, local.tm_min,
			local.tm_sec, now.tv_nsec / 1000000, level_word(level));
}

/** A peer's text must not forge a second line or steer a terminal. */
static void replace_controls(char *text, size_t size)
{
	bool is_printable = utf8_is_printable(BYTES((const uint8_t *)text, size));

	for (size_t index = 0; index < size; index++)
		if (!is_printable && (text[index] < 0x20 || text[index] > 0x7e))
			text[index] = '?';
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	size_t size = (size_t)write_prefix(level, line, sizeof(line));
	size_t start = size;
	va_list arguments;
	int written;

	va_start(arguments, format);
	written = vsnprintf(line + size, sizeof(line) - size, format, arguments);
	va_end(arguments);
	if (written < 0)
		return;
	size += (size_t)written;
	if (size > sizeof(line) - 2)
		size = sizeof(line) - 2;
	replace_controls(line + start, size - start);
	line[size++] = '\n';
	/* One write, so that lines of several processes do not mix; nowhere to report a failure. */
	if (write(STDERR_FILENO, line, size) < 0)
		return;
}

bool log_limit_pass(struct log_limit *limit, int64_t now_us, int64_t period_us,
		    uint64_t *ret_suppressed)
{
	if (now_us < limit->next_us) {
		limit->suppressed++;
		return false;
	}
	*ret_suppressed = limit->suppressed;
	limit->suppressed = 0;
	limit->next_us = now_us + period_us;
	return true;
}
