/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What registers need to go on after a restart, in STATE/registers: the pulses counted so far and
 * where each register stood at the last midnight. The I/O beside register.c.
 */
#pragma once

#include "base/text.h"
#include "live.h"

enum { REGISTER_FILE_PATH_MAX = 600 };

/** Where one source's register stood at midnight. */
struct saved_day {
	char name[LEDGER_NAME_MAX];
	int64_t midnight_mwh;
};

struct saved_registers {
	int64_t pulses;	      /**< Of the main meter's pulse counter. */
	int64_t day_start_us; /**< The midnight that is meant, reading time; 0: none. */
	struct saved_day days[LIVE_SOURCES];
	size_t day_count;
};

/**
 * Reads DIRECTORY/registers. Errors: -ENOENT, -EBADMSG (damaged, @error says where), -errno;
 * *ret_saved is then empty.
 */
_must_check_ int register_file_load(const char *directory, struct saved_registers *ret_saved,
				    struct text_error *error);

/** Replaces it: written beside, synced, renamed. Errors: -ENOSPC, -EROFS, -errno. */
_must_check_ int register_file_save(const char *directory, const struct saved_registers *saved);

/** Reads the file's content from memory. Errors: -EBADMSG with @error. */
_must_check_ int register_file_parse(const char *file, struct bytes text,
				     struct saved_registers *ret_saved, struct text_error *error);
