/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Pulses as contacts make them: none lost, none invented, losses proven, power that decays. */
#include "unit.h"

#include "drivers/pulse_counter.h"

enum {
	DEBOUNCE_US = 8000,
	PULSE_US = 30000, /* Shortest pulse and pause of IEC 62053-31. */
	BOUNCE_US = 4000, /* Below its 5 ms of bounce. */
};

#define START_US INT64_C(1000000)

static struct pulse_counter counter_of(uint32_t pulses_per_kwh)
{
	const struct pulse_settings settings = {.pulses_per_kwh = pulses_per_kwh,
						.debounce_us = DEBOUNCE_US};
	struct pulse_counter counter;

	pulse_counter_init(&counter, &settings);
	return counter;
}

static void send_edge(struct pulse_counter *counter, int64_t time_us, bool is_rising,
		      uint32_t *sequence)
{
	const struct pulse_edge edge = {
		.time_us = time_us, .is_rising = is_rising, .sequence = (*sequence)++};

	pulse_counter_edge(counter, &edge);
}

/** An edge that bounces for up to BOUNCE_US before it stays. */
static void send_bouncing(struct pulse_counter *counter, int64_t time_us, bool is_rising,
			  uint32_t *sequence, uint64_t *seed)
{
	int64_t end_us = time_us + BOUNCE_US;

	send_edge(counter, time_us, is_rising, sequence);
	for (;;) {
		int64_t away_us = time_us + seeded_between(seed, 1, 900);
		int64_t back_us = away_us + seeded_between(seed, 1, 900);

		if (back_us > end_us)
			return;
		send_edge(counter, away_us, !is_rising, sequence);
		send_edge(counter, back_us, is_rising, sequence);
		time_us = back_us;
	}
}

UNIT_TEST(the_fastest_pulses_of_the_norm_are_all_counted)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;
	int64_t time_us = START_US;

	for (unsigned int pulse = 0; pulse < 10000; pulse++, time_us += 2 * PULSE_US) {
		send_edge(&counter, time_us, true, &sequence);
		send_edge(&counter, time_us + PULSE_US, false, &sequence);
	}
	pulse_counter_tick(&counter, time_us);
	assert_int_equal(counter.pulses, 10000);
	assert_int_equal(counter.missed, 0);
	assert_int_equal(counter.bounces, 0);
	assert_int_equal(counter.last_interval_us, 2 * PULSE_US);
}

UNIT_TEST(bouncing_contacts_neither_add_nor_lose_a_pulse)
{
	uint64_t seed = 21;
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;
	int64_t time_us = START_US;

	for (unsigned int pulse = 0; pulse < 10000; pulse++) {
		send_bouncing(&counter, time_us, true, &sequence, &seed);
		time_us += PULSE_US + seeded_between(&seed, 0, 100000);
		send_bouncing(&counter, time_us, false, &sequence, &seed);
		time_us += PULSE_US + seeded_between(&seed, 0, 100000);
	}
	pulse_counter_tick(&counter, time_us);
	assert_int_equal(counter.pulses, 10000);
	assert_int_equal(counter.missed, 0);
	assert_true(counter.bounces > 10000);
}

UNIT_TEST(a_spike_is_no_pulse)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;

	for (unsigned int spike = 0; spike < 100; spike++) {
		send_edge(&counter, START_US + spike * 100000, true, &sequence);
		send_edge(&counter, START_US + spike * 100000 + DEBOUNCE_US - 1, false, &sequence);
	}
	pulse_counter_tick(&counter, START_US + 100 * 100000);
	assert_int_equal(counter.pulses, 0);
	assert_int_equal(counter.bounces, 100);
}

UNIT_TEST(a_pulse_counts_when_its_end_has_stayed_long_enough)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;

	send_edge(&counter, START_US, true, &sequence);
	pulse_counter_tick(&counter, START_US + DEBOUNCE_US - 1);
	assert_false(counter.is_active);
	pulse_counter_tick(&counter, START_US + DEBOUNCE_US);
	assert_true(counter.is_active);
	send_edge(&counter, START_US + PULSE_US, false, &sequence);
	pulse_counter_tick(&counter, START_US + PULSE_US + DEBOUNCE_US - 1);
	assert_int_equal(counter.pulses, 0);
	pulse_counter_tick(&counter, START_US + PULSE_US + DEBOUNCE_US);
	assert_int_equal(counter.pulses, 1);
	assert_int_equal(counter.last_pulse_us, START_US + PULSE_US);
}

UNIT_TEST(pulses_and_proven_losses_add_up_to_what_was_sent)
{
	uint64_t seed = 4;

	for (unsigned int turn = 0; turn < 500; turn++) {
		struct pulse_counter counter = counter_of(1000);
		unsigned int edges = (unsigned int)seeded_between(&seed, 2, 15) * 2;
		unsigned int lost_from = (unsigned int)seeded_between(&seed, 1, edges - 1);
		unsigned int lost_to = (unsigned int)seeded_between(&seed, lost_from, edges - 1);
		uint32_t sequence = UINT32_MAX - 5; /* It wraps. */

		for (unsigned int edge = 0; edge < edges; edge++) {
			if (edge >= lost_from && edge < lost_to)
				sequence++;
			else
				send_edge(&counter, START_US + edge * PULSE_US, edge % 2 == 0,
					  &sequence);
		}
		pulse_counter_tick(&counter, START_US + edges * PULSE_US);
		assert_int_equal(counter.pulses + counter.missed, edges / 2);
	}
}

UNIT_TEST(a_sequence_that_goes_back_proves_nothing)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1000;

	send_edge(&counter, START_US, true, &sequence);
	sequence = 1;
	send_edge(&counter, START_US + PULSE_US, false, &sequence);
	pulse_counter_tick(&counter, START_US + 2 * PULSE_US);
	assert_int_equal(counter.missed, 0);
	assert_int_equal(counter.pulses, 1);
}

UNIT_TEST(an_interval_over_a_loss_gives_no_power)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;

	for (unsigned int pulse = 0; pulse < 4; pulse++) {
		if (pulse == 2) {
			sequence += 2;
			continue;
		}
		send_edge(&counter, START_US + pulse * 1000000, true, &sequence);
		send_edge(&counter, START_US + pulse * 1000000 + PULSE_US, false, &sequence);
		pulse_counter_tick(&counter, START_US + pulse * 1000000 + 2 * PULSE_US);
	}
	assert_int_equal(counter.missed, 1);
	assert_int_equal(counter.last_interval_us, 1000000);
}

UNIT_TEST(energy_is_the_floor_of_whole_pulses)
{
	static const struct {
		uint64_t pulses;
		uint32_t constant;
		int64_t mwh;
	} cases[] = {{0, 1000, 0},
		     {1, 1000, 1000},
		     {1, 3, 333333},
		     {2, 3, 666666},
		     {3, 3, 1000000},
		     {7, 1000000, 7},
		     {12345678901, 800, INT64_C(15432098626250)},
		     {UINT64_MAX, 1, INT64_MAX}};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct pulse_counter counter = counter_of(cases[index].constant);

		counter.pulses = cases[index].pulses;
		assert_true(pulse_counter_energy_mwh(&counter) == cases[index].mwh);
	}
}

UNIT_TEST(power_is_known_from_the_second_pulse_on_and_decays)
{
	struct pulse_counter counter = counter_of(1000);
	uint32_t sequence = 1;
	int64_t power_mw = -1;
	int64_t last_us = START_US + 3600000 + PULSE_US;

	send_edge(&counter, START_US, true, &sequence);
	send_edge(&counter, START_US + PULSE_US, false, &sequence);
	pulse_counter_tick(&counter, START_US + 2 * PULSE_US);
	assert_false(pulse_counter_power_mw(&counter, START_US + 2 * PULSE_US, &power_mw));
	send_edge(&counter, START_US + 3600000, true, &sequence);
	send_edge(&counter, last_us, false, &sequence);
	pulse_counter_tick(&counter, last_us + PULSE_US);
	/* A watt-hour in 3.6 s is a kilowatt ... */
	assert_true(pulse_counter_power_mw(&counter, last_us + PULSE_US, &power_mw));
	assert_int_equal(power_mw, 1000000);
	assert_true(pulse_counter_power_mw(&counter, last_us + 3600000, &power_mw));
	assert_int_equal(power_mw, 1000000);
	/* ... and with none since for an hour at most a watt. */
	assert_true(pulse_counter_power_mw(&counter, last_us + INT64_C(3600000000), &power_mw));
	assert_int_equal(power_mw, 1000);
}

UNIT_TEST(power_never_exceeds_one_pulse_over_the_time_since_the_last)
{
	uint64_t seed = 8;
	struct pulse_counter counter = counter_of(10000);
	uint32_t sequence = 1;
	int64_t time_us = START_US;

	for (unsigned int pulse = 0; pulse < 5000; pulse++) {
		int64_t now_us;
		int64_t power_mw;

		send_edge(&counter, time_us, true, &sequence);
		send_edge(&counter, time_us + PULSE_US, false, &sequence);
		pulse_counter_tick(&counter, time_us + 2 * PULSE_US);
		now_us = time_us + seeded_between(&seed, 2 * PULSE_US, 10000000);
		if (pulse_counter_power_mw(&counter, now_us, &power_mw))
			assert_true(power_mw * (now_us - counter.last_pulse_us) <=
				    INT64_C(360000000000));
		time_us += seeded_between(&seed, 3 * PULSE_US, 10000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fastest_pulses_of_the_norm_are_all_counted),
		cmocka_unit_test(bouncing_contacts_neither_add_nor_lose_a_pulse),
		cmocka_unit_test(a_spike_is_no_pulse),
		cmocka_unit_test(a_pulse_counts_when_its_end_has_stayed_long_enough),
		cmocka_unit_test(pulses_and_proven_losses_add_up_to_what_was_sent),
		cmocka_unit_test(a_sequence_that_goes_back_proves_nothing),
		cmocka_unit_test(an_interval_over_a_loss_gives_no_power),
		cmocka_unit_test(energy_is_the_floor_of_whole_pulses),
		cmocka_unit_test(power_is_known_from_the_second_pulse_on_and_decays),
		cmocka_unit_test(power_never_exceeds_one_pulse_over_the_time_since_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
