/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Named stories of a LAN: what must happen, told once each. */
#include "tests/unit/unit.h"

#include "simulator.h"

enum { SECOND_US = 1000000, INTERVAL_US = 10 * SECOND_US };

static const char contract_lines[] = "interval_s = 10\ncollect_ms = 500\n";

static struct simulation *home(size_t members)
{
	struct simulation_settings settings = {
		.seed = 7,
		.members = members,
		.keys = FIXTURE_ED25519,
		.delay_us_max = 2000,
		.contract_lines = contract_lines,
	};
	struct simulation *simulation = simulation_new(&settings);

	simulation_run_for(simulation, INTERVAL_US);
	return simulation;
}

static void interval(struct simulation *simulation)
{
	simulation_run_for(simulation, INTERVAL_US);
	simulation_submit_all(simulation);
}

static void assert_good(struct simulation *simulation)
{
	const char *violation = simulation_violation(simulation);

	if (violation)
		print_error("%s\n", violation);
	assert_null(violation);
}

static struct ledger_view view_of(const struct simulation *simulation, unsigned int member)
{
	struct ledger_view view;

	simulation_view(simulation, member, &view);
	return view;
}

/** A member that is not the hub. */
static unsigned int appliance(const struct simulation *simulation)
{
	return simulation_authority(simulation) == 0 ? 1 : 0;
}

UNIT_TEST(one_interval_is_one_block)
{
	struct simulation *simulation = home(5);

	for (unsigned int i = 0; i < 4; i++)
		interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	for (unsigned int member = 0; member < 5; member++) {
		assert_int_equal(view_of(simulation, member).height, 4);
		assert_int_equal(view_of(simulation, member).readings_final, 20);
		assert_int_equal(view_of(simulation, member).pending, 0);
	}
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(a_reading_is_final_within_a_moment)
{
	struct simulation *simulation = home(5);

	interval(simulation);
	/* Reading, words, candidate, NOTAR, FINAL: five journeys of at most 2 ms. */
	simulation_run_for(simulation, 60000);
	assert_true(simulation_is_settled(simulation));
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(nothing_is_sent_while_nothing_is_pending)
{
	struct simulation *simulation = home(5);
	uint64_t messages;

	interval(simulation);
	simulation_run_for(simulation, 5 * SECOND_US);
	messages = simulation_counts(simulation)->messages;
	simulation_run_for(simulation, 3600 * (int64_t)SECOND_US);
	assert_int_equal(simulation_counts(simulation)->messages, messages);
	simulation_free(simulation);
}

UNIT_TEST(one_member_alone_is_a_signed_log)
{
	struct simulation *simulation = home(1);

	for (unsigned int i = 0; i < 3; i++)
		interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	assert_int_equal(view_of(simulation, 0).readings_final, 3);
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(an_appliance_that_dies_delays_its_slots_only)
{
	struct simulation *simulation = home(5);
	unsigned int hub = simulation_authority(simulation);

	interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	simulation_keep_away(simulation, appliance(simulation));
	for (unsigned int i = 0; i < 12; i++)
		interval(simulation);
	simulation_run_for(simulation, 9 * SECOND_US);
	assert_int_equal(view_of(simulation, hub).readings_final, 5 + 12 * 4);
	simulation_start(simulation, appliance(simulation));
	simulation_run_for(simulation, SECOND_US);
	/* It has caught up, though nobody submitted anything. */
	assert_true(simulation_is_settled(simulation));
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(without_the_hub_readings_wait_and_nothing_is_lost)
{
	struct simulation *simulation = home(5);
	unsigned int hub = simulation_authority(simulation);
	unsigned int other = appliance(simulation);
	uint64_t height;

	interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	height = view_of(simulation, other).height;
	simulation_keep_away(simulation, hub);
	for (unsigned int i = 0; i < 6; i++)
		interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	assert_int_equal(view_of(simulation, other).height, height);
	assert_int_equal(view_of(simulation, other).own_pending, 6);
	simulation_start(simulation, hub);
	simulation_run_for(simulation, 20 * SECOND_US);
	assert_true(simulation_is_settled(simulation));
	assert_int_equal(view_of(simulation, other).readings_final, 5 + 6 * 4);
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(a_parted_home_goes_on_only_where_the_hub_and_a_majority_are)
{
	struct simulation *simulation = home(5);
	unsigned int hub = simulation_authority(simulation);
	unsigned int other = appliance(simulation);

	interval(simulation);
	simulation_run_for(simulation, SECOND_US);
	simulation_part(simulation, (uint64_t)1 << hub | (uint64_t)1 << other);
	interval(simulation);
	simulation_run_for(simulation, 9 * SECOND_US);
	assert_int_equal(view_of(simulation, hub).readings_final, 5);
	simulation_part(simulation, 0);
	simulation_run_for(simulation, 20 * SECOND_US);
	assert_true(simulation_is_settled(simulation));
	assert_int_equal(view_of(simulation, hub).readings_final, 10);
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(all_die_at_once_and_go_on)
{
	struct simulation *simulation = home(5);

	interval(simulation);
	simulation_run_for(simulation, 3000);
	for (unsigned int member = 0; member < 5; member++)
		simulation_keep_away(simulation, member);
	for (unsigned int member = 0; member < 5; member++)
		simulation_start(simulation, member);
	simulation_run_for(simulation, 10 * SECOND_US);
	assert_true(simulation_is_settled(simulation));
	assert_int_equal(view_of(simulation, 0).readings_final, 5);
	interval(simulation);
	simulation_run_for(simulation, 5 * SECOND_US);
	assert_int_equal(view_of(simulation, 0).readings_final, 10);
	assert_good(simulation);
	simulation_free(simulation);
}

/** Member 4 or so of a home of five lies with its own key; the others go on. */
static void tell_lie(struct reading_body lie, enum verdict_reason expected)
{
	struct simulation *simulation = home(5);
	unsigned int hub = simulation_authority(simulation);
	unsigned int liar = appliance(simulation);
	struct reading_body truth = {.import_mwh = 5000};
	struct ledger_member_view view;
	struct hash previous = {0};

	simulation_expect_rejections(simulation);
	simulation_keep_away(simulation, liar);
	simulation_run_for(simulation, INTERVAL_US);
	truth.end_us = simulation_now_us(simulation) / INTERVAL_US * INTERVAL_US;
	truth.start_us = truth.end_us - INTERVAL_US;
	simulation_lie(simulation, liar, 1, &truth, &previous);
	simulation_run_for(simulation, INTERVAL_US);
	lie.start_us += truth.end_us;
	lie.end_us += truth.end_us;
	simulation_lie(simulation, liar, 2, &lie, &previous);
	simulation_submit_all(simulation);
	simulation_run_for(simulation, 9 * SECOND_US);
	simulation_view_member(simulation, hub, liar, &view);
	assert_int_equal(view.sequence, 2);
	assert_int_equal(view.accepted, 1);
	assert_int_equal(view.rejected, 1);
	assert_int_equal(view.import_mwh, 5000);
	assert_int_equal(simulation_rejection(simulation), expected);
	/* The rejection advanced its chain: what is true again is stored again. */
	truth.start_us += INTERVAL_US;
	truth.end_us += INTERVAL_US;
	truth.import_mwh = 5100;
	simulation_lie(simulation, liar, 3, &truth, &previous);
	simulation_run_for(simulation, 9 * SECOND_US);
	simulation_view_member(simulation, hub, liar, &view);
	assert_int_equal(view.accepted, 2);
	assert_int_equal(view.import_mwh, 5100);
	assert_int_equal(view_of(simulation, hub).readings_final, 4 + 2);
	assert_good(simulation);
	simulation_free(simulation);
}

UNIT_TEST(a_register_that_runs_back_is_stored_as_rejected)
{
	tell_lie((struct reading_body){.end_us = INTERVAL_US, .import_mwh = 4999},
		 VERDICT_REGISTER);
}

UNIT_TEST(more_than_the_connection_carries_is_stored_as_rejected)
{
	tell_lie((struct reading_body){.end_us = INTERVAL_US, .import_mwh = 5000 + 10000000},
		 VERDICT_RATE);
}

UNIT_TEST(a_reading_from_the_future_is_stored_as_rejected)
{
	tell_lie((struct reading_body){.end_us = 100 * (int64_t)INTERVAL_US, .import_mwh = 6000},
		 VERDICT_FUTURE);
}

UNIT_TEST(an_interval_of_its_own_is_stored_as_rejected)
{
	tell_lie((struct reading_body){.end_us = INTERVAL_US + 1, .import_mwh = 6000},
		 VERDICT_INTERVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_interval_is_one_block),
		cmocka_unit_test(a_reading_is_final_within_a_moment),
		cmocka_unit_test(nothing_is_sent_while_nothing_is_pending),
		cmocka_unit_test(one_member_alone_is_a_signed_log),
		cmocka_unit_test(an_appliance_that_dies_delays_its_slots_only),
		cmocka_unit_test(without_the_hub_readings_wait_and_nothing_is_lost),
		cmocka_unit_test(a_parted_home_goes_on_only_where_the_hub_and_a_majority_are),
		cmocka_unit_test(all_die_at_once_and_go_on),
		cmocka_unit_test(a_register_that_runs_back_is_stored_as_rejected),
		cmocka_unit_test(more_than_the_connection_carries_is_stored_as_rejected),
		cmocka_unit_test(a_reading_from_the_future_is_stored_as_rejected),
		cmocka_unit_test(an_interval_of_its_own_is_stored_as_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
