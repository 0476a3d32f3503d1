/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing the bus says gets past its bounds. */
#include "ui/hub_values.h"
#include "ui/sentence.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool put(struct smi_hub_values *values, const char *property, GVariant *value)
{
	g_autoptr(GVariant) owned = g_variant_ref_sink(value);

	return smi_field_set(smi_field_find(SMI_INTERFACE_HUB, property), owned, values);
}

static void any_integer_is_a_number(void **state)
{
	struct smi_hub_values values;

	(void)state;
	smi_hub_values_init(&values);
	assert_true(put(&values, "PowerMw", g_variant_new_byte(7)));
	assert_int_equal(values.power_mw, 7);
	assert_true(put(&values, "PowerMw", g_variant_new_int16(-7)));
	assert_int_equal(values.power_mw, -7);
	assert_true(put(&values, "PowerMw", g_variant_new_uint16(8)));
	assert_true(put(&values, "PowerMw", g_variant_new_int32(-9)));
	assert_int_equal(values.power_mw, -9);
	assert_true(put(&values, "PowerMw", g_variant_new_uint32(10)));
	assert_int_equal(values.power_mw, 10);
	assert_true(put(&values, "PowerMw", g_variant_new_uint64(UINT64_MAX)));
	assert_int_equal(values.power_mw, SMI_QUANTITY_LIMIT);
	assert_true(put(&values, "PowerMw", g_variant_new_int64(INT64_MIN)));
	assert_int_equal(values.power_mw, -SMI_QUANTITY_LIMIT);
}

static void wrong_types_change_nothing(void **state)
{
	struct smi_hub_values values;
	struct smi_hub_values before;

	(void)state;
	smi_hub_values_init(&values);
	memset(&before, 0, sizeof(before));
	memcpy(&before, &values, sizeof(values));
	assert_false(put(&values, "PowerMw", g_variant_new_string("much")));
	assert_false(put(&values, "PowerMw", g_variant_new_double(1e300)));
	assert_false(put(&values, "PowerKnown", g_variant_new_int32(1)));
	assert_false(put(&values, "Name", g_variant_new_boolean(TRUE)));
	assert_false(put(&values, "State", g_variant_new_string("splendid")));
	assert_false(put(&values, "State", g_variant_new_int32(2)));
	assert_false(put(&values, "Alarms", g_variant_new_strv(NULL, 0)));
	assert_memory_equal(&values, &before, sizeof(values));
	assert_null(smi_field_find(SMI_INTERFACE_HUB, "Colour"));
	assert_null(smi_field_find("org.example.Other", "Name"));
}

static void times_and_speeds_stay_in_their_range(void **state)
{
	struct smi_hub_values values;

	(void)state;
	smi_hub_values_init(&values);
	assert_true(put(&values, "TimeUs", g_variant_new_int64(INT64_MAX)));
	assert_int_equal(values.time_us, SMI_TIME_LIMIT_US);
	assert_true(put(&values, "TimeUs", g_variant_new_int64(-1)));
	assert_int_equal(values.time_us, 0);
	assert_true(put(&values, "Speed", g_variant_new_uint32(0)));
	assert_int_equal(values.speed, 1);
	assert_true(put(&values, "Speed", g_variant_new_uint32(UINT32_MAX)));
	assert_int_equal(values.speed, SMI_SPEED_MAX);
}

static void alarms_are_the_newest_twenty(void **state)
{
	struct smi_hub_values values;
	GVariantBuilder builder;

	(void)state;
	smi_hub_values_init(&values);
	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(xsss)"));
	for (int k = 0; k < 1000; k++)
		g_variant_builder_add(&builder, "(xsss)", (gint64)k, "who", "what",
				      k == 0 ? "" : "why");
	assert_true(put(&values, "Alarms", g_variant_builder_end(&builder)));
	assert_int_equal(values.alarms.count, SMI_ALARMS_MAX);
	assert_string_equal(values.alarms.list[0].why, "what");
	assert_string_equal(values.alarms.list[1].why, "why");
}

static void sentences_are_bounded_and_on_one_line(void **state)
{
	char text[4 * 8 + 1];

	(void)state;
	smi_sentence_clean("Kettle", 8, text, sizeof(text));
	assert_string_equal(text, "Kettle");
	smi_sentence_clean("12345678", 8, text, sizeof(text));
	assert_string_equal(text, "12345678");
	smi_sentence_clean("123456789", 8, text, sizeof(text));
	assert_string_equal(text, "1234567\xe2\x80\xa6");
	smi_sentence_clean(" a\nb\tc ", 8, text, sizeof(text));
	assert_string_equal(text, "a b c");
	smi_sentence_clean("\xe2\x80\xae"
			   "evil",
			   8, text, sizeof(text));
	assert_string_equal(text, "evil");
	smi_sentence_clean("a\xff", 8, text, sizeof(text));
	assert_string_equal(text, "a\xef\xbf\xbd");
	smi_sentence_clean("\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c"
			   "\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c\xf0\x9f\x94\x8c",
			   8, text, sizeof(text));
	assert_int_equal(strlen(text), 32);
}

static void members_names_are_written_as_people_do(void **state)
{
	static const char *const names[][2] = {
		{"kettle", "Kettle"},	      {"laundry-dryer", "Laundry dryer"},
		{"desktop-pc", "Desktop PC"}, {"tv", "TV"},
		{"lamp_2", "Lamp 2"},	      {"Grandma's kettle", "Grandma's kettle"},
		{"iMac", "iMac"},	      {"", ""},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		g_strlcpy(text, names[i][0], sizeof(text));
		smi_sentence_name(text);
		assert_string_equal(text, names[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_integer_is_a_number),
		cmocka_unit_test(wrong_types_change_nothing),
		cmocka_unit_test(times_and_speeds_stay_in_their_range),
		cmocka_unit_test(alarms_are_the_newest_twenty),
		cmocka_unit_test(sentences_are_bounded_and_on_one_line),
		cmocka_unit_test(members_names_are_written_as_people_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
