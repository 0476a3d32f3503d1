/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Contracts: what they default to, what they refuse and where, and when many are a quorum. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "ledger_fixture.h"

enum { TEXT_MAX = 8192 };

static const char head[] = "[contract]\nversion = 1\nlayer = lan\nname = Home\n"
			   "prefixes = 10.0.0.0/24 192.168.1.0/24 fd00::/64\n";

/** A member's section; @spki is a digit that its DTLS key is filled with. */
static void append_member(char *text, const char *name, const char *role, const char *key,
			  char spki, const char *address)
{
	char filling[179];
	size_t size = strlen(text);

	memset(filling, spki, sizeof(filling) - 1);
	filling[sizeof(filling) - 1] = '\0';
	(void)snprintf(text + size, TEXT_MAX - size,
		       "[member %s]\nrole = %s\nsign_key = %s\ndtls_key = 3059%s\naddress = %s\n",
		       name, role, key, filling, address);
}

#define KEY_A "ed25519:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "ed25519:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void append_meter(char *text)
{
	append_member(text, "meter", "meter", KEY_A, 'a', "192.168.1.2");
}

static int parse(const char *text, struct contract **ret_contract, struct text_error *error)
{
	return contract_parse("home.contract", BYTES((const uint8_t *)text, strlen(text)),
			      ret_contract, error);
}

static void assert_refused(const char *text, const char *message)
{
	struct contract *contract = NULL;
	struct text_error error = {{0}};

	assert_int_equal(parse(text, &contract, &error), -EINVAL);
	assert_null(contract);
	assert_string_equal(error.message, message);
}

static struct contract *parse_or_fail(const char *text)
{
	struct contract *contract = NULL;
	struct text_error error = {{0}};

	if (parse(text, &contract, &error) < 0)
		fail_msg("%s", error.message);
	return contract;
}

UNIT_TEST(a_short_contract_gets_the_defaults)
{
	_cleanup_(contract_freep) struct contract *contract = NULL;
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%s", head);
	append_meter(text);
	contract = parse_or_fail(text);
	assert_int_equal(contract->layer, LAYER_LAN);
	assert_string_equal(contract->name, "Home");
	assert_true(contract->authority_required);
	assert_int_equal(contract->accept_percent, 51);
	assert_int_equal(contract->interval_us, 60000000);
	assert_int_equal(contract->skew_us, 30000000);
	assert_int_equal(contract->power_mw_max, 25000000);
	assert_int_equal(contract->window, 64);
	assert_int_equal(contract->rate, 8);
	assert_int_equal(contract->block_transactions, 64);
	assert_int_equal(contract->collect_ms, 2000);
	assert_int_equal(contract->verdict_ms, 50);
	assert_int_equal(contract->timeout_ms, 1500);
	assert_int_equal(contract->timeout_max_ms, 10000);
	assert_int_equal(contract->standstill_ms, 2000);
	assert_true(hash_is_zero(&contract->previous_head));
	assert_int_equal(contract->prefix_count, 3);
	assert_int_equal(contract->member_count, 1);
	assert_int_equal(contract->authority, 0);
}

UNIT_TEST(layers_above_have_their_own_interval_and_no_authority)
{
	struct fixture fixture;

	fixture_init(&fixture, "han", 3, FIXTURE_CHEAP);
	assert_int_equal(fixture.contract->interval_us, 900000000);
	assert_false(fixture.contract->authority_required);
	assert_int_equal(fixture.contract->authority, LEDGER_MEMBERS_MAX);
	fixture_finish(&fixture);
}

/** Lines that may follow the head, and what is said of them; the head has five lines. */
UNIT_TEST(a_wrong_key_of_the_contract_is_named)
{
	static const struct {
		const char *line;
		const char *message;
	} cases[] = {
		{"interval_s = 0", "[contract] interval_s: must be a number of 1..86400"},
		{"interval_s = 86401", "[contract] interval_s: must be a number of 1..86400"},
		{"accept_percent = 49", "[contract] accept_percent: must be a number of 50..99"},
		{"window = 65", "[contract] window: must be a number of 1..64"},
		{"block_transactions = 257",
		 "[contract] block_transactions: must be a number of 1..256"},
		{"timeout_max_ms = 1499", "[contract] timeout_max_ms: is less than timeout_ms"},
		{"authority_required = maybe",
		 "[contract] authority_required: must be 'yes' or 'no'"},
		{"previous_head = 00", "[contract] previous_head: must be 64 hexadecimal digits"},
		{"colour = blue", "[contract] colour: unknown key"},
		{"[contract two]", "[contract two] has no name"},
		{"[meter]", "[meter] unknown section"},
		{"[member]", "[member] needs a name of 1..31 characters"},
		{"[member caf\xc3\xa9]",
		 "[member caf\xc3\xa9] a name has letters, digits, '-' and '_'"},
		{"[member a123456789b123456789c123456789d1]",
		 "[member a123456789b123456789c123456789d1] needs a name of 1..31 characters"},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		char text[TEXT_MAX];
		char message[TEXT_ERROR_MAX];

		(void)snprintf(text, sizeof(text), "%s%s\n", head, cases[index].line);
		append_meter(text);
		(void)snprintf(message, sizeof(message), "home.contract:6: %s",
			       cases[index].message);
		assert_refused(text, message);
	}
}

UNIT_TEST(what_a_contract_must_have_is_missed)
{
	char text[TEXT_MAX] = "";

	append_meter(text);
	assert_refused(text, "home.contract:1: [contract] is missing");
	assert_refused("[contract]\nlayer = lan\nname = x\nprefixes = 10.0.0.0/8\n",
		       "home.contract:1: [contract] version: is missing");
	assert_refused("[contract]\nversion = 1\nname = x\nprefixes = 10.0.0.0/8\n",
		       "home.contract:1: [contract] layer: is missing");
	assert_refused("[contract]\nversion = 1\nlayer = lan\nprefixes = 10.0.0.0/8\n",
		       "home.contract:1: [contract] name: is missing");
	assert_refused("[contract]\nversion = 1\nlayer = lan\nname = x\n",
		       "home.contract:1: [contract] prefixes: is missing or empty");
	assert_refused("[contract]\nversion = 1\nlayer = home\n",
		       "home.contract:3: [contract] layer: must be 'lan', 'han', 'nan' or 'wan'");
	assert_refused("[contract]\nversion = 2\n",
		       "home.contract:2: [contract] version: must be a number of 1..1");
	assert_refused("[contract]\nprefixes = 10.0.0.1/8\n",
		       "home.contract:2: [contract] prefixes: '10.0.0.1/8' is not a prefix such as "
		       "192.168.1.0/24 (no bits may be set beyond it)");
	assert_refused("[contract]\nprefixes = ::/0 ::/1 ::/2 ::/3 ::/4 ::/5 ::/6 ::/7 ::/8\n",
		       "home.contract:2: [contract] prefixes: has more than 8 prefixes");
	assert_refused("[contract]\nversion = 1\nlayer = han\nname = x\nprefixes = 10.0.0.0/8\n"
		       "authority_required = yes\n",
		       "home.contract:6: [contract] authority_required: only a lan has an "
		       "authority");
	assert_refused(head, "home.contract:1: [contract] has no [member NAME]");
}

UNIT_TEST(a_wrong_key_of_a_member_is_named)
{
	static const struct {
		const char *line;
		const char *message;
	} cases[] = {
		{"role = boss", "role: must be 'appliance', 'meter', 'dcu' or 'mdms'"},
		{"sign_key = rsa:00", "sign_key: must be 'ed25519:' or 'p256:' and the key"},
		{"sign_key = aabb", "sign_key: must be 'ed25519:' or 'p256:' and the key"},
		{"sign_key = p256:00", "sign_key: after 'p256:' must stand 128 hexadecimal digits"},
		{"sign_key = ed25519:0g",
		 "sign_key: after 'ed25519:' must stand 64 hexadecimal digits"},
		{"dtls_key = 3059aa",
		 "dtls_key: must be a SubjectPublicKeyInfo in hexadecimal digits"},
		{"dtls_key =", "dtls_key: must be a SubjectPublicKeyInfo in hexadecimal digits"},
		{"address = fridge.lan", "address: must be an address such as 192.168.1.10"},
		{"port = 5684", "port: unknown key"},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		char text[TEXT_MAX];
		char message[TEXT_ERROR_MAX];

		(void)snprintf(text, sizeof(text), "%s[member fridge]\n%s\n", head,
			       cases[index].line);
		(void)snprintf(message, sizeof(message), "home.contract:7: [member fridge] %s",
			       cases[index].message);
		assert_refused(text, message);
	}
}

UNIT_TEST(members_that_contradict_each_other_are_refused)
{
	static const struct {
		const char *role;
		const char *key;
		char spki;
		const char *address;
		const char *message;
	} cases[] = {
		{"appliance", KEY_A, 'b', "10.0.0.3",
		 "home.contract:13: [member b] sign_key: is also that of meter"},
		{"appliance", KEY_B, 'a', "10.0.0.3",
		 "home.contract:14: [member b] dtls_key: is also that of meter"},
		{"appliance", KEY_B, 'b', "192.168.1.2",
		 "home.contract:15: [member b] address: is also that of meter"},
		{"appliance", KEY_B, 'b', "10.0.1.3",
		 "home.contract:15: [member b] address: lies outside the prefixes"},
		{"meter", KEY_B, 'b', "10.0.0.3",
		 "home.contract:12: [member b] role: the lan's meter is meter"},
		{"dcu", KEY_B, 'b', "10.0.0.3",
		 "home.contract:12: [member b] role: is no member of a lan"},
	};
	char text[TEXT_MAX];

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		(void)snprintf(text, sizeof(text), "%s", head);
		append_meter(text);
		append_member(text, "b", cases[index].role, cases[index].key, cases[index].spki,
			      cases[index].address);
		assert_refused(text, cases[index].message);
	}
	(void)snprintf(text, sizeof(text), "%s[member b]\nrole = meter\n", head);
	assert_refused(text, "home.contract:6: [member b] sign_key: is missing");
	(void)snprintf(text, sizeof(text), "%s", head);
	append_member(text, "b", "appliance", KEY_B, 'b', "10.0.0.3");
	assert_refused(text, "home.contract:1: [contract] a lan needs one meter");
}

UNIT_TEST(a_name_twice_is_refused)
{
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%s", head);
	append_meter(text);
	append_member(text, "meter", "appliance", KEY_B, 'b', "10.0.0.3");
	assert_refused(text, "home.contract:11: [member meter] this section stands here a second "
			     "time");
}

UNIT_TEST(two_hundred_fifty_six_members_and_no_more)
{
	_cleanup_(freep) char *full =
		fixture_contract_text("han", LEDGER_MEMBERS_MAX, FIXTURE_CHEAP, "");
	_cleanup_(freep) char *more =
		fixture_contract_text("han", LEDGER_MEMBERS_MAX + 1, FIXTURE_CHEAP, "");
	_cleanup_(contract_freep) struct contract *contract = parse_or_fail(full);
	struct contract *refused = NULL;
	struct text_error error = {{0}};

	assert_int_equal(contract->member_count, LEDGER_MEMBERS_MAX);
	for (size_t index = 1; index < contract->member_count; index++)
		assert_true(bytes_compare(BYTES_OF(contract->members[index - 1].id),
					  BYTES_OF(contract->members[index].id)) < 0);
	assert_int_equal(parse(more, &refused, &error), -EINVAL);
	assert_non_null(strstr(error.message, "[member meter-256] more than 256 members"));
}

UNIT_TEST(the_chain_id_follows_from_the_meaning_not_from_the_text)
{
	_cleanup_(freep) char *text = fixture_contract_text("lan", 4, FIXTURE_CHEAP, "");
	_cleanup_(freep) char *plain = NULL;
	_cleanup_(freep) char *other = NULL;
	_cleanup_(contract_freep) struct contract *contract = parse_or_fail(text);
	_cleanup_(contract_freep) struct contract *again = NULL;
	_cleanup_(contract_freep) struct contract *changed = NULL;
	struct hash members;
	struct hash members_again;

	assert_int_equal(contract_to_text(contract, &plain), 0);
	again = parse_or_fail(plain);
	assert_true(hash_equal(&again->chain, &contract->chain));
	other = fixture_contract_text("lan", 4, FIXTURE_CHEAP, "rate = 9");
	changed = parse_or_fail(other);
	assert_false(hash_equal(&changed->chain, &contract->chain));
	contract_members_hash(contract, &members);
	contract_members_hash(changed, &members_again);
	assert_true(hash_equal(&members, &members_again));
	contract_free(TAKE(changed));
	freep(&other);
	other = fixture_contract_text("lan", 3, FIXTURE_CHEAP, "");
	changed = parse_or_fail(other);
	contract_members_hash(changed, &members_again);
	assert_false(hash_equal(&members, &members_again));
}

UNIT_TEST(every_key_changes_the_chain_id)
{
	static const char *const lines[] = {
		"interval_s = 61",
		"skew_s = 31",
		"power_w_max = 25001",
		"window = 63",
		"rate = 9",
		"block_transactions = 63",
		"collect_ms = 2001",
		"verdict_ms = 51",
		"timeout_ms = 1501",
		"standstill_ms = 2001",
		"accept_percent = 52",
		"timeout_max_ms = 9999",
		"previous_head = 0100000000000000000000000000000000000000000000000000000000000000",
		"authority_required = no",
	};
	struct hash chains[sizeof(lines) / sizeof(lines[0]) + 1];

	for (size_t index = 0; index <= sizeof(lines) / sizeof(lines[0]); index++) {
		_cleanup_(freep) char *plain = NULL;
		_cleanup_(contract_freep) struct contract *again = NULL;
		const char *line = index == 0 ? "" : lines[index - 1];
		struct fixture fixture;

		fixture_init_with(&fixture, "lan", 2, FIXTURE_CHEAP, line);
		chains[index] = fixture.contract->chain;
		for (size_t before = 0; before < index; before++)
			assert_false(hash_equal(&chains[index], &chains[before]));
		assert_int_equal(contract_to_text(fixture.contract, &plain), 0);
		again = parse_or_fail(plain);
		assert_true(hash_equal(&again->chain, &chains[index]));
		fixture_finish(&fixture);
	}
}

UNIT_TEST(members_are_found_by_id_key_and_name)
{
	struct fixture fixture;
	const struct device_id nobody = {{0}};

	fixture_init(&fixture, "lan", 7, FIXTURE_CHEAP);
	for (int index = 0; index < 7; index++) {
		const struct member *member = &fixture.contract->members[index];

		assert_int_equal(contract_find_device(fixture.contract, &member->id), index);
		assert_int_equal(contract_find_spki(fixture.contract,
						    BYTES(member->spki, member->spki_size)),
				 index);
		assert_int_equal(contract_find_name(fixture.contract, member->name), index);
	}
	assert_int_equal(contract_find_device(fixture.contract, &nobody), -ENOENT);
	assert_int_equal(contract_find_spki(fixture.contract, BYTES_OF(nobody)), -ENOENT);
	assert_int_equal(contract_find_name(fixture.contract, "nobody"), -ENOENT);
	assert_int_equal(fixture.contract->authority, fixture_index(&fixture, 0));
	fixture_finish(&fixture);
}

UNIT_TEST(more_than_51_percent_accept)
{
	static const unsigned int accepts[][2] = {
		{1, 1},	  {2, 2},   {3, 2},   {4, 3},	 {6, 4},     {7, 4},	{10, 6},
		{30, 16}, {50, 26}, {99, 51}, {100, 52}, {200, 103}, {256, 131}};
	struct fixture fixture;

	fixture_init(&fixture, "lan", 1, FIXTURE_CHEAP);
	for (size_t index = 0; index < sizeof(accepts) / sizeof(accepts[0]); index++)
		assert_int_equal(contract_accept(fixture.contract, accepts[index][0]),
				 accepts[index][1]);
	fixture_finish(&fixture);
}

UNIT_TEST(a_quorum_has_distinct_members_and_the_hub)
{
	struct certificate certificate;
	struct fixture fixture;
	const struct hash block = {{7}};
	bool signers[5] = {false};
	unsigned int hub;

	fixture_init(&fixture, "lan", 5, FIXTURE_CHEAP);
	hub = fixture_index(&fixture, 0);
	for (unsigned int index = 0; index < 5; index++)
		signers[index] = index != hub;
	fixture_certificate(&fixture, VOTE_NOTAR, 1, &block, signers, &certificate);
	assert_false(contract_is_quorum(fixture.contract, &certificate));
	fixture.contract->authority_required = false;
	assert_true(contract_is_quorum(fixture.contract, &certificate));
	certificate.count = 2;
	assert_false(contract_is_quorum(fixture.contract, &certificate));
	certificate.count = 3;
	assert_true(contract_is_quorum(fixture.contract, &certificate));
	certificate.entries[1] = certificate.entries[0];
	assert_false(contract_is_quorum(fixture.contract, &certificate));
	fixture_certificate(&fixture, VOTE_NOTAR, 1, &block, NULL, &certificate);
	assert_true(contract_is_quorum(fixture.contract, &certificate));
	certificate.entries[4].member = 5;
	assert_false(contract_is_quorum(fixture.contract, &certificate));
	fixture_finish(&fixture);
}

UNIT_TEST(numbers_have_words)
{
	for (unsigned int layer = LAYER_LAN; layer <= LAYER_WAN; layer++)
		assert_string_not_equal(layer_text((enum layer)layer), "unknown");
	for (unsigned int role = ROLE_APPLIANCE; role <= ROLE_MDMS; role++)
		assert_string_not_equal(role_text((enum role)role), "unknown");
	for (unsigned int reason = VERDICT_YES; reason < VERDICT_REASONS; reason++)
		assert_string_not_equal(verdict_reason_text((enum verdict_reason)reason),
					"unknown");
	assert_string_equal(layer_text((enum layer)0), "unknown");
	assert_string_equal(role_text((enum role)0), "unknown");
	assert_string_equal(verdict_reason_text(VERDICT_REASONS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_contract_gets_the_defaults),
		cmocka_unit_test(layers_above_have_their_own_interval_and_no_authority),
		cmocka_unit_test(a_wrong_key_of_the_contract_is_named),
		cmocka_unit_test(what_a_contract_must_have_is_missed),
		cmocka_unit_test(a_wrong_key_of_a_member_is_named),
		cmocka_unit_test(members_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_name_twice_is_refused),
		cmocka_unit_test(two_hundred_fifty_six_members_and_no_more),
		cmocka_unit_test(the_chain_id_follows_from_the_meaning_not_from_the_text),
		cmocka_unit_test(every_key_changes_the_chain_id),
		cmocka_unit_test(members_are_found_by_id_key_and_name),
		cmocka_unit_test(more_than_51_percent_accept),
		cmocka_unit_test(a_quorum_has_distinct_members_and_the_hub),
		cmocka_unit_test(numbers_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
