/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Lines for the journal: level prefixes of sd-daemon(3) on standard error, nothing where there is
 * no one to read them. Only the one who decides what to do about an error calls this.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,   /**< A function was lost. */
	LOG_LEVEL_WARNING = 4, /**< It goes on without something. */
	LOG_LEVEL_NOTICE = 5,  /**< A person did something. */
	LOG_LEVEL_INFO = 6,    /**< Start, stop, members come and go. */
	LOG_LEVEL_DEBUG = 7,
};

/** Writes one line without control characters. Never a key, never at message rate. */
_printf_(2, 3) void log_line(enum log_level level, const char *format, ...);

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/** A bucket for what peers can cause: at most one line each period, the rest counted. */
struct log_limit {
	int64_t next_us;
	uint64_t suppressed;
};

/**
 * True if a line may be written now (@now_us monotonic, at most one each @period_us);
 * *ret_suppressed is how many were held back since the last one.
 */
bool log_limit_pass(struct log_limit *limit, int64_t now_us, int64_t period_us,
		    uint64_t *ret_suppressed);
