/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Alarms are newest first, bounded, and what repeats is counted. */
#include "unit.h"

#include <stdio.h>

#include "base/utf8.h"
#include "hub/alarms.h"

#define S INT64_C(1000000)

static const struct view *show(const struct alarms *alarms, struct view *view)
{
	alarms_show(alarms, view);
	return view;
}

UNIT_TEST(the_newest_alarm_stands_first)
{
	struct alarms alarms = {0};
	struct view view = {0};

	assert_true(alarms_raise(&alarms, 100, 1, "kettle", "register", "it ran back"));
	assert_true(alarms_raise(&alarms, 200, 2, "lamp", "key", "unknown"));
	assert_int_equal(show(&alarms, &view)->alarm_count, 2);
	assert_string_equal(view.alarms[0].who, "lamp");
	assert_string_equal(view.alarms[1].who, "kettle");
	assert_int_equal(view.alarms[1].time_us, 100);
	assert_string_equal(view.alarms[1].why, "it ran back");
}

UNIT_TEST(the_same_again_is_counted_with_its_rate)
{
	struct alarms alarms = {0};
	struct view view = {0};

	(void)alarms_raise(&alarms, 1, 0, "kettle", "rate", "too many");
	(void)alarms_raise(&alarms, 2, 0, "lamp", "rate", "too many");
	for (int64_t index = 1; index <= 1000; index++)
		assert_false(alarms_raise(&alarms, 2 + index, index * 10000, "kettle", "rate",
					  "too "
					  "many"));
	assert_int_equal(show(&alarms, &view)->alarm_count, 2);
	assert_string_equal(view.alarms[0].why, "too many (1001 times, 100 a second)");
	(void)alarms_raise(&alarms, 3, 90 * S, "lamp", "rate", "too many");
	(void)alarms_raise(&alarms, 4, 120 * S, "lamp", "rate", "too many");
	assert_string_equal(show(&alarms, &view)->alarms[0].why, "too many (3 times, 1 a minute)");
	(void)alarms_raise(&alarms, 5, 9000 * S, "lamp", "rate", "too many");
	assert_string_equal(show(&alarms, &view)->alarms[0].why, "too many (4 times)");
}

UNIT_TEST(who_and_what_together_name_an_alarm)
{
	struct alarms alarms = {0};

	assert_true(alarms_raise(&alarms, 1, 1, "kettle", "rate", "x"));
	assert_true(alarms_raise(&alarms, 1, 1, "kettle", "key", "x"));
	assert_true(alarms_raise(&alarms, 1, 1, "lamp", "key", "x"));
	assert_false(alarms_raise(&alarms, 1, 1, "kettle", "key", "y"));
}

UNIT_TEST(a_flood_of_different_alarms_is_bounded)
{
	struct alarms alarms = {0};
	struct view view = {0};
	char who[16];

	for (unsigned int index = 0; index < 1000; index++) {
		(void)snprintf(who, sizeof(who), "10.0.%u.%u", index / 256, index % 256);
		assert_true(alarms_raise(&alarms, index, index, who, "key", "unknown"));
	}
	assert_int_equal(show(&alarms, &view)->alarm_count, VIEW_ALARMS_MAX);
	assert_string_equal(view.alarms[0].who, "10.0.3.231");
	assert_int_equal(alarms.forgotten, 1000 - VIEW_ALARMS_MAX);
}

UNIT_TEST(long_texts_are_cut_between_characters_and_keep_their_count)
{
	struct alarms alarms = {0};
	struct view view = {0};
	char text[512];

	for (size_t index = 0; index + 2 < sizeof(text); index += 2)
		memcpy(text + index, "\xc3\xbc", 3);
	(void)alarms_raise(&alarms, 1, 1, text, text, text);
	assert_false(alarms_raise(&alarms, 1, 1, text, text, text));
	(void)show(&alarms, &view);
	assert_true(utf8_is_printable(
		BYTES((const uint8_t *)view.alarms[0].why, strlen(view.alarms[0].why))));
	assert_true(utf8_is_printable(
		BYTES((const uint8_t *)view.alarms[0].who, strlen(view.alarms[0].who))));
	assert_non_null(strstr(view.alarms[0].why, " (2 times)"));
}

UNIT_TEST(an_alarm_is_news_for_a_while)
{
	struct alarms alarms = {0};

	assert_null(alarms_newest(&alarms, 0, 3600 * S));
	(void)alarms_raise(&alarms, 1, 10 * S, "kettle", "rate", "x");
	assert_non_null(alarms_newest(&alarms, 3610 * S, 3600 * S));
	assert_null(alarms_newest(&alarms, 3611 * S, 3600 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_alarm_stands_first),
		cmocka_unit_test(the_same_again_is_counted_with_its_rate),
		cmocka_unit_test(who_and_what_together_name_an_alarm),
		cmocka_unit_test(a_flood_of_different_alarms_is_bounded),
		cmocka_unit_test(long_texts_are_cut_between_characters_and_keep_their_count),
		cmocka_unit_test(an_alarm_is_news_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
