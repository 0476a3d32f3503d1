/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Steps and their sums against adding up every second. */
#include "unit.h"

#include "drivers/load_profile.h"

enum { STEPS = 500 };

UNIT_TEST(sums_and_powers_are_those_of_each_second)
{
	uint64_t seed = 11;
	struct load_profile profile;
	_cleanup_(freep) uint32_t *powers = calloc(STEPS * 40, sizeof(*powers));
	int64_t sum = 0;

	assert_non_null(powers);
	assert_int_equal(load_profile_init(&profile, STEPS), 0);
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t from_s = profile.end_s;
		uint32_t power = (uint32_t)seeded_between(&seed, 0, 3) * 1000;

		if (seeded_next(&seed) % 8 == 0)
			power = LOAD_PROFILE_GAP;
		load_profile_append(&profile, from_s + (uint32_t)seeded_between(&seed, 0, 40),
				    power);
		for (uint32_t second = from_s; second < profile.end_s; second++)
			powers[second] = power;
	}
	for (uint32_t second = 0; second < profile.end_s; second++) {
		assert_int_equal(load_profile_sum(&profile, second), sum);
		assert_int_equal(load_profile_power(&profile, second), powers[second]);
		sum += powers[second] == LOAD_PROFILE_GAP ? 0 : powers[second];
	}
	assert_int_equal(load_profile_sum(&profile, profile.end_s), sum);
	assert_int_equal(profile.total_mw_s, sum);
	load_profile_finish(&profile);
}

UNIT_TEST(equal_powers_are_one_step)
{
	struct load_profile profile;

	assert_int_equal(load_profile_init(&profile, 2), 0);
	for (uint32_t end_s = 1; end_s <= 1000; end_s++)
		load_profile_append(&profile, end_s, 5);
	assert_int_equal(profile.count, 1);
	load_profile_append(&profile, 1001, 6);
	assert_int_equal(profile.count, 2);
	assert_int_equal(load_profile_sum(&profile, 1001), 5006);
	load_profile_clear(&profile);
	load_profile_append(&profile, 10, 1);
	assert_int_equal(profile.total_mw_s, 10);
	load_profile_shrink(&profile);
	assert_int_equal(load_profile_sum(&profile, 9), 9);
	load_profile_finish(&profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_powers_are_those_of_each_second),
		cmocka_unit_test(equal_powers_are_one_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
