/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The clock of one pair: back-off, signs of life, loss. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/endpoint_dial.h"

enum { START_US = 1000000, SECOND_US = 1000000 };

static unsigned int step(struct endpoint_dial *dial, uint64_t now_us)
{
	uint64_t wake_us;
	unsigned int actions = endpoint_dial_step(dial, now_us, &wake_us);

	assert_true(wake_us > now_us);
	return actions;
}

/** Steps as its owner does, each time it asks to be woken; returns when @action first came. */
static uint64_t run_until(struct endpoint_dial *dial, uint64_t now_us, unsigned int action,
			  uint64_t end_us)
{
	while (now_us < end_us) {
		uint64_t wake_us;

		if (endpoint_dial_step(dial, now_us, &wake_us) & action)
			return now_us;
		assert_true(wake_us > now_us);
		now_us = wake_us;
	}
	return UINT64_MAX;
}

static void init(struct endpoint_dial *dial)
{
	endpoint_dial_init(dial, 42);
}

static void nobody_is_dialled_unasked(void **state)
{
	struct endpoint_dial dial;
	uint64_t wake_us;

	(void)state;
	init(&dial);
	assert_int_equal(endpoint_dial_step(&dial, START_US, &wake_us), 0);
	assert_true(wake_us == UINT64_MAX);
}

static void backoff_doubles_to_its_end(void **state)
{
	struct endpoint_dial dial;
	uint64_t now_us = START_US;
	uint64_t expected_us = ENDPOINT_BACKOFF_MIN_US;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, now_us);
	assert_int_equal(step(&dial, now_us), ENDPOINT_DIAL_START);
	for (unsigned int round = 0; round < 20; round++) {
		uint64_t next_us;

		endpoint_dial_failed(&dial, now_us);
		next_us = run_until(&dial, now_us, ENDPOINT_DIAL_START, UINT64_MAX - 1);
		assert_in_range(next_us - now_us, expected_us * 3 / 4, expected_us * 5 / 4);
		now_us = next_us;
		expected_us *= 2;
		if (expected_us > ENDPOINT_BACKOFF_MAX_US)
			expected_us = ENDPOINT_BACKOFF_MAX_US;
	}
	endpoint_dial_want(&dial, now_us);
	assert_int_equal(step(&dial, now_us), ENDPOINT_DIAL_START);
}

static void slow_handshake_is_abandoned(void **state)
{
	struct endpoint_dial dial;
	uint64_t abandoned_us;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, START_US);
	assert_int_equal(step(&dial, START_US), ENDPOINT_DIAL_START);
	abandoned_us = run_until(&dial, START_US + 1, ENDPOINT_DIAL_ABANDON, UINT64_MAX - 1);
	assert_true(abandoned_us == START_US + ENDPOINT_ATTEMPT_MAX_US);
	assert_true(run_until(&dial, abandoned_us + 1, ENDPOINT_DIAL_START, UINT64_MAX - 1) <
		    abandoned_us + SECOND_US);
}

static void silence_is_asked_about_and_dialled_beside(void **state)
{
	struct endpoint_dial dial;
	uint64_t now_us;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, START_US);
	assert_int_equal(step(&dial, START_US), ENDPOINT_DIAL_START);
	endpoint_dial_up(&dial, START_US);
	now_us = run_until(&dial, START_US, ENDPOINT_DIAL_PROBE, UINT64_MAX - 1);
	assert_true(now_us == START_US + ENDPOINT_PROBE_AFTER_US);
	now_us = run_until(&dial, now_us + 1, ENDPOINT_DIAL_START, UINT64_MAX - 1);
	assert_true(now_us < START_US + 2 * SECOND_US);
	assert_true(dial.is_up);
	now_us = run_until(&dial, now_us + 1, ENDPOINT_DIAL_LOST, UINT64_MAX - 1);
	assert_true(now_us == START_US + ENDPOINT_LOST_US);
	assert_false(dial.is_up);
}

static void answers_keep_the_peace(void **state)
{
	struct endpoint_dial dial;
	uint64_t now_us = START_US;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, now_us);
	assert_int_equal(step(&dial, now_us), ENDPOINT_DIAL_START);
	endpoint_dial_up(&dial, now_us);
	for (unsigned int round = 0; round < 100; round++) {
		now_us = run_until(&dial, now_us, ENDPOINT_DIAL_PROBE, UINT64_MAX - 1);
		assert_false(dial.is_trying);
		now_us += 700000;
		/* A slow line: later answers are waited for longer. */
		assert_int_equal(step(&dial, now_us - 1) & ENDPOINT_DIAL_LOST, 0);
		endpoint_dial_heard(&dial, now_us);
		if (dial.is_trying)
			endpoint_dial_up(&dial, now_us);
	}
	assert_true(dial.answer_us > 400000);
	now_us = run_until(&dial, now_us, ENDPOINT_DIAL_PROBE, UINT64_MAX - 1);
	assert_true(run_until(&dial, now_us, ENDPOINT_DIAL_START, UINT64_MAX - 1) - now_us >
		    1000000);
}

static void listener_only_waits_for_the_end(void **state)
{
	struct endpoint_dial dial;

	(void)state;
	init(&dial);
	endpoint_dial_up(&dial, START_US);
	assert_true(run_until(&dial, START_US, ENDPOINT_DIAL_PROBE | ENDPOINT_DIAL_START,
			      START_US + ENDPOINT_LOST_US) == UINT64_MAX);
	assert_true(run_until(&dial, START_US, ENDPOINT_DIAL_LOST, UINT64_MAX - 1) ==
		    START_US + ENDPOINT_LOST_US);
}

static void session_that_falls_at_once_keeps_the_backoff(void **state)
{
	struct endpoint_dial dial;
	uint64_t now_us = START_US;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, now_us);
	for (unsigned int round = 0; round < 6; round++) {
		now_us = run_until(&dial, now_us, ENDPOINT_DIAL_START, UINT64_MAX - 1);
		endpoint_dial_up(&dial, now_us);
		endpoint_dial_down(&dial, now_us + 1000);
	}
	assert_true(run_until(&dial, now_us, ENDPOINT_DIAL_START, UINT64_MAX - 1) >
		    now_us + 2 * SECOND_US);
	endpoint_dial_up(&dial, now_us + 10 * SECOND_US);
	endpoint_dial_down(&dial, now_us + 10 * SECOND_US + ENDPOINT_STEADY_US);
	assert_true(dial.retry_us < now_us + 10 * SECOND_US + ENDPOINT_STEADY_US + 200000);
}

static void hint_of_the_network_dials_at_once(void **state)
{
	struct endpoint_dial dial;

	(void)state;
	init(&dial);
	endpoint_dial_want(&dial, START_US);
	assert_int_equal(step(&dial, START_US), ENDPOINT_DIAL_START);
	endpoint_dial_up(&dial, START_US);
	assert_int_equal(step(&dial, START_US + 100), 0);
	endpoint_dial_suspect(&dial);
	assert_int_equal(step(&dial, START_US + 200), ENDPOINT_DIAL_START);
	endpoint_dial_unwant(&dial);
	endpoint_dial_down(&dial, START_US + 300);
	assert_true(run_until(&dial, START_US + 300, ENDPOINT_DIAL_START, UINT64_MAX - 1) ==
		    UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_dialled_unasked),
		cmocka_unit_test(backoff_doubles_to_its_end),
		cmocka_unit_test(slow_handshake_is_abandoned),
		cmocka_unit_test(silence_is_asked_about_and_dialled_beside),
		cmocka_unit_test(answers_keep_the_peace),
		cmocka_unit_test(listener_only_waits_for_the_end),
		cmocka_unit_test(session_that_falls_at_once_keeps_the_backoff),
		cmocka_unit_test(hint_of_the_network_dials_at_once),
	};

	return cmocka_run_group_tests_name("endpoint dial", tests, NULL, NULL);
}
