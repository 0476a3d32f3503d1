/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Fills in what a contract's file left out and checks what concerns more than one of its keys. */
#include "contract.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "contract_parts.h"

enum { US_PER_S = 1000 * 1000, MW_PER_W = 1000, INTERVAL_LAN_S = 60, INTERVAL_S = 900 };

/** An error about a key that has been read before, or that is missing. */
_printf_(6, 7) static int fail(struct contract_draft *draft, unsigned int line, const char *section,
			       const char *name, const char *key, const char *format, ...)
{
	struct text_entry entry = {.line = line > 0 ? line : 1};
	char reason[TEXT_ERROR_MAX];
	va_list arguments;

	(void)snprintf(entry.section, sizeof(entry.section), "%s", section);
	(void)snprintf(entry.name, sizeof(entry.name), "%s", name);
	(void)snprintf(entry.key, sizeof(entry.key), "%s", key);
	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return text_error_at(draft->error, draft->file, &entry, "%s", reason);
}

static int fail_missing(struct contract_draft *draft, const char *key)
{
	return fail(draft, draft->line, "contract", "", key, "is missing");
}

static int fail_member(struct contract_draft *draft, const struct draft_member *member,
		       enum member_key key, const char *reason, const char *other)
{
	return fail(draft, member->lines[key], "member", member->member.name,
		    contract_member_keys[key], "%s%s", reason, other);
}

static int finish_numbers(struct contract_draft *draft)
{
	struct contract *contract = draft->contract;
	int64_t *numbers = draft->numbers;

	for (size_t number = 0; number < NUMBERS; number++)
		if (numbers[number] == NUMBER_MUST_BE_GIVEN)
			return fail_missing(draft, contract_numbers[number].key);
	if (numbers[NUMBER_INTERVAL_S] == NUMBER_BY_LAYER)
		numbers[NUMBER_INTERVAL_S] =
			contract->layer == LAYER_LAN ? INTERVAL_LAN_S : INTERVAL_S;
	if (numbers[NUMBER_TIMEOUT_MAX_MS] < numbers[NUMBER_TIMEOUT_MS]) {
		unsigned int line = draft->number_lines[NUMBER_TIMEOUT_MAX_MS];

		return fail(draft, line > 0 ? line : draft->number_lines[NUMBER_TIMEOUT_MS],
			    "contract", "", "timeout_max_ms", "is less than timeout_ms");
	}
	contract->accept_percent = (unsigned int)numbers[NUMBER_ACCEPT_PERCENT];
	contract->interval_us = numbers[NUMBER_INTERVAL_S] * US_PER_S;
	contract->skew_us = numbers[NUMBER_SKEW_S] * US_PER_S;
	contract->power_mw_max = numbers[NUMBER_POWER_W_MAX] * MW_PER_W;
	contract->window = (unsigned int)numbers[NUMBER_WINDOW];
	contract->rate = (unsigned int)numbers[NUMBER_RATE];
	contract->block_transactions = (unsigned int)numbers[NUMBER_BLOCK_TRANSACTIONS];
	contract->collect_ms = (unsigned int)numbers[NUMBER_COLLECT_MS];
	contract->verdict_ms = (unsigned int)numbers[NUMBER_VERDICT_MS];
	contract->timeout_ms = (unsigned int)numbers[NUMBER_TIMEOUT_MS];
	contract->timeout_max_ms = (unsigned int)numbers[NUMBER_TIMEOUT_MAX_MS];
	contract->standstill_ms = (unsigned int)numbers[NUMBER_STANDSTILL_MS];
	return 0;
}

static int finish_rules(struct contract_draft *draft)
{
	struct contract *contract = draft->contract;
	bool is_lan = contract->layer == LAYER_LAN;

	if (draft->line == 0)
		return fail(draft, 1, "contract", "", "", "is missing");
	if (draft->layer_line == 0)
		return fail_missing(draft, "layer");
	if (draft->name_line == 0)
		return fail_missing(draft, "name");
	if (contract->prefix_count == 0)
		return fail(draft, draft->prefixes_line > 0 ? draft->prefixes_line : draft->line,
			    "contract", "", "prefixes", "is missing or empty");
	if (draft->authority_line == 0)
		contract->authority_required = is_lan;
	else if (contract->authority_required && !is_lan)
		return fail(draft, draft->authority_line, "contract", "", "authority_required",
			    "only a lan has an authority");
	return finish_numbers(draft);
}

static bool role_belongs(enum role role, enum layer layer)
{
	switch (layer) {
	case LAYER_LAN:
		return role == ROLE_METER || role == ROLE_APPLIANCE;
	case LAYER_HAN:
		return role == ROLE_DCU || role == ROLE_METER;
	case LAYER_NAN:
	case LAYER_WAN:
		return role == ROLE_MDMS || role == ROLE_DCU;
	}
	return false;
}

static int check_member(struct contract_draft *draft, const struct draft_member *member)
{
	const struct contract *contract = draft->contract;
	bool is_inside = false;

	for (size_t key = 0; key < MEMBER_KEYS; key++)
		if (member->lines[key] == 0)
			return fail(draft, member->line, "member", member->member.name,
				    contract_member_keys[key], "is missing");
	if (!role_belongs(member->member.role, contract->layer))
		return fail_member(draft, member, MEMBER_ROLE, "is no member of a ",
				   layer_text(contract->layer));
	for (size_t index = 0; index < contract->prefix_count; index++)
		if (address_in_prefix(&member->member.address, &contract->prefixes[index]))
			is_inside = true;
	if (!is_inside)
		return fail_member(draft, member, MEMBER_ADDRESS, "lies outside the prefixes", "");
	return 0;
}

/** @member stands below @before in the file. */
static int check_different(struct contract_draft *draft, const struct draft_member *before,
			   const struct draft_member *member)
{
	const struct member *a = &before->member;
	const struct member *b = &member->member;

	if (bytes_equal(BYTES_OF(a->id), BYTES_OF(b->id)))
		return fail_member(draft, member, MEMBER_SIGN_KEY, "is also that of ", a->name);
	if (bytes_equal(BYTES(a->spki, a->spki_size), BYTES(b->spki, b->spki_size)))
		return fail_member(draft, member, MEMBER_DTLS_KEY, "is also that of ", a->name);
	if (address_same_host(&a->address, &b->address))
		return fail_member(draft, member, MEMBER_ADDRESS, "is also that of ", a->name);
	return 0;
}

static int check_members(struct contract_draft *draft)
{
	if (draft->member_count == 0)
		return fail(draft, draft->line, "contract", "", "", "has no [member NAME]");
	for (size_t index = 0; index < draft->member_count; index++) {
		int r = check_member(draft, &draft->members[index]);

		for (size_t before = 0; before < index && r == 0; before++)
			r = check_different(draft, &draft->members[before], &draft->members[index]);
		if (r < 0)
			return r;
	}
	return 0;
}

/** The first meter is a lan's authority; there must not be another. */
static int check_meters(struct contract_draft *draft)
{
	const struct draft_member *meter = NULL;

	if (draft->contract->layer != LAYER_LAN)
		return 0;
	for (size_t index = 0; index < draft->member_count; index++) {
		const struct draft_member *member = &draft->members[index];

		if (member->member.role != ROLE_METER)
			continue;
		if (meter)
			return fail_member(draft, member, MEMBER_ROLE, "the lan's meter is ",
					   meter->member.name);
		meter = member;
	}
	if (!meter)
		return fail(draft, draft->line, "contract", "", "", "a lan needs one meter");
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct member *left = a;
	const struct member *right = b;

	return bytes_compare(BYTES_OF(left->id), BYTES_OF(right->id));
}

int contract_draft_finish(struct contract_draft *draft)
{
	struct contract *contract = draft->contract;
	int r = finish_rules(draft);

	if (r == 0)
		r = check_members(draft);
	if (r == 0)
		r = check_meters(draft);
	if (r < 0)
		return r;
	contract->members = calloc(draft->member_count, sizeof(contract->members[0]));
	if (!contract->members) {
		(void)fail(draft, draft->line, "contract", "", "", "out of memory");
		return -ENOMEM;
	}
	contract->member_count = draft->member_count;
	for (size_t index = 0; index < draft->member_count; index++)
		contract->members[index] = draft->members[index].member;
	qsort(contract->members, contract->member_count, sizeof(contract->members[0]), compare_ids);
	contract->authority = LEDGER_MEMBERS_MAX;
	for (unsigned int index = 0; index < contract->member_count; index++)
		if (contract->layer == LAYER_LAN && contract->members[index].role == ROLE_METER)
			contract->authority = index;
	return 0;
}
