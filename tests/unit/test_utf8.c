/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What prints: every range of RFC 3629 at its ends. */
#include "unit.h"

#include "base/utf8.h"

static bool prints(const char *text)
{
	return utf8_is_printable(BYTES((const uint8_t *)text, strlen(text)));
}

UNIT_TEST(text_of_every_length_prints)
{
	assert_true(prints(""));
	assert_true(prints("plain ~"));
	assert_true(prints("K\xc3\xbc"
			   "che"));
	assert_true(prints("\xc2\xa0 \xdf\xbf"));
	assert_true(prints("\xe0\xa0\x80 \xe2\x82\xac \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbd"));
	assert_true(prints("\xf0\x90\x80\x80 \xf0\x9f\x92\xa1 \xf4\x8f\xbf\xbf"));
}

UNIT_TEST(control_characters_do_not_print)
{
	assert_false(prints("\t"));
	assert_false(prints("a\nb"));
	assert_false(prints("\x1b[2J"));
	assert_false(prints("\x7f"));
	assert_false(prints("\xc2\x80"));
	assert_false(prints("\xc2\x9b"));
	assert_false(utf8_is_printable(BYTES((const uint8_t *)"a\0b", 3)));
}

UNIT_TEST(what_is_not_utf8_does_not_print)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x92",
		"\xc3(",
		"\xe2(\xac",
		"\xe2\x82(",
		"\xf0\x9f\x92(",
		"\xf0\x9f(\xa1",
		"\xfe\xff",
	};

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_false(prints(wrong[index]));
}

UNIT_TEST(what_is_cut_off_at_any_byte_does_not_print)
{
	const uint8_t text[] = "\xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xa1";

	for (size_t size = 0; size < sizeof(text); size++)
		assert_int_equal(utf8_is_printable(BYTES(text, size)),
				 size == 0 || size == 2 || size == 5 || size == 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_every_length_prints),
		cmocka_unit_test(control_characters_do_not_print),
		cmocka_unit_test(what_is_not_utf8_does_not_print),
		cmocka_unit_test(what_is_cut_off_at_any_byte_does_not_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
