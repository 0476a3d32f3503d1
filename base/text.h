/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The text format of configuration, contracts and tariffs: `[section]`, `[section name]`,
 * `key = value`, comments from `#` at the start of a line. Pure: works on bytes in memory.
 */
#pragma once

#include "bytes.h"

enum {
	TEXT_SIZE_MAX = 256 * 1024,
	TEXT_LINE_MAX = 1024,
	TEXT_WORD_MAX = 64, /**< Section, name and key, with the zero byte. */
	TEXT_ENTRIES_MAX = 4096,
	TEXT_ERROR_MAX = 256,
};

/** One `key = value`, with where it stands. A section without keys is one entry with key "". */
struct text_entry {
	char section[TEXT_WORD_MAX];
	char name[TEXT_WORD_MAX]; /**< Second word of the section's header, or "". */
	char key[TEXT_WORD_MAX];
	char value[TEXT_LINE_MAX]; /**< Without surrounding blanks. */
	unsigned int line;	   /**< From 1. */
};

/** What is wrong, as "FILE:LINE: [SECTION] KEY: WHY"; filled by every function below that fails. */
struct text_error {
	char message[TEXT_ERROR_MAX];
};

/**
 * Called for each entry in file order; a section header calls it once with key "" first.
 * Returns 0 or -EINVAL with @error filled through text_error_at().
 */
typedef int (*text_entry_callback)(const struct text_entry *entry, void *context,
				   struct text_error *error);

/**
 * Reads a whole text. @file names it in errors only. Errors: -EINVAL (malformed, or what the
 * callback returned), -EFBIG (a bound above was passed); @error says where.
 */
_must_check_ int text_parse(const char *file, struct bytes text, text_entry_callback on_entry,
			    void *context, struct text_error *error);

/** Fills @error with file, line, section, key and a reason; always returns -EINVAL. */
_printf_(4, 5) int text_error_at(struct text_error *error, const char *file,
				 const struct text_entry *entry, const char *format, ...);

/** A decimal integer in min..max. Errors: -EINVAL, @error says "must be a number of 1..64". */
_must_check_ int text_value_int(const char *file, const struct text_entry *entry, int64_t min,
				int64_t max, int64_t *ret_value, struct text_error *error);
/** "yes" or "no". */
_must_check_ int text_value_bool(const char *file, const struct text_entry *entry, bool *ret_value,
				 struct text_error *error);
/** A non-empty word or path of less than size bytes, copied. */
_must_check_ int text_value_string(const char *file, const struct text_entry *entry,
				   char *ret_value, size_t size, struct text_error *error);
/** Exactly size bytes in hexadecimal. */
_must_check_ int text_value_hex(const char *file, const struct text_entry *entry, uint8_t *ret_data,
				size_t size, struct text_error *error);
