/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Bytes, hexadecimal, checked arithmetic and ownership. */
#include "unit.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/checked.h"

static struct bytes run(const char *text)
{
	return BYTES((const uint8_t *)text, strlen(text));
}

UNIT_TEST(equal_bytes_are_equal_in_size_and_content)
{
	assert_true(bytes_equal(run("abc"), run("abc")));
	assert_false(bytes_equal(run("abc"), run("abd")));
	assert_false(bytes_equal(run("abc"), run("ab")));
	assert_true(bytes_equal((struct bytes){0}, run("")));
}

UNIT_TEST(the_shorter_of_two_prefixes_comes_first)
{
	assert_true(bytes_compare(run("ab"), run("abc")) < 0);
	assert_true(bytes_compare(run("abc"), run("ab")) > 0);
	assert_true(bytes_compare(run("b"), run("abc")) > 0);
	assert_int_equal(bytes_compare(run("ab"), run("ab")), 0);
	assert_int_equal(bytes_compare((struct bytes){0}, (struct bytes){0}), 0);
	assert_true(bytes_compare((struct bytes){0}, run("a")) < 0);
}

UNIT_TEST(high_bytes_sort_after_low_ones)
{
	const uint8_t low[] = {0x7f};
	const uint8_t high[] = {0x80};

	assert_true(bytes_compare(BYTES(low, 1), BYTES(high, 1)) < 0);
}

UNIT_TEST(hexadecimal_goes_there_and_back)
{
	const uint8_t data[] = {0x00, 0x0f, 0xa5, 0xff};
	uint8_t back[4];
	char text[9];

	bytes_to_hex(BYTES(data, 4), text, sizeof(text));
	assert_string_equal(text, "000fa5ff");
	assert_int_equal(bytes_from_hex(text, back, sizeof(back)), 0);
	assert_memory_equal(back, data, sizeof(data));
	assert_int_equal(bytes_from_hex("000FA5FF", back, sizeof(back)), 0);
	assert_memory_equal(back, data, sizeof(data));
}

UNIT_TEST(hexadecimal_of_another_length_or_character_is_refused)
{
	static const char *const wrong[] = {"",	    "00",   "00112", "001122", "0g",
					    " 011", "0x11", "-111",  "00:1",   "001\xc3"};
	uint8_t data[2];

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_int_equal(bytes_from_hex(wrong[index], data, sizeof(data)), -EINVAL);
	assert_int_equal(bytes_from_hex("", data, 0), 0);
}

UNIT_TEST(stored_numbers_sort_as_numbers_do)
{
	uint64_t seed = 1;

	for (unsigned int turn = 0; turn < 1000; turn++) {
		uint64_t a = seeded_next(&seed) >> (turn % 64);
		uint64_t b = seeded_next(&seed) >> (turn % 64);
		uint8_t a_data[8];
		uint8_t b_data[8];
		int order;

		bytes_put_u64(a_data, a);
		bytes_put_u64(b_data, b);
		assert_true(bytes_get_u64(a_data) == a);
		order = bytes_compare(BYTES_OF(a_data), BYTES_OF(b_data));
		assert_int_equal(order < 0, a < b);
		assert_int_equal(order > 0, a > b);
	}
}

UNIT_TEST(arithmetic_refuses_to_wrap_and_leaves_the_result_alone)
{
	int64_t result = 7;

	assert_int_equal(checked_add(INT64_MAX, 1, &result), -ERANGE);
	assert_int_equal(checked_subtract(INT64_MIN, 1, &result), -ERANGE);
	assert_int_equal(checked_multiply(INT64_MAX, 2, &result), -ERANGE);
	assert_int_equal(result, 7);
	assert_int_equal(checked_add(INT64_MAX, -1, &result), 0);
	assert_true(result == INT64_MAX - 1);
	assert_int_equal(checked_subtract(1, 3, &result), 0);
	assert_true(result == -2);
	assert_int_equal(checked_multiply(-4, 5, &result), 0);
	assert_true(result == -20);
}

UNIT_TEST(taking_leaves_nothing_behind)
{
	_cleanup_(freep) char *owned = strdup("x");
	_cleanup_(freep) char *taken = TAKE(owned);

	assert_null(owned);
	assert_non_null(taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_bytes_are_equal_in_size_and_content),
		cmocka_unit_test(the_shorter_of_two_prefixes_comes_first),
		cmocka_unit_test(high_bytes_sort_after_low_ones),
		cmocka_unit_test(hexadecimal_goes_there_and_back),
		cmocka_unit_test(hexadecimal_of_another_length_or_character_is_refused),
		cmocka_unit_test(stored_numbers_sort_as_numbers_do),
		cmocka_unit_test(arithmetic_refuses_to_wrap_and_leaves_the_result_alone),
		cmocka_unit_test(taking_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
