/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What looks like running back is typed: the disasters of other hubs, replayed. */
#include "unit.h"

#include "hub/register.h"

enum {
	SECOND_US = 1000 * 1000,
	POWER_MW_MAX = 25 * 1000 * 1000,
};

static struct energy_register new_register(void)
{
	struct energy_register reg;

	register_init(&reg, POWER_MW_MAX, 3 * SECOND_US);
	return reg;
}

/** Samples @source_mwh at second @second and expects @event and the register after it. */
static void assert_sample(struct energy_register *reg, int64_t second, int64_t source_mwh,
			  enum register_event event, int64_t energy_mwh)
{
	enum register_event got = register_sample(reg, source_mwh, second * SECOND_US);

	if (got != event)
		fail_msg("at %lld s: %s", (long long)second, register_event_text(got));
	assert_int_equal(reg->energy_mwh, energy_mwh);
}

UNIT_TEST(a_register_follows_its_source)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 1000, REGISTER_FIRST, 1000);
	assert_sample(&reg, 1, 1000, REGISTER_STEP, 1000);
	assert_sample(&reg, 2, 1500, REGISTER_STEP, 1500);
	assert_sample(&reg, 1, 2000, REGISTER_STEP, 1500); /* Late: nothing. */
}

UNIT_TEST(a_momentary_zero_is_no_energy)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 53700000, REGISTER_FIRST, 53700000);
	assert_sample(&reg, 1, 0, REGISTER_DIP, 53700000);
	assert_sample(&reg, 2, 53700500, REGISTER_STEP, 53700500);
	assert_sample(&reg, 3, 53000000, REGISTER_DIP, 53700500);
	assert_sample(&reg, 4, 0, REGISTER_DIP, 53700500);
	assert_sample(&reg, 5, 53700600, REGISTER_STEP, 53700600);
}

UNIT_TEST(a_reset_that_is_confirmed_goes_on_from_zero)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 90000, REGISTER_FIRST, 90000);
	assert_sample(&reg, 10, 100, REGISTER_DIP, 90000);
	assert_sample(&reg, 11, 200, REGISTER_DIP, 90000);
	assert_sample(&reg, 12, 300, REGISTER_RESET, 90300);
	assert_sample(&reg, 13, 400, REGISTER_STEP, 90400);
}

UNIT_TEST(a_drop_that_no_energy_explains_adds_nothing)
{
	struct energy_register reg = new_register();

	/* Nine tenths of it, as a meter of whole kilowatt-hours or a sum without one part gives. */
	assert_sample(&reg, 0, 10000000, REGISTER_FIRST, 10000000);
	assert_sample(&reg, 1, 9000000, REGISTER_DIP, 10000000);
	assert_sample(&reg, 2, 9000000, REGISTER_DIP, 10000000);
	assert_sample(&reg, 3, 9000001, REGISTER_REBASED, 10000000);
	assert_sample(&reg, 4, 9000002, REGISTER_STEP, 10000001);
}

UNIT_TEST(a_spike_is_held_and_forgotten)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 1000, REGISTER_FIRST, 1000);
	assert_sample(&reg, 1, 53700000000, REGISTER_JUMP, 1000);
	assert_sample(&reg, 2, 1100, REGISTER_STEP, 1100);
}

UNIT_TEST(a_spike_that_stays_is_another_meter)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 1000, REGISTER_FIRST, 1000);
	assert_sample(&reg, 1, 80000000, REGISTER_JUMP, 1000);
	assert_sample(&reg, 2, 80000100, REGISTER_JUMP, 1000);
	assert_sample(&reg, 3, 80000200, REGISTER_REBASED, 1000);
	assert_sample(&reg, 4, 80000300, REGISTER_STEP, 1100);
}

UNIT_TEST(samples_that_contradict_confirm_nothing)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 50000, REGISTER_FIRST, 50000);
	for (int64_t second = 1; second < 20; second++)
		assert_sample(&reg, second, second % 2 == 0 ? 10 : 40000, REGISTER_DIP, 50000);
}

UNIT_TEST(a_long_absence_explains_a_large_step)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, 0, REGISTER_FIRST, 0);
	assert_sample(&reg, 7200, 49000000, REGISTER_STEP, 49000000);
	assert_sample(&reg, 7201, 49100000, REGISTER_JUMP, 49000000);
}

UNIT_TEST(what_is_out_of_range_is_ignored)
{
	struct energy_register reg = new_register();

	assert_sample(&reg, 0, -1, REGISTER_OVERFLOW, 0);
	assert_false(reg.is_known);
	assert_sample(&reg, 0, INT64_MAX, REGISTER_FIRST, INT64_MAX);
	assert_sample(&reg, 1, 5, REGISTER_DIP, INT64_MAX);
	assert_sample(&reg, 2, 6, REGISTER_DIP, INT64_MAX);
	assert_sample(&reg, 3, 7, REGISTER_OVERFLOW, INT64_MAX);
}

UNIT_TEST(today_counts_from_midnight_and_is_never_negative)
{
	struct energy_register reg = new_register();

	assert_int_equal(register_today_mwh(&reg), 0);
	assert_sample(&reg, 0, 1000, REGISTER_FIRST, 1000);
	register_begin_day(&reg, 5);
	assert_int_equal(register_today_mwh(&reg), 0);
	assert_sample(&reg, 1, 1200, REGISTER_STEP, 1200);
	assert_int_equal(register_today_mwh(&reg), 200);
	register_resume_day(&reg, 5, 700);
	assert_int_equal(register_today_mwh(&reg), 500);
	register_resume_day(&reg, 5, 9000);
	assert_int_equal(register_today_mwh(&reg), 0);
}

UNIT_TEST(a_register_never_runs_back_whatever_comes)
{
	struct energy_register reg = new_register();
	uint64_t seed = 2;
	int64_t before_mwh = 0;

	for (int64_t sample = 0; sample < 200000; sample++) {
		int64_t jump = seeded_between(&seed, 0, 9);
		int64_t source = jump == 0   ? seeded_between(&seed, -5, INT64_C(1) << 40)
				 : jump == 1 ? 0
					     : reg.source_mwh + seeded_between(&seed, 0, 5000);

		(void)register_sample(&reg, source, sample * SECOND_US);
		assert_true(reg.energy_mwh >= before_mwh);
		/* Beyond the first sample, at most what the connection carries, and its slack. */
		if (sample > 0 && before_mwh > 0)
			assert_true(reg.energy_mwh - before_mwh <=
				    (int64_t)POWER_MW_MAX / 3600 * (REGISTER_CONFIRM_SAMPLES + 30));
		before_mwh = reg.energy_mwh;
	}
}

UNIT_TEST(every_event_has_a_sentence)
{
	for (unsigned int event = 0; event <= REGISTER_OVERFLOW; event++)
		assert_string_not_equal(register_event_text(event), "unknown");
	assert_string_equal(register_event_text(REGISTER_OVERFLOW + 1), "unknown");
	assert_false(register_event_is_alarming(REGISTER_STEP));
	assert_false(register_event_is_alarming(REGISTER_DIP));
	assert_true(register_event_is_alarming(REGISTER_RESET));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_register_follows_its_source),
		cmocka_unit_test(a_momentary_zero_is_no_energy),
		cmocka_unit_test(a_reset_that_is_confirmed_goes_on_from_zero),
		cmocka_unit_test(a_drop_that_no_energy_explains_adds_nothing),
		cmocka_unit_test(a_spike_is_held_and_forgotten),
		cmocka_unit_test(a_spike_that_stays_is_another_meter),
		cmocka_unit_test(samples_that_contradict_confirm_nothing),
		cmocka_unit_test(a_long_absence_explains_a_large_step),
		cmocka_unit_test(what_is_out_of_range_is_ignored),
		cmocka_unit_test(today_counts_from_midnight_and_is_never_negative),
		cmocka_unit_test(a_register_never_runs_back_whatever_comes),
		cmocka_unit_test(every_event_has_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
