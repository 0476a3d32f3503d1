/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which readings are due: in order, on multiples, the last exactly at until_us. */
#include "unit.h"

#include "hub/interval.h"

#define S INT64_C(1000000)

/** An interval of 10 s, 1,440 times as fast where @speed says so, from @now_us on. */
static struct intervals begin(int64_t until_us, int64_t zero_us, int64_t speed, int64_t now_us)
{
	struct intervals intervals;

	intervals_init(&intervals, 10 * S, until_us, zero_us, speed, now_us, 0);
	return intervals;
}

static void assert_due(struct intervals *intervals, int64_t now_us, int64_t own_end_us,
		       int64_t start_us, int64_t end_us, int64_t observed_us,
		       enum reading_quality quality)
{
	struct reading_body reading = {0};

	assert_true(intervals_due(intervals, now_us, 0, own_end_us, &reading));
	assert_int_equal(reading.start_us, start_us);
	assert_int_equal(reading.end_us, end_us);
	assert_int_equal(reading.observed_us, observed_us);
	assert_int_equal(reading.quality, quality);
	intervals_submitted(intervals, reading.end_us, 0);
}

static void assert_none(const struct intervals *intervals, int64_t now_us, int64_t monotonic_us,
			int64_t own_end_us)
{
	struct reading_body reading;

	assert_false(intervals_due(intervals, now_us, monotonic_us, own_end_us, &reading));
}

UNIT_TEST(readings_end_on_multiples_and_follow_one_another)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 103 * S);

	assert_int_equal(intervals_next_us(&intervals), 110 * S);
	assert_none(&intervals, 109 * S, 0, 0);
	/* The first begins with its interval, seen from the start of the process on. */
	assert_due(&intervals, 110 * S, 0, 100 * S, 110 * S, 7 * S, READING_LIVE);
	assert_none(&intervals, 111 * S, 0, 110 * S);
	assert_due(&intervals, 121 * S, 110 * S, 110 * S, 120 * S, 10 * S, READING_LIVE);
}

UNIT_TEST(the_first_reading_covers_all_that_its_register_counts)
{
	struct intervals intervals = begin(INT64_MAX, 20 * S, 1, 103 * S);

	assert_due(&intervals, 110 * S, 0, 20 * S, 110 * S, 7 * S, READING_RECOVERED);
}

UNIT_TEST(nothing_is_due_before_the_register_began)
{
	struct intervals intervals = begin(INT64_MAX, 120 * S, 1, 83 * S);

	assert_int_equal(intervals_next_us(&intervals), 130 * S);
	assert_none(&intervals, 121 * S, 0, 0);
	assert_due(&intervals, 130 * S, 0, 120 * S, 130 * S, 10 * S, READING_LIVE);
}

UNIT_TEST(a_timer_that_is_late_submits_each_end_in_order)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 100 * S);
	int64_t own_end_us = 100 * S;

	for (unsigned int index = 0; index < 5; index++) {
		assert_due(&intervals, 155 * S, own_end_us, own_end_us, own_end_us + 10 * S, 10 * S,
			   READING_LIVE);
		own_end_us += 10 * S;
	}
	assert_none(&intervals, 155 * S, 0, own_end_us);
}

UNIT_TEST(after_a_restart_one_reading_covers_the_time_that_was_not_seen)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 503 * S);

	assert_none(&intervals, 509 * S, 0, 100 * S);
	assert_due(&intervals, 510 * S, 100 * S, 100 * S, 510 * S, 7 * S, READING_RECOVERED);
	assert_due(&intervals, 520 * S, 510 * S, 510 * S, 520 * S, 10 * S, READING_LIVE);
}

UNIT_TEST(too_many_ends_at_once_become_one_reading)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 100 * S);
	int64_t now_us = (105 + INTERVAL_BACKLOG_MAX * 10) * S;

	assert_due(&intervals, now_us, 100 * S, 100 * S, 110 * S, 10 * S, READING_LIVE);
	now_us = 20000 * S;
	assert_due(&intervals, now_us, 110 * S, 110 * S, 20000 * S, 19890 * S, READING_LIVE);
}

UNIT_TEST(a_jump_of_the_wall_clock_is_not_time_that_was_measured)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 105 * S);

	intervals_watch(&intervals, 106 * S, 1 * S);
	intervals_watch(&intervals, 100006 * S, 2 * S);
	assert_due(&intervals, 100010 * S, 100 * S, 100 * S, 100010 * S, 4 * S, READING_RECOVERED);
}

UNIT_TEST(a_clock_set_back_submits_nothing_twice)
{
	struct intervals intervals = begin(INT64_MAX, -1, 1, 995 * S);

	assert_due(&intervals, 1000 * S, 990 * S, 990 * S, 1000 * S, 5 * S, READING_RECOVERED);
	intervals_watch(&intervals, 1001 * S, 6 * S);
	intervals_watch(&intervals, 501 * S, 7 * S);
	assert_none(&intervals, 510 * S, 8 * S, 1000 * S);
	assert_none(&intervals, 1009 * S, 8 * S, 1000 * S);
	assert_due(&intervals, 1010 * S, 1000 * S, 1000 * S, 1010 * S, 10 * S, READING_LIVE);
}

UNIT_TEST(the_last_reading_ends_at_until)
{
	struct intervals intervals = begin(120 * S, -1, 1440, 0);

	assert_due(&intervals, 120 * S, 100 * S, 100 * S, 110 * S, 10 * S, READING_LIVE);
	assert_due(&intervals, 120 * S, 110 * S, 110 * S, 120 * S, 10 * S, READING_LIVE);
	assert_none(&intervals, 120 * S, 10 * INTERVAL_RETRY_US, 120 * S);
	assert_int_equal(intervals_next_us(&intervals), INT64_MAX);
}

UNIT_TEST(a_node_that_starts_after_until_still_submits_the_last)
{
	struct intervals intervals = begin(120 * S, -1, 1440, 120 * S);

	assert_due(&intervals, 120 * S, 90 * S, 90 * S, 120 * S, 0, READING_RECOVERED);
	assert_none(&intervals, 120 * S, 0, 120 * S);
}

UNIT_TEST(a_last_reading_that_was_refused_is_offered_again_later)
{
	struct intervals intervals = begin(120 * S, -1, 1, 105 * S);
	struct reading_body reading;

	assert_due(&intervals, 120 * S, 110 * S, 110 * S, 120 * S, 10 * S, READING_LIVE);
	assert_none(&intervals, 120 * S, INTERVAL_RETRY_US - 1, 110 * S);
	assert_true(intervals_due(&intervals, 120 * S, INTERVAL_RETRY_US, 110 * S, &reading));
	assert_int_equal(reading.end_us, 120 * S);
}

UNIT_TEST(no_reading_is_ever_malformed)
{
	uint64_t seed = 3;

	for (unsigned int run = 0; run < 2000; run++) {
		int64_t now_us = seeded_between(&seed, 0, 500 * S);
		int64_t until_us = seeded_between(&seed, 0, 60) * 10 * S;
		struct intervals intervals =
			begin(until_us, seeded_between(&seed, -1, 50 * S), 1, now_us);
		int64_t own_end_us = seeded_between(&seed, 0, 20) * 10 * S;
		struct reading_body reading;

		for (int64_t monotonic_us = 0; monotonic_us < 60 * S; monotonic_us += S) {
			now_us += seeded_between(&seed, -2 * S, 5 * S);
			now_us = now_us < 0 ? 0 : now_us > until_us ? until_us : now_us;
			intervals_watch(&intervals, now_us, monotonic_us);
			if (!intervals_due(&intervals, now_us, monotonic_us, own_end_us, &reading))
				continue;
			assert_true(reading.end_us > own_end_us && reading.end_us <= until_us);
			assert_true(reading.end_us % (10 * S) == 0 && reading.end_us <= now_us);
			assert_true(reading.start_us < reading.end_us && reading.start_us >= 0);
			assert_true(reading.observed_us >= 0 &&
				    reading.observed_us <= reading.end_us - reading.start_us);
			own_end_us = reading.end_us;
			intervals_submitted(&intervals, reading.end_us, monotonic_us);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_end_on_multiples_and_follow_one_another),
		cmocka_unit_test(the_first_reading_covers_all_that_its_register_counts),
		cmocka_unit_test(nothing_is_due_before_the_register_began),
		cmocka_unit_test(a_timer_that_is_late_submits_each_end_in_order),
		cmocka_unit_test(after_a_restart_one_reading_covers_the_time_that_was_not_seen),
		cmocka_unit_test(too_many_ends_at_once_become_one_reading),
		cmocka_unit_test(a_jump_of_the_wall_clock_is_not_time_that_was_measured),
		cmocka_unit_test(a_clock_set_back_submits_nothing_twice),
		cmocka_unit_test(the_last_reading_ends_at_until),
		cmocka_unit_test(a_node_that_starts_after_until_still_submits_the_last),
		cmocka_unit_test(a_last_reading_that_was_refused_is_offered_again_later),
		cmocka_unit_test(no_reading_is_ever_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
