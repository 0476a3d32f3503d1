/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the homeowner reads. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "hub/sentences.h"

#define S INT64_C(1000000)

/** A hub of five with a ledger that has final readings. */
static const struct agreement_facts good = {
	.role = ROLE_METER,
	.member_count = 5,
	.has_ledger = true,
	.readings_final = 100,
	.final_age_us = 4 * S,
};

static void assert_agreement(struct agreement_facts facts, enum view_agreement agreement,
			     const char *text)
{
	struct view view = {0};

	sentences_agreement(&facts, &view);
	assert_string_equal(view.agreement_text, text);
	assert_int_equal(view.agreement, agreement);
}

UNIT_TEST(agreed_readings_say_since_when)
{
	struct agreement_facts facts = good;

	assert_agreement(facts, VIEW_AGREED, "All readings agreed, 4 s ago.");
	facts.pending = 5;
	facts.waiting_us = 9 * S;
	assert_agreement(facts, VIEW_AGREED, "All readings agreed, 4 s ago.");
	facts.final_age_us = 61 * S;
	assert_agreement(facts, VIEW_AGREED, "All readings agreed, 1 minute ago.");
	facts.final_age_us = 5 * 3600 * S;
	assert_agreement(facts, VIEW_AGREED, "All readings agreed, 5 hours ago.");
	facts.final_age_us = -1;
	assert_agreement(facts, VIEW_AGREED, "All readings agreed.");
}

UNIT_TEST(readings_that_wait_are_said)
{
	struct agreement_facts facts = good;

	facts.pending = 2;
	facts.waiting_us = 10 * S;
	assert_agreement(facts, VIEW_WAITING, "Waiting for the others: 2 readings not yet agreed.");
	facts.pending = 1;
	assert_agreement(facts, VIEW_WAITING, "Waiting for the others: 1 reading not yet agreed.");
	facts.waiting_us = 185 * S;
	assert_agreement(facts, VIEW_STOPPED,
			 "No agreement for 3 minutes. Readings are kept and will follow.");
	facts = good;
	facts.readings_final = 0;
	assert_agreement(facts, VIEW_WAITING, "Waiting for the first reading to be agreed.");
}

UNIT_TEST(one_alone_is_unwitnessed)
{
	struct agreement_facts facts = good;

	facts.member_count = 1;
	assert_agreement(facts, VIEW_UNWITNESSED, "Only this hub keeps the record: unwitnessed.");
	facts.role = ROLE_APPLIANCE;
	assert_agreement(facts, VIEW_UNWITNESSED,
			 "Only this device keeps the record: "
			 "unwitnessed.");
}

UNIT_TEST(without_a_ledger_readings_wait)
{
	struct agreement_facts facts = good;

	facts.has_ledger = false;
	assert_agreement(facts, VIEW_WAITING, "Nothing can be stored now. Readings wait.");
}

static void assert_state(struct view *view, const struct state_facts *facts, enum view_state state,
			 const char *text)
{
	sentences_state(facts, view);
	assert_string_equal(view->state_text, text);
	assert_int_equal(view->state, state);
}

UNIT_TEST(the_worst_is_said_first)
{
	struct view_alarm alarm = {.who = "kettle",
				   .what = "register",
				   .why = "its register ran "
					  "back"};
	struct state_facts facts = {0};
	struct view view = {.device_count = 2, .devices = {{.name = "kettle"}, {.name = "lamp"}}};

	assert_state(&view, &facts, VIEW_GOOD, "All is well.");
	view.agreement = VIEW_STOPPED;
	assert_state(&view, &facts, VIEW_WARNING, "The readings have not been agreed for a while.");
	view.devices[1].state = VIEW_DEVICE_STALE;
	assert_state(&view, &facts, VIEW_WARNING, "No live values from lamp.");
	view.devices[0].state = VIEW_DEVICE_STALE;
	assert_state(&view, &facts, VIEW_WARNING, "No live values from 2 devices.");
	facts.alarm = &alarm;
	assert_state(&view, &facts, VIEW_WARNING, "kettle: its register ran back");
	facts.is_meter_silent = true;
	assert_state(&view, &facts, VIEW_FAILING, "The main meter does not answer.");
	facts.verify_error = "block 7: another root";
	assert_state(&view, &facts, VIEW_FAILING,
		     "The stored record failed its check: block 7: another root");
	(void)snprintf(view.storage_error, sizeof(view.storage_error), "No space left on device");
	assert_state(&view, &facts, VIEW_FAILING,
		     "Nothing can be stored: No space left on device. Live values go on.");
}

UNIT_TEST(an_unplugged_device_is_no_warning)
{
	struct state_facts facts = {0};
	struct view view = {.device_count = 1,
			    .devices = {{.name = "kettle", .state = VIEW_DEVICE_ABSENT}}};

	assert_state(&view, &facts, VIEW_GOOD, "All is well.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreed_readings_say_since_when),
		cmocka_unit_test(readings_that_wait_are_said),
		cmocka_unit_test(one_alone_is_unwitnessed),
		cmocka_unit_test(without_a_ledger_readings_wait),
		cmocka_unit_test(the_worst_is_said_first),
		cmocka_unit_test(an_unplugged_device_is_no_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
