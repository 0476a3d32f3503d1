/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as configuration: entries are within their bounds, every refusal says where. */
#include <assert.h>
#include <errno.h>

#include "base/text.h"
#include "base/utf8.h"
#include "fuzz.h"

struct seen {
	unsigned int entries;
	unsigned int line;
};

static void assert_prints(const char *text, size_t capacity)
{
	size_t size = strnlen(text, capacity);

	assert(size < capacity);
	assert(utf8_is_printable(BYTES((const uint8_t *)text, size)));
}

static int on_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	struct seen *seen = context;
	uint8_t data[8];
	char word[16];
	int64_t number;
	bool is_set;

	assert(++seen->entries <= TEXT_ENTRIES_MAX);
	assert(entry->line > seen->line);
	seen->line = entry->line;
	assert_prints(entry->section, sizeof(entry->section));
	assert_prints(entry->name, sizeof(entry->name));
	assert_prints(entry->key, sizeof(entry->key));
	assert_prints(entry->value, sizeof(entry->value));
	assert(entry->section[0] != '\0');
	if (text_value_int("f", entry, -5, 500, &number, error) == 0)
		assert(number >= -5 && number <= 500);
	if (text_value_string("f", entry, word, sizeof(word), error) == 0)
		assert(word[0] != '\0' && strcmp(word, entry->value) == 0);
	if (text_value_hex("f", entry, data, sizeof(data), error) == 0)
		assert(strlen(entry->value) == 2 * sizeof(data));
	if (text_value_bool("f", entry, &is_set, error) == 0)
		assert(is_set == (strcmp(entry->value, "yes") == 0));
	error->message[0] = '\0';
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {0};
	struct text_error error;
	int r = text_parse("f", BYTES(data, size), on_entry, &seen, &error);

	assert(r == 0 || r == -EINVAL || r == -EFBIG);
	assert((r == 0) == (error.message[0] == '\0'));
	assert(r == 0 || strncmp(error.message, "f:", 2) == 0);
	return 0;
}
