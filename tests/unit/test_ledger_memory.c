/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Without memory the ledger's parts give -ENOMEM, and nothing is leaked or half made. */
#include "unit.h"

#include <errno.h>

#include "failing_allocation.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"
#include "store_folder.h"

enum { ALLOCATIONS_MAX = 1000 };

/** One operation on whatever is in @context; what it makes it also frees. */
typedef int (*fallible)(void *context);

/** Lets the first allocation fail, then the second, until there are no more. */
static void assert_fails_cleanly(fallible operation, void *context)
{
	bool is_done = false;

	for (unsigned int n = 1; !is_done; n++) {
		int r;

		allocation_fail_at(n);
		r = operation(context);
		is_done = !allocation_has_failed();
		assert_int_equal(r, is_done ? 0 : -ENOMEM);
		assert_true(n < ALLOCATIONS_MAX);
	}
}

static int parse(void *context)
{
	struct contract *contract = NULL;
	struct text_error error = {{0}};
	const char *text = context;
	int r = contract_parse("memory", BYTES((const uint8_t *)text, strlen(text)), &contract,
			       &error);

	assert_true((r == 0) == (error.message[0] == '\0'));
	contract_free(contract);
	return r;
}

static int write_text(void *context)
{
	const struct fixture *fixture = context;
	char *text = NULL;
	int r = contract_to_text(fixture->contract, &text);

	assert_true((r == 0) == (text != NULL));
	free(text);
	return r;
}

UNIT_TEST(a_contract_is_parsed_and_written_or_not)
{
	_cleanup_(freep) char *text = fixture_contract_text("lan", 3, FIXTURE_CHEAP, "");
	struct fixture fixture;

	assert_fails_cleanly(parse, text);
	fixture_init(&fixture, "lan", 3, FIXTURE_CHEAP);
	assert_fails_cleanly(write_text, &fixture);
	fixture_finish(&fixture);
}

/** A fixture with an encoded block and a small stored ledger. */
struct scene {
	struct fixture fixture;
	struct ledger_state *state;
	struct fixture_records records;
	struct store_folder folder;
};

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	fixture_init(&scene->fixture, "lan", 3, FIXTURE_CHEAP);
	scene->state = fixture_state_new(&scene->fixture);
	fixture_ledger(&scene->fixture, 3, 1, scene->state, &scene->records);
	store_folder_make(&scene->folder);
}

static void scene_finish(struct scene *scene)
{
	store_folder_remove(&scene->folder);
	free(scene->state);
	fixture_records_finish(&scene->records);
	fixture_finish(&scene->fixture);
}

static int read_block(void *context)
{
	struct scene *scene = context;
	struct cbor_reader reader;
	struct block block = {0};
	size_t size;
	const uint8_t *data = fixture_record_at(&scene->records, LEDGER_TABLE_BLOCK, 2, &size);

	cbor_read_init(&reader, BYTES(data, size));
	block_read(&reader, &scene->fixture.contract->chain, &block);
	block_clear(&block);
	return reader.error;
}

static int decode_state(void *context)
{
	struct scene *scene = context;
	const struct bytes key = BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY));

	return state_decode(fixture_record_read(&scene->records, LEDGER_TABLE_STATE, key),
			    scene->fixture.contract, scene->state);
}

static int verify(void *context)
{
	struct scene *scene = context;
	struct verify_report report = {0};
	int r = verify_ledger(scene->fixture.contract, scene->fixture.verifier, fixture_record_read,
			      &scene->records, NULL, NULL, &report);

	assert_true(report.is_good == (r == 0));
	return r;
}

UNIT_TEST(blocks_states_and_verification_are_whole_or_not)
{
	struct scene scene;

	scene_init(&scene);
	assert_fails_cleanly(read_block, &scene);
	assert_fails_cleanly(decode_state, &scene);
	assert_fails_cleanly(verify, &scene);
	scene_finish(&scene);
}

/** Without the helpers of store_folder.c, which allocate and assert. */
static int use_store(void *context)
{
	struct scene *scene = context;
	struct store *store = NULL;
	const struct bytes key = BYTES((const uint8_t *)"key", 3);
	struct ledger_effect effect = {.kind = LEDGER_EFFECT_PUT};
	int r = store_open(scene->folder.path, scene->fixture.contract, false, &store);

	effect.record.table = LEDGER_TABLE_SLOT;
	effect.record.key = key;
	effect.record.value = BYTES_OF(scene->folder);
	if (r == 0)
		r = store_stage(store, &effect);
	if (r == 0)
		r = store_commit(store);
	/* A read without memory finds nothing. */
	if (r == 0 && !store_read(store, LEDGER_TABLE_SLOT, key).data)
		r = -ENOMEM;
	store_close(store);
	return r;
}

UNIT_TEST(a_store_is_opened_or_not)
{
	struct scene scene;

	scene_init(&scene);
	assert_fails_cleanly(use_store, &scene);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_contract_is_parsed_and_written_or_not),
		cmocka_unit_test(blocks_states_and_verification_are_whole_or_not),
		cmocka_unit_test(a_store_is_opened_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
