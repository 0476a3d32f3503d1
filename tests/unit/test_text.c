/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The text format: what is read, and what is refused with file, line, section and key. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

enum { TRANSCRIPT_MAX = 1024 };

/** Writes "section/name/key=value@line;" for each entry. */
static int on_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	char *transcript = context;
	size_t size = strlen(transcript);

	(void)snprintf(transcript + size, TRANSCRIPT_MAX - size, "%s/%s/%s=%s@%u;", entry->section,
		       entry->name, entry->key, entry->value, entry->line);
	if (strcmp(entry->key, "unknown") == 0)
		return text_error_at(error, "home.conf", entry, "no such key");
	return strcmp(entry->key, "silent") == 0 ? -EINVAL : 0;
}

static int count_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	(void)entry;
	(void)error;
	++*(unsigned int *)context;
	return 0;
}

static void assert_parsed(const char *text, const char *expected)
{
	char transcript[TRANSCRIPT_MAX] = "";
	struct text_error error;

	assert_int_equal(text_parse("home.conf", BYTES((const uint8_t *)text, strlen(text)),
				    on_entry, transcript, &error),
			 0);
	assert_string_equal(transcript, expected);
}

static void assert_refused_bytes(struct bytes text, const char *message)
{
	char transcript[TRANSCRIPT_MAX] = "";
	struct text_error error;

	assert_int_equal(text_parse("home.conf", text, on_entry, transcript, &error), -EINVAL);
	assert_string_equal(error.message, message);
}

static void assert_refused(const char *text, const char *message)
{
	assert_refused_bytes(BYTES((const uint8_t *)text, strlen(text)), message);
}

UNIT_TEST(sections_keys_comments_and_blanks_are_read)
{
	assert_parsed("", "");
	assert_parsed("# nothing\n\n \t \n", "");
	assert_parsed("[a]\nk = v\n\n# c\n[b name-1]\n", "a//=@1;a//k=v@2;b/name-1/=@5;");
	assert_parsed("  [ a\tb ]  \n\tkey.x-1_Z\t=  two  words # all of it\t\n",
		      "a/b/=@1;a/b/key.x-1_Z=two  words # all of it@2;");
	assert_parsed("[a]\nk =\nl = = x =\nm=K\xc3\xbc"
		      "che",
		      "a//=@1;a//k=@2;a//l== x =@3;a//m=K\xc3\xbc"
		      "che@4;");
	assert_parsed("[a]\r\nk = v\r\n", "a//=@1;a//k=v@2;");
	assert_parsed("[a]\nk = 1\n[a b]\nk = 2\n[b]\nk = 3", "a//=@1;a//k=1@2;a/b/=@3;a/b/k=2@4;"
							      "b//=@5;b//k=3@6;");
}

UNIT_TEST(a_malformed_line_is_named)
{
	assert_refused("[a]\nnonsense\n",
		       "home.conf:2: [a] neither a [section] nor 'key = value' nor a # comment");
	assert_refused("[a\n", "home.conf:1: a section header must end with ']'");
	assert_refused("[]\n", "home.conf:1: a section needs a name of letters, digits and '-_.'");
	assert_refused("[a/b]", "home.conf:1: a section needs a name of letters, digits and '-_.'");
	assert_refused("[a b c]\n", "home.conf:1: a section header has two words at most");
	assert_refused("[a b]]\n", "home.conf:1: the second word is too long or holds a bracket");
	assert_refused("k = v\n", "home.conf:1: a key must stand below a [section]");
	assert_refused("[a b]\n= v\n",
		       "home.conf:2: [a b] a key is 1..63 letters, digits and '-_.'");
	assert_refused("[a]\nk l = v\n",
		       "home.conf:2: [a] a key is 1..63 letters, digits and '-_.'");
	assert_refused("[a]\nk = v\tw\n", "home.conf:2: [a] k: a tab within the value");
}

UNIT_TEST(the_same_section_or_key_twice_is_refused)
{
	assert_refused("[a]\nk = 1\nl = 2\nk = 3\n",
		       "home.conf:4: [a] k: this key stands in its section a second time");
	assert_refused("[a b]\n[a]\n[a  b]\n",
		       "home.conf:3: [a b] this section stands here a second time");
}

UNIT_TEST(characters_that_do_not_print_are_refused)
{
	static const char why[] =
		"home.conf:2: [a] a control character or a byte that is not UTF-8";

	assert_refused("[a]\nk = \x01\n", why);
	assert_refused("[a]\nk = \x1b[2J\n", why);
	assert_refused("[a]\nk = \xc3\n", why);
	assert_refused("[a]\n# \xff\n", why);
	assert_refused("[a]\nk = a\rb\n", why);
	assert_refused_bytes(BYTES((const uint8_t *)"[a]\nk = \0\n", 10), why);
}

UNIT_TEST(words_and_lines_have_their_bounds)
{
	char text[TEXT_LINE_MAX + 64];
	char word[TEXT_WORD_MAX + 1];
	char transcript[TRANSCRIPT_MAX] = "";
	struct text_error error;

	memset(word, 'w', TEXT_WORD_MAX);
	word[TEXT_WORD_MAX] = '\0';
	(void)snprintf(text, sizeof(text), "[%s]", word);
	assert_refused(text, "home.conf:1: a section needs a name of letters, digits and '-_.'");
	(void)snprintf(text, sizeof(text), "[a %s]", word);
	assert_refused(text, "home.conf:1: the second word is too long or holds a bracket");
	(void)snprintf(text, sizeof(text), "[a]\n%s = 1", word);
	assert_refused(text, "home.conf:2: [a] a key is 1..63 letters, digits and '-_.'");
	memset(text, '#', sizeof(text));
	assert_int_equal(text_parse("f", BYTES((uint8_t *)text, TEXT_LINE_MAX - 1), on_entry,
				    transcript, &error),
			 0);
	assert_int_equal(text_parse("f", BYTES((uint8_t *)text, TEXT_LINE_MAX), on_entry,
				    transcript, &error),
			 -EFBIG);
	assert_string_equal(error.message, "f:1: longer than 1023 bytes");
}

UNIT_TEST(a_text_has_its_bound)
{
	_cleanup_(freep) uint8_t *text = malloc(TEXT_SIZE_MAX + 1);
	struct text_error error;
	unsigned int entries = 0;

	assert_non_null(text);
	memset(text, '\n', TEXT_SIZE_MAX + 1);
	assert_int_equal(text_parse("f", BYTES(text, TEXT_SIZE_MAX), count_entry, &entries, &error),
			 0);
	assert_int_equal(
		text_parse("f", BYTES(text, TEXT_SIZE_MAX + 1), count_entry, &entries, &error),
		-EFBIG);
	assert_string_equal(error.message, "f:1: the file is larger than 262144 bytes");
}

UNIT_TEST(entries_have_their_bound)
{
	_cleanup_(freep) char *text = calloc(1, TEXT_SIZE_MAX);
	struct text_error error;
	unsigned int entries = 0;
	size_t size;

	assert_non_null(text);
	size = (size_t)snprintf(text, TEXT_SIZE_MAX, "[a]\n");
	for (unsigned int key = 1; key < TEXT_ENTRIES_MAX; key++)
		size += (size_t)snprintf(text + size, TEXT_SIZE_MAX - size, "k%u = 1\n", key);
	assert_int_equal(
		text_parse("f", BYTES((uint8_t *)text, size), count_entry, &entries, &error), 0);
	assert_int_equal(entries, TEXT_ENTRIES_MAX);
	size += (size_t)snprintf(text + size, TEXT_SIZE_MAX - size, "last = 1\n");
	assert_int_equal(
		text_parse("f", BYTES((uint8_t *)text, size), count_entry, &entries, &error),
		-EFBIG);
	assert_string_equal(error.message, "f:4097: [a] more than 4096 sections and keys");
}

UNIT_TEST(what_the_callback_refuses_is_refused)
{
	assert_refused("[a b]\nunknown = 1\n", "home.conf:2: [a b] unknown: no such key");
	assert_refused("[a]\nsilent = 1\n", "home.conf:2: [a] silent: refused");
}

static struct text_entry entry_of(const char *value)
{
	struct text_entry entry = {.section = "a", .name = "b", .key = "k", .line = 3};

	(void)snprintf(entry.value, sizeof(entry.value), "%s", value);
	return entry;
}

UNIT_TEST(numbers_are_read_within_their_bounds)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {{"0", 0},
		     {"007", 7},
		     {"-1", -1},
		     {"9223372036854775807", INT64_MAX},
		     {"-9223372036854775808", INT64_MIN}};
	static const char *const wrong[] = {"",
					    "-",
					    "+1",
					    "1 2",
					    "0x1",
					    "1.5",
					    "9223372036854775808",
					    "-9223372036854775809",
					    "99999999999999999999"};
	struct text_error error;
	int64_t value = 5;

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct text_entry entry = entry_of(cases[index].text);

		assert_int_equal(text_value_int("f", &entry, INT64_MIN, INT64_MAX, &value, &error),
				 0);
		assert_true(value == cases[index].value);
	}
	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++) {
		struct text_entry entry = entry_of(wrong[index]);

		value = 5;
		assert_int_equal(text_value_int("f", &entry, INT64_MIN, INT64_MAX, &value, &error),
				 -EINVAL);
		assert_true(value == 5);
	}
}

UNIT_TEST(a_number_out_of_bounds_is_told_its_bounds)
{
	struct text_entry entry = entry_of("65");
	struct text_error error;
	int64_t value;

	assert_int_equal(text_value_int("f", &entry, 1, 64, &value, &error), -EINVAL);
	assert_string_equal(error.message, "f:3: [a b] k: must be a number of 1..64");
	entry = entry_of("0");
	assert_int_equal(text_value_int("f", &entry, 1, 64, &value, &error), -EINVAL);
}

UNIT_TEST(other_values_are_read_or_refused)
{
	struct text_entry yes = entry_of("yes");
	struct text_entry no = entry_of("no");
	struct text_entry hex = entry_of("00ff");
	struct text_entry nothing = entry_of("");
	struct text_error error;
	bool is_set;
	char word[4];
	uint8_t data[2];

	assert_int_equal(text_value_bool("f", &yes, &is_set, &error), 0);
	assert_true(is_set);
	assert_int_equal(text_value_bool("f", &no, &is_set, &error), 0);
	assert_false(is_set);
	assert_int_equal(text_value_bool("f", &hex, &is_set, &error), -EINVAL);
	assert_string_equal(error.message, "f:3: [a b] k: must be 'yes' or 'no'");
	assert_int_equal(text_value_string("f", &yes, word, sizeof(word), &error), 0);
	assert_string_equal(word, "yes");
	assert_int_equal(text_value_string("f", &hex, word, sizeof(word), &error), -EINVAL);
	assert_string_equal(error.message, "f:3: [a b] k: must be shorter than 4 bytes");
	assert_int_equal(text_value_string("f", &nothing, word, sizeof(word), &error), -EINVAL);
	assert_string_equal(error.message, "f:3: [a b] k: must not be empty");
	assert_int_equal(text_value_hex("f", &hex, data, sizeof(data), &error), 0);
	assert_memory_equal(data, "\x00\xff", 2);
	assert_int_equal(text_value_hex("f", &yes, data, sizeof(data), &error), -EINVAL);
	assert_string_equal(error.message, "f:3: [a b] k: must be 4 hexadecimal digits");
	assert_int_equal(text_value_hex("f", &yes, data, TEXT_LINE_MAX, &error), -EINVAL);
}

UNIT_TEST(a_long_message_is_cut_not_spilled)
{
	struct text_entry entry = entry_of("x");
	char file[2 * TEXT_ERROR_MAX];
	struct text_error error;

	memset(file, 'f', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	assert_int_equal(text_error_at(&error, file, &entry, "why"), -EINVAL);
	assert_int_equal(strlen(error.message), TEXT_ERROR_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_keys_comments_and_blanks_are_read),
		cmocka_unit_test(a_malformed_line_is_named),
		cmocka_unit_test(the_same_section_or_key_twice_is_refused),
		cmocka_unit_test(characters_that_do_not_print_are_refused),
		cmocka_unit_test(words_and_lines_have_their_bounds),
		cmocka_unit_test(a_text_has_its_bound),
		cmocka_unit_test(entries_have_their_bound),
		cmocka_unit_test(what_the_callback_refuses_is_refused),
		cmocka_unit_test(numbers_are_read_within_their_bounds),
		cmocka_unit_test(a_number_out_of_bounds_is_told_its_bounds),
		cmocka_unit_test(other_values_are_read_or_refused),
		cmocka_unit_test(a_long_message_is_cut_not_spilled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
