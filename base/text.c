/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads sections and keys from bytes in memory; what a key means is its caller's matter. */
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "checked.h"
#include "utf8.h"

/** Where an entry's words stand in the text, to find it again when the same words come twice. */
struct seen_entry {
	uint32_t first_offset;
	uint32_t second_offset;
	uint8_t first_size;
	uint8_t second_size;
	bool is_section;
};

struct parser {
	const char *file;
	struct bytes text;
	struct text_error *error;
	struct text_entry entry;
	struct seen_entry seen[TEXT_ENTRIES_MAX];
	size_t seen_count;
	size_t section_index; /* Of the present section's header in seen[]. */
	bool has_section;
};

static_assert(TEXT_WORD_MAX <= UINT8_MAX && TEXT_SIZE_MAX <= UINT32_MAX, "seen_entry holds them");

_printf_(3, 4) static void append(char *message, size_t capacity, const char *format, ...)
{
	size_t size = strlen(message);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message + size, capacity - size, format, arguments);
	va_end(arguments);
}

int text_error_at(struct text_error *error, const char *file, const struct text_entry *entry,
		  const char *format, ...)
{
	char *message = error->message;
	size_t size;
	va_list arguments;

	message[0] = '\0';
	append(message, TEXT_ERROR_MAX, "%s:%u: ", file, entry->line);
	if (entry->section[0] != '\0')
		append(message, TEXT_ERROR_MAX, "[%s%s%s] ", entry->section,
		       entry->name[0] != '\0' ? " " : "", entry->name);
	if (entry->key[0] != '\0')
		append(message, TEXT_ERROR_MAX, "%s: ", entry->key);
	size = strlen(message);
	va_start(arguments, format);
	(void)vsnprintf(message + size, TEXT_ERROR_MAX - size, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

#define fail(parser, ...)                                                                          \
	text_error_at((parser)->error, (parser)->file, &(parser)->entry, __VA_ARGS__)

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static struct bytes trim(struct bytes run)
{
	while (run.size > 0 && is_blank(run.data[0])) {
		run.data++;
		run.size--;
	}
	while (run.size > 0 && is_blank(run.data[run.size - 1]))
		run.size--;
	return run;
}

/** Cuts at the first @byte, or at the end; what follows it goes to @ret_rest. */
static struct bytes cut(struct bytes run, uint8_t byte, struct bytes *ret_rest)
{
	const uint8_t *found = run.size > 0 ? memchr(run.data, byte, run.size) : NULL;
	size_t size = found ? (size_t)(found - run.data) : run.size;

	*ret_rest = found ? BYTES(found + 1, run.size - size - 1) : BYTES(run.data + size, 0);
	return BYTES(run.data, size);
}

/** True for UTF-8 without control characters but tabs, which are blanks here. */
static bool prints(struct bytes line)
{
	while (line.size > 0)
		if (!utf8_is_printable(cut(line, '\t', &line)))
			return false;
	return true;
}

/** Cuts at the first blank; what follows it, trimmed, goes to @ret_rest. */
static struct bytes cut_word(struct bytes run, struct bytes *ret_rest)
{
	size_t size = 0;

	while (size < run.size && !is_blank(run.data[size]))
		size++;
	*ret_rest = trim(BYTES(run.data + size, run.size - size));
	return BYTES(run.data, size);
}

/** Sections and keys: letters, digits and "-_."; names: anything that prints but brackets. */
static bool is_word(struct bytes word, bool is_name)
{
	for (size_t index = 0; index < word.size; index++) {
		uint8_t byte = word.data[index];
		bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
				(byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
				byte == '.';

		if (is_name ? byte == '[' || byte == ']' : !is_plain)
			return false;
	}
	return true;
}

/** Copies with a zero byte; -EINVAL if @word needs more than @size. */
static int copy_run(char *text, size_t size, struct bytes word)
{
	if (word.size >= size)
		return -EINVAL;
	if (word.size > 0)
		memcpy(text, word.data, word.size);
	text[word.size] = '\0';
	return 0;
}

static struct bytes seen_run(const struct parser *parser, uint32_t offset, uint8_t size)
{
	return BYTES(parser->text.data + offset, size);
}

/** True if the same words stand in seen[] from @from on; remembers them otherwise. */
static bool is_repeated(struct parser *parser, size_t from, bool is_section, struct bytes first,
			struct bytes second)
{
	struct seen_entry *added = &parser->seen[parser->seen_count];

	for (size_t index = from; index < parser->seen_count; index++) {
		const struct seen_entry *seen = &parser->seen[index];

		if (seen->is_section == is_section && seen->first_size == first.size &&
		    seen->second_size == second.size &&
		    bytes_equal(seen_run(parser, seen->first_offset, seen->first_size), first) &&
		    bytes_equal(seen_run(parser, seen->second_offset, seen->second_size), second))
			return true;
	}
	added->is_section = is_section;
	added->first_offset = (uint32_t)(first.data - parser->text.data);
	added->first_size = (uint8_t)first.size;
	added->second_offset = (uint32_t)(second.data - parser->text.data);
	added->second_size = (uint8_t)second.size;
	parser->seen_count++;
	return false;
}

static int parse_section(struct parser *parser, struct bytes line)
{
	struct text_entry *entry = &parser->entry;
	struct bytes inside;
	struct bytes section;
	struct bytes name;

	entry->section[0] = entry->name[0] = '\0';
	if (line.data[line.size - 1] != ']')
		return fail(parser, "a section header must end with ']'");
	inside = trim(BYTES(line.data + 1, line.size - 2));
	section = cut_word(inside, &name);
	if (section.size == 0 || !is_word(section, false) || section.size >= TEXT_WORD_MAX)
		return fail(parser, "a section needs a name of letters, digits and '-_.'");
	for (size_t index = 0; index < name.size; index++)
		if (is_blank(name.data[index]))
			return fail(parser, "a section header has two words at most");
	if (!is_word(name, true) || copy_run(entry->name, TEXT_WORD_MAX, name) < 0)
		return fail(parser, "the second word is too long or holds a bracket");
	if (copy_run(entry->section, TEXT_WORD_MAX, section) < 0)
		return fail(parser, "the section is too long");
	parser->section_index = parser->seen_count;
	parser->has_section = true;
	if (is_repeated(parser, 0, true, section, name))
		return fail(parser, "this section stands here a second time");
	return 0;
}

static int parse_key(struct parser *parser, struct bytes line)
{
	struct text_entry *entry = &parser->entry;
	struct bytes value;
	struct bytes before = cut(line, '=', &value);
	struct bytes key = trim(before);

	if (before.size == line.size)
		return fail(parser, "neither a [section] nor 'key = value' nor a # comment");
	if (key.size == 0 || !is_word(key, false) || key.size >= TEXT_WORD_MAX)
		return fail(parser, "a key is 1..%d letters, digits and '-_.'", TEXT_WORD_MAX - 1);
	if (!parser->has_section)
		return fail(parser, "a key must stand below a [section]");
	value = trim(value);
	if (copy_run(entry->key, TEXT_WORD_MAX, key) < 0 ||
	    copy_run(entry->value, TEXT_LINE_MAX, value) < 0)
		return fail(parser, "the line is too long");
	if (value.size > 0 && memchr(value.data, '\t', value.size))
		return fail(parser, "a tab within the value");
	if (is_repeated(parser, parser->section_index + 1, false, key, BYTES(key.data, 0)))
		return fail(parser, "this key stands in its section a second time");
	return 0;
}

/** One line without its end. */
static int parse_line(struct parser *parser, struct bytes line, text_entry_callback on_entry,
		      void *context)
{
	int r;

	parser->entry.key[0] = parser->entry.value[0] = '\0';
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	if (line.size >= TEXT_LINE_MAX) {
		(void)fail(parser, "longer than %d bytes", TEXT_LINE_MAX - 1);
		return -EFBIG;
	}
	line = trim(line);
	if (!prints(line))
		return fail(parser, "a control character or a byte that is not UTF-8");
	if (line.size == 0 || line.data[0] == '#')
		return 0;
	if (parser->seen_count == TEXT_ENTRIES_MAX) {
		(void)fail(parser, "more than %d sections and keys", TEXT_ENTRIES_MAX);
		return -EFBIG;
	}
	r = line.data[0] == '[' ? parse_section(parser, line) : parse_key(parser, line);
	if (r < 0)
		return r;
	r = on_entry(&parser->entry, context, parser->error);
	if (r < 0 && parser->error->message[0] == '\0')
		(void)fail(parser, "refused");
	return r;
}

int text_parse(const char *file, struct bytes text, text_entry_callback on_entry, void *context,
	       struct text_error *error)
{
	struct parser parser;
	struct bytes rest = text;

	parser.file = file;
	parser.text = text;
	parser.error = error;
	parser.entry = (struct text_entry){.line = 1};
	parser.seen_count = parser.section_index = 0;
	parser.has_section = false;
	error->message[0] = '\0';
	if (text.size > TEXT_SIZE_MAX) {
		(void)fail(&parser, "the file is larger than %d bytes", TEXT_SIZE_MAX);
		return -EFBIG;
	}
	while (rest.size > 0) {
		struct bytes line = cut(rest, '\n', &rest);
		int r = parse_line(&parser, line, on_entry, context);

		if (r < 0)
			return r;
		parser.entry.line++;
	}
	return 0;
}

/** Digits with an optional minus sign, no blanks, no plus sign. */
static int int_from_text(const char *text, int64_t *ret_value)
{
	const char *digit = text + (text[0] == '-' ? 1 : 0);
	int64_t value = 0;

	if (*digit == '\0')
		return -EINVAL;
	for (; *digit != '\0'; digit++) {
		int64_t next = *digit - '0';

		if (next < 0 || next > 9)
			return -EINVAL;
		/* Below zero all the way down, so that INT64_MIN is a number like the others. */
		if (checked_multiply(value, 10, &value) < 0 ||
		    checked_subtract(value, next, &value) < 0)
			return -ERANGE;
	}
	if (text[0] != '-' && checked_subtract(0, value, &value) < 0)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int text_value_int(const char *file, const struct text_entry *entry, int64_t min, int64_t max,
		   int64_t *ret_value, struct text_error *error)
{
	int64_t value;

	if (int_from_text(entry->value, &value) < 0 || value < min || value > max)
		return text_error_at(error, file, entry, "must be a number of %lld..%lld",
				     (long long)min, (long long)max);
	*ret_value = value;
	return 0;
}

int text_value_bool(const char *file, const struct text_entry *entry, bool *ret_value,
		    struct text_error *error)
{
	bool is_yes = strcmp(entry->value, "yes") == 0;

	if (!is_yes && strcmp(entry->value, "no") != 0)
		return text_error_at(error, file, entry, "must be 'yes' or 'no'");
	*ret_value = is_yes;
	return 0;
}

int text_value_string(const char *file, const struct text_entry *entry, char *ret_value,
		      size_t size, struct text_error *error)
{
	if (entry->value[0] == '\0')
		return text_error_at(error, file, entry, "must not be empty");
	if (strlen(entry->value) >= size)
		return text_error_at(error, file, entry, "must be shorter than %zu bytes", size);
	memcpy(ret_value, entry->value, strlen(entry->value) + 1);
	return 0;
}

int text_value_hex(const char *file, const struct text_entry *entry, uint8_t *ret_data, size_t size,
		   struct text_error *error)
{
	uint8_t data[TEXT_LINE_MAX / 2];

	if (size > sizeof(data) || bytes_from_hex(entry->value, data, size) < 0)
		return text_error_at(error, file, entry, "must be %zu hexadecimal digits",
				     2 * size);
	memcpy(ret_data, data, size);
	return 0;
}
