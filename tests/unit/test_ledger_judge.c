/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One member's word on one reading: every reason, exactly at its limit and one beyond. */
#include "unit.h"

#include "ledger/judge.h"
#include "ledger_fixture.h"

enum {
	MEMBERS = 3,
	INTERVAL_US = 60 * 1000000,
	SKEW_US = 30 * 1000000,
	/** 25 kW for 60 s and a second's grace, and the milliwatt-hour of rounding. */
	MWH_MAX = 25000000 / 3600 * 61 + 27 + 1,
	BEFORE_MWH = 5000,
};

static const int64_t START_US = (int64_t)FIXTURE_TIME_S * 1000000;

/** Member 1's second reading, one interval after an accepted one; good until a test changes it. */
struct scene {
	struct fixture fixture;
	struct address from;
	struct judge_view view;
	struct reading_body reading;
};

static void scene_init(struct scene *scene)
{
	const struct member *sender;

	fixture_init(&scene->fixture, "lan", MEMBERS, FIXTURE_CHEAP);
	sender = &scene->fixture.contract->members[1];
	scene->from = sender->address;
	scene->view = (struct judge_view){
		.sender = sender,
		.from = &scene->from,
		.time_us = START_US + INTERVAL_US,
		.has_reading = true,
		.import_mwh = BEFORE_MWH,
		.export_mwh = BEFORE_MWH,
		.end_us = START_US,
	};
	scene->reading = (struct reading_body){
		.start_us = START_US,
		.end_us = START_US + INTERVAL_US,
		.import_mwh = BEFORE_MWH,
		.export_mwh = BEFORE_MWH,
		.observed_us = INTERVAL_US,
	};
}

static enum verdict_reason judge(const struct scene *scene)
{
	return judge_reading(scene->fixture.contract, &scene->view, &scene->reading);
}

UNIT_TEST(an_honest_reading_gets_a_yes)
{
	struct scene scene;

	scene_init(&scene);
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.view.from = NULL;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.view.has_reading = false;
	assert_int_equal(judge(&scene), VERDICT_YES);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(a_session_from_another_host_is_named_before_anything_else)
{
	struct scene scene;

	scene_init(&scene);
	scene.from = scene.fixture.contract->members[2].address;
	assert_int_equal(judge(&scene), VERDICT_ADDRESS);
	scene.reading.import_mwh = -1;
	assert_int_equal(judge(&scene), VERDICT_ADDRESS);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(the_port_of_a_session_does_not_matter)
{
	struct scene scene;

	scene_init(&scene);
	scene.from.port++;
	assert_int_equal(judge(&scene), VERDICT_YES);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(a_register_may_stand_still_but_not_run_back)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.import_mwh = BEFORE_MWH - 1;
	assert_int_equal(judge(&scene), VERDICT_REGISTER);
	scene.reading.import_mwh = BEFORE_MWH;
	scene.reading.export_mwh = BEFORE_MWH - 1;
	assert_int_equal(judge(&scene), VERDICT_REGISTER);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(a_register_is_never_negative_also_the_first_time)
{
	struct scene scene;

	scene_init(&scene);
	scene.view.has_reading = false;
	scene.reading.import_mwh = 0;
	scene.reading.export_mwh = 0;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.export_mwh = -1;
	assert_int_equal(judge(&scene), VERDICT_REGISTER);
	scene.reading.export_mwh = 0;
	scene.reading.import_mwh = INT64_MIN;
	assert_int_equal(judge(&scene), VERDICT_REGISTER);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(what_the_connection_carries_is_a_yes_and_one_more_is_not)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.import_mwh = BEFORE_MWH + MWH_MAX;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.import_mwh++;
	assert_int_equal(judge(&scene), VERDICT_RATE);
	scene.reading.import_mwh = BEFORE_MWH;
	scene.reading.export_mwh = BEFORE_MWH + MWH_MAX;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.export_mwh++;
	assert_int_equal(judge(&scene), VERDICT_RATE);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(the_skew_is_allowed_and_a_microsecond_more_is_the_future)
{
	struct scene scene;

	scene_init(&scene);
	scene.view.time_us = scene.reading.end_us - SKEW_US;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.view.time_us--;
	assert_int_equal(judge(&scene), VERDICT_FUTURE);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(age_is_never_a_reason)
{
	struct scene scene;

	scene_init(&scene);
	scene.view.time_us = INT64_MAX;
	assert_int_equal(judge(&scene), VERDICT_YES);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(an_interval_ends_on_a_multiple_after_the_last)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.end_us++;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.reading.end_us = START_US;
	scene.reading.start_us = START_US - INTERVAL_US;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.view.end_us = START_US - 1;
	assert_int_equal(judge(&scene), VERDICT_YES);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(an_interval_begins_before_it_ends_and_after_the_epoch)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.observed_us = 0;
	scene.reading.start_us = scene.reading.end_us;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.reading.start_us = scene.reading.end_us - 1;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.start_us = 0;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.start_us = -1;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.view.has_reading = false;
	scene.reading = (struct reading_body){.start_us = -INTERVAL_US};
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(nobody_observed_longer_than_the_interval_or_less_than_nothing)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.observed_us = INTERVAL_US + 1;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.reading.observed_us = 0;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.observed_us = -1;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	fixture_finish(&scene.fixture);
}

/** The largest multiple of the interval that there is. */
static int64_t last_end_us(void)
{
	return INT64_MAX - INT64_MAX % INTERVAL_US;
}

UNIT_TEST(extremes_do_not_overflow)
{
	struct scene scene;

	scene_init(&scene);
	scene.reading.end_us = last_end_us();
	scene.reading.import_mwh = INT64_MAX;
	scene.view.time_us = INT64_MIN;
	assert_int_equal(judge(&scene), VERDICT_FUTURE);
	scene.view.time_us = INT64_MAX;
	assert_int_equal(judge(&scene), VERDICT_YES);
	scene.reading.end_us = START_US + INTERVAL_US;
	assert_int_equal(judge(&scene), VERDICT_RATE);
	scene.reading.end_us = INT64_MIN;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.reading.end_us = last_end_us();
	scene.reading.start_us = INT64_MIN;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	scene.reading.start_us = 0;
	scene.reading.observed_us = INT64_MAX;
	assert_int_equal(judge(&scene), VERDICT_INTERVAL);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(the_largest_connection_does_not_overflow_over_ten_years)
{
	const int64_t span_us = (int64_t)10 * 366 * 24 * 3600 * 1000000;
	struct scene scene;
	int64_t steps_us = span_us - span_us % INTERVAL_US;

	scene_init(&scene);
	fixture_finish(&scene.fixture);
	fixture_init_with(&scene.fixture, "lan", MEMBERS, FIXTURE_CHEAP,
			  "power_w_max = 20000000\n");
	scene.view.from = NULL;
	scene.view.time_us = INT64_MAX;
	scene.reading.end_us = START_US + steps_us - INTERVAL_US;
	scene.reading.import_mwh = INT64_MAX;
	assert_int_equal(judge(&scene), VERDICT_RATE);
	/* Beyond it the rate says nothing any more. */
	scene.reading.end_us = START_US + steps_us + INTERVAL_US;
	assert_int_equal(judge(&scene), VERDICT_YES);
	fixture_finish(&scene.fixture);
}

UNIT_TEST(every_reason_has_a_text)
{
	for (int reason = VERDICT_YES; reason < VERDICT_REASONS; reason++)
		assert_non_null(verdict_reason_text((enum verdict_reason)reason));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_reading_gets_a_yes),
		cmocka_unit_test(a_session_from_another_host_is_named_before_anything_else),
		cmocka_unit_test(the_port_of_a_session_does_not_matter),
		cmocka_unit_test(a_register_may_stand_still_but_not_run_back),
		cmocka_unit_test(a_register_is_never_negative_also_the_first_time),
		cmocka_unit_test(what_the_connection_carries_is_a_yes_and_one_more_is_not),
		cmocka_unit_test(the_skew_is_allowed_and_a_microsecond_more_is_the_future),
		cmocka_unit_test(age_is_never_a_reason),
		cmocka_unit_test(an_interval_ends_on_a_multiple_after_the_last),
		cmocka_unit_test(an_interval_begins_before_it_ends_and_after_the_epoch),
		cmocka_unit_test(nobody_observed_longer_than_the_interval_or_less_than_nothing),
		cmocka_unit_test(extremes_do_not_overflow),
		cmocka_unit_test(the_largest_connection_does_not_overflow_over_ten_years),
		cmocka_unit_test(every_reason_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
