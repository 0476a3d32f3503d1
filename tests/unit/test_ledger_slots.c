/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Votes and certificates, slot by slot: exactly a quorum, exactly the bounds. */
#include "unit.h"

#include <errno.h>

#include "ledger/slots.h"
#include "ledger_fixture.h"

enum { MEMBERS = 5, ACCEPT = 3, BASE = 10 };

struct scene {
	struct fixture fixture;
	struct slots slots;
	struct slot *slot; /**< BASE. */
	unsigned int hub;
	struct hash block;
	struct certificate certificate;
};

static void scene_init_with(struct scene *scene, const char *contract_lines)
{
	fixture_init_with(&scene->fixture, "lan", MEMBERS, FIXTURE_CHEAP, contract_lines);
	slots_init(&scene->slots, scene->fixture.contract, BASE);
	assert_int_equal(slots_get(&scene->slots, BASE, &scene->slot), 0);
	scene->hub = fixture_index(&scene->fixture, 0);
	memset(&scene->block, 0x11, sizeof(scene->block));
}

static void scene_init(struct scene *scene)
{
	scene_init_with(scene, "");
}

static void scene_finish(struct scene *scene)
{
	slots_finish(&scene->slots);
	fixture_finish(&scene->fixture);
}

static int vote(struct scene *scene, unsigned int member, enum vote_kind kind,
		const struct hash *block)
{
	struct vote cast = fixture_vote(&scene->fixture, member, kind, BASE, block);

	return slot_add_vote(&scene->slots, scene->slot, &cast);
}

static int form(struct scene *scene, enum vote_kind kind)
{
	return slot_form_certificate(&scene->slots, 0, scene->slot, kind, &scene->certificate);
}

/** A member that is not the hub, the @n-th of them. */
static unsigned int appliance(const struct scene *scene, unsigned int n)
{
	return fixture_index(&scene->fixture, n + 1);
}

UNIT_TEST(a_vote_is_kept_once)
{
	struct scene scene;
	struct vote cast;

	scene_init(&scene);
	cast = fixture_vote(&scene.fixture, 2, VOTE_NOTAR, BASE, &scene.block);
	assert_false(slot_has_vote(&scene.slots, scene.slot, &cast));
	assert_int_equal(slot_voters(&scene.slots, scene.slot), 0);
	assert_int_equal(vote(&scene, 2, VOTE_NOTAR, &scene.block), 0);
	assert_true(slot_has_vote(&scene.slots, scene.slot, &cast));
	assert_int_equal(vote(&scene, 2, VOTE_NOTAR, &scene.block), -EEXIST);
	cast.signature.bytes[5] ^= 1;
	assert_false(slot_has_vote(&scene.slots, scene.slot, &cast));
	assert_true(slot_find_signature(&scene.slots, scene.slot, &cast));
	assert_true(slot_has_vote(&scene.slots, scene.slot, &cast));
	cast.incarnation = 1;
	assert_false(slot_has_vote(&scene.slots, scene.slot, &cast));
	scene_finish(&scene);
}

UNIT_TEST(of_two_votes_that_conflict_the_first_stays)
{
	struct scene scene;
	struct hash other;
	struct vote cast;

	scene_init(&scene);
	memset(&other, 0x22, sizeof(other));
	assert_int_equal(vote(&scene, 2, VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(vote(&scene, 2, VOTE_NOTAR, &other), -ENOTUNIQ);
	cast = fixture_vote(&scene.fixture, 2, VOTE_NOTAR, BASE, &scene.block);
	assert_true(slot_has_vote(&scene.slots, scene.slot, &cast));
	/* Kinds stand beside one another. */
	assert_int_equal(vote(&scene, 2, VOTE_SKIP, NULL), 0);
	assert_int_equal(vote(&scene, 2, VOTE_FINAL, &other), 0);
	assert_int_equal(slot_voters(&scene.slots, scene.slot), 1);
	scene_finish(&scene);
}

UNIT_TEST(a_certificate_is_made_at_the_quorum_and_not_before)
{
	for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind++) {
		struct scene scene;

		scene_init(&scene);
		assert_int_equal(form(&scene, (enum vote_kind)kind), 0);
		assert_int_equal(vote(&scene, scene.hub, (enum vote_kind)kind, &scene.block), 0);
		for (unsigned int n = 0; n < ACCEPT - 1; n++) {
			assert_int_equal(form(&scene, (enum vote_kind)kind), 0);
			assert_int_equal(vote(&scene, appliance(&scene, n), (enum vote_kind)kind,
					      &scene.block),
					 0);
		}
		assert_int_equal(form(&scene, (enum vote_kind)kind), 1);
		assert_true(slot_has_certificate(scene.slot, (enum vote_kind)kind));
		assert_int_equal(scene.certificate.count, ACCEPT);
		assert_true(scene.slot->is_dirty);
		assert_int_equal(form(&scene, (enum vote_kind)kind), 0);
		scene_finish(&scene);
	}
}

UNIT_TEST(without_the_hub_all_appliances_make_none)
{
	struct scene scene;

	scene_init(&scene);
	for (unsigned int n = 0; n < MEMBERS - 1; n++)
		assert_int_equal(vote(&scene, appliance(&scene, n), VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 0);
	assert_int_equal(vote(&scene, scene.hub, VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 1);
	assert_int_equal(scene.certificate.count, MEMBERS);
	scene_finish(&scene);
}

UNIT_TEST(the_papers_rule_needs_no_hub)
{
	struct scene scene;

	scene_init_with(&scene, "authority_required = no\n");
	for (unsigned int n = 0; n < ACCEPT; n++)
		assert_int_equal(vote(&scene, appliance(&scene, n), VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 1);
	scene_finish(&scene);
}

UNIT_TEST(votes_for_different_blocks_do_not_add_up)
{
	struct scene scene;
	struct hash other;

	scene_init(&scene);
	memset(&other, 0x22, sizeof(other));
	assert_int_equal(vote(&scene, scene.hub, VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(vote(&scene, appliance(&scene, 0), VOTE_NOTAR, &other), 0);
	assert_int_equal(vote(&scene, appliance(&scene, 1), VOTE_NOTAR, &other), 0);
	assert_int_equal(vote(&scene, appliance(&scene, 2), VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 0);
	assert_int_equal(vote(&scene, appliance(&scene, 3), VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 1);
	assert_memory_equal(&scene.slot->certificates[VOTE_NOTAR - 1].block, &scene.block,
			    sizeof(scene.block));
	scene_finish(&scene);
}

UNIT_TEST(a_certificate_is_kept_as_it_is_encoded_and_once)
{
	struct scene scene;
	struct cbor_reader reader;
	struct certificate read;
	const struct slot_certificate *kept;

	scene_init(&scene);
	fixture_certificate(&scene.fixture, VOTE_FINAL, BASE, &scene.block, NULL,
			    &scene.certificate);
	assert_int_equal(slot_keep_certificate(scene.slot, &scene.certificate), 0);
	assert_int_equal(slot_keep_certificate(scene.slot, &scene.certificate), -EEXIST);
	kept = &scene.slot->certificates[VOTE_FINAL - 1];
	cbor_read_init(&reader, BYTES(kept->data, kept->size));
	certificate_read(&reader, &read);
	assert_int_equal(cbor_read_end(&reader), 0);
	assert_int_equal(read.count, MEMBERS);
	assert_memory_equal(&read.entries[1].signature, &scene.certificate.entries[1].signature,
			    sizeof(struct signature));
	scene_finish(&scene);
}

UNIT_TEST(the_largest_certificate_is_kept)
{
	struct scene scene;
	struct certificate *certificate = &scene.certificate;

	scene_init(&scene);
	memset(certificate, 0xff, sizeof(*certificate));
	certificate->kind = VOTE_FINAL;
	certificate->epoch = UINT64_MAX;
	certificate->slot = UINT64_MAX;
	certificate->count = LEDGER_MEMBERS_MAX;
	assert_int_equal(slot_keep_certificate(scene.slot, certificate), 0);
	scene_finish(&scene);
}

UNIT_TEST(slots_reach_from_the_base_to_their_maximum)
{
	struct scene scene;
	struct slot *slot = NULL;

	scene_init(&scene);
	assert_int_equal(slots_get(&scene.slots, BASE - 1, &slot), -ERANGE);
	assert_int_equal(slots_get(&scene.slots, BASE + SLOTS_MAX, &slot), -ERANGE);
	assert_int_equal(slots_get(&scene.slots, UINT64_MAX, &slot), -ERANGE);
	assert_null(slot);
	assert_null(slots_find(&scene.slots, BASE + 1));
	assert_int_equal(slots_get(&scene.slots, BASE + SLOTS_MAX - 1, &slot), 0);
	assert_int_equal(slot->number, BASE + SLOTS_MAX - 1);
	assert_int_equal(scene.slots.count, SLOTS_MAX);
	assert_int_equal(slots_find(&scene.slots, BASE + 7)->number, BASE + 7);
	assert_null(slots_find(&scene.slots, BASE - 1));
	scene_finish(&scene);
}

UNIT_TEST(advancing_forgets_what_lies_below)
{
	struct scene scene;
	struct slot *slot;

	scene_init(&scene);
	assert_int_equal(vote(&scene, 1, VOTE_SKIP, NULL), 0);
	assert_int_equal(slots_get(&scene.slots, BASE + 2, &slot), 0);
	slot->voted_skip = true;
	slots_advance(&scene.slots, BASE + 2);
	assert_null(slots_find(&scene.slots, BASE + 1));
	assert_int_equal(scene.slots.count, 1);
	assert_true(slots_find(&scene.slots, BASE + 2)->voted_skip);
	slots_advance(&scene.slots, BASE + 100);
	assert_int_equal(scene.slots.count, 0);
	assert_int_equal(slots_get(&scene.slots, BASE + 100, &slot), 0);
	assert_false(slot->voted_skip);
	scene_finish(&scene);
}

UNIT_TEST(trimming_drops_old_votes_and_keeps_what_proves)
{
	struct scene scene;

	scene_init(&scene);
	scene.slot->voted_notar = true;
	for (unsigned int member = 0; member < MEMBERS; member++)
		assert_int_equal(vote(&scene, member, VOTE_NOTAR, &scene.block), 0);
	assert_int_equal(form(&scene, VOTE_NOTAR), 1);
	slots_trim(&scene.slots, BASE + SLOTS_BEHIND_MAX);
	assert_int_equal(slot_voters(&scene.slots, scene.slot), MEMBERS);
	slots_trim(&scene.slots, BASE + SLOTS_BEHIND_MAX + 1);
	assert_int_equal(slot_voters(&scene.slots, scene.slot), 0);
	assert_true(slot_has_certificate(scene.slot, VOTE_NOTAR));
	assert_true(scene.slot->voted_notar);
	/* A late one opens the room again. */
	assert_int_equal(vote(&scene, 1, VOTE_FINAL, &scene.block), 0);
	assert_int_equal(slot_voters(&scene.slots, scene.slot), 1);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vote_is_kept_once),
		cmocka_unit_test(of_two_votes_that_conflict_the_first_stays),
		cmocka_unit_test(a_certificate_is_made_at_the_quorum_and_not_before),
		cmocka_unit_test(without_the_hub_all_appliances_make_none),
		cmocka_unit_test(the_papers_rule_needs_no_hub),
		cmocka_unit_test(votes_for_different_blocks_do_not_add_up),
		cmocka_unit_test(a_certificate_is_kept_as_it_is_encoded_and_once),
		cmocka_unit_test(the_largest_certificate_is_kept),
		cmocka_unit_test(slots_reach_from_the_base_to_their_maximum),
		cmocka_unit_test(advancing_forgets_what_lies_below),
		cmocka_unit_test(trimming_drops_old_votes_and_keeps_what_proves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
