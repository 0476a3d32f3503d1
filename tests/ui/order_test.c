/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of devices is right, and calm; the history of power forgets. */
#include "ui/device_order.h"
#include "ui/power_history.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
	COUNT = 4,
};

static void expect_order(const struct smi_order_entry *entries, const char *names)
{
	for (size_t k = 0; names[k] != '\0'; k++)
		assert_int_equal(entries[k].name[0], names[k]);
}

static void first_order_is_by_power_then_name(void **state)
{
	struct smi_order_entry entries[COUNT] = {
		{.name = "c", .power_mw = 5000, .old_position = SIZE_MAX},
		{.name = "b", .power_mw = 0, .old_position = SIZE_MAX},
		{.name = "a", .power_mw = 0, .old_position = SIZE_MAX},
		{.name = "d", .power_mw = 9000, .old_position = SIZE_MAX},
	};

	(void)state;
	assert_false(smi_order_arrange(entries, COUNT));
	expect_order(entries, "dcab");
}

static void few_watts_do_not_swap_rows(void **state)
{
	struct smi_order_entry entries[COUNT] = {
		{.name = "a", .power_mw = 100000, .old_position = 0},
		{.name = "b", .power_mw = 110000, .old_position = 1},
		{.name = "c", .power_mw = 108000, .old_position = 2},
		{.name = "d", .power_mw = -4000, .old_position = 3},
	};

	(void)state;
	assert_true(smi_order_arrange(entries, COUNT));
	expect_order(entries, "abcd");
	entries[2].power_mw = 125001;
	assert_false(smi_order_arrange(entries, COUNT));
	expect_order(entries, "cbad");
}

static void absent_ones_come_last(void **state)
{
	struct smi_order_entry entries[COUNT] = {
		{.name = "a", .power_mw = 2000000, .is_absent = true, .old_position = 0},
		{.name = "b", .power_mw = 1000, .old_position = 1},
		{.name = "c", .power_mw = INT64_MAX, .old_position = 2},
		{.name = "d", .power_mw = INT64_MIN, .old_position = 3},
	};

	(void)state;
	assert_false(smi_order_arrange(entries, COUNT));
	expect_order(entries, "cbda");
	assert_true(smi_order_arrange(entries, 0));
}

static void history_keeps_its_span_and_no_more(void **state)
{
	struct smi_history history;
	const int64_t start_us = INT64_C(1700000000000000);

	(void)state;
	smi_history_init(&history, INT64_C(600000000));
	assert_int_equal(smi_history_peak_mw(&history), 0);
	for (int64_t k = 0; k < 2000; k++)
		smi_history_add(&history, start_us + k * 1000000, k);
	assert_true(history.count <= SMI_HISTORY_POINTS_MAX);
	assert_int_equal(smi_history_peak_mw(&history), 1999);
	assert_true(smi_history_at(&history, 0)->time_us >=
		    start_us + INT64_C(1999000000) - history.span_us);
	smi_history_add(&history, start_us, 7);
	assert_int_equal(history.count, 1);
	smi_history_add(&history, -5, 7);
	assert_int_equal(history.count, 1);
	assert_int_equal(smi_history_gap_us(&history), 30000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_order_is_by_power_then_name),
		cmocka_unit_test(few_watts_do_not_swap_rows),
		cmocka_unit_test(absent_ones_come_last),
		cmocka_unit_test(history_keeps_its_span_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
