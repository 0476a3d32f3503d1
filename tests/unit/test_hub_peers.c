/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who dials whom; sessions themselves are the endpoint's tests. */
#include "unit.h"

#include "hub/peers.h"
#include "ledger_fixture.h"

enum { MEMBERS = 7 };

UNIT_TEST(of_each_pair_exactly_one_dials)
{
	struct fixture fixture;

	fixture_init(&fixture, "lan", MEMBERS, FIXTURE_CHEAP);
	for (unsigned int one = 0; one < MEMBERS; one++) {
		assert_false(peers_dials(fixture.contract, one, one));
		for (unsigned int other = one + 1; other < MEMBERS; other++)
			assert_true(peers_dials(fixture.contract, one, other) !=
				    peers_dials(fixture.contract, other, one));
	}
	fixture_finish(&fixture);
}

UNIT_TEST(the_hub_dials_all_its_appliances)
{
	struct fixture fixture;
	unsigned int hub;

	fixture_init(&fixture, "lan", MEMBERS, FIXTURE_CHEAP);
	hub = fixture_index(&fixture, 0);
	for (unsigned int member = 0; member < MEMBERS; member++)
		assert_int_equal(peers_dials(fixture.contract, hub, member), member != hub);
	fixture_finish(&fixture);
}

UNIT_TEST(every_refusal_has_a_word_of_its_own)
{
	for (unsigned int one = 0; one < ENDPOINT_REFUSALS; one++)
		for (unsigned int other = 0; other < one; other++)
			assert_string_not_equal(peers_refusal_word(one), peers_refusal_word(other));
	assert_string_equal(peers_refusal_word(ENDPOINT_REFUSALS), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_each_pair_exactly_one_dials),
		cmocka_unit_test(the_hub_dials_all_its_appliances),
		cmocka_unit_test(every_refusal_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
