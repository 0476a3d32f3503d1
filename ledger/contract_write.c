/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Writes a contract as the text that contract_text.c reads. */
#include "contract.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "codec.h"
#include "contract_parts.h"

enum { US_PER_S = 1000 * 1000, MW_PER_W = 1000, HEX_MAX = 2 * LEDGER_SPKI_MAX + 1 };

/** Text that grows; without memory it stays what it was and is_short is set. */
struct draft_text {
	char *text;
	size_t size;
	bool is_short;
};

_printf_(2, 3) static void append(struct draft_text *draft, const char *format, ...)
{
	char line[TEXT_LINE_MAX];
	va_list arguments;
	size_t size;
	char *text;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	size = strlen(line);
	text = realloc(draft->text, draft->size + size + 1);
	if (!text) {
		draft->is_short = true;
		return;
	}
	memcpy(text + draft->size, line, size + 1);
	draft->text = text;
	draft->size += size;
}

static int64_t number_of(const struct contract *contract, enum number number)
{
	switch (number) {
	case NUMBER_VERSION:
		return CONTRACT_VERSION;
	case NUMBER_ACCEPT_PERCENT:
		return contract->accept_percent;
	case NUMBER_INTERVAL_S:
		return contract->interval_us / US_PER_S;
	case NUMBER_SKEW_S:
		return contract->skew_us / US_PER_S;
	case NUMBER_POWER_W_MAX:
		return contract->power_mw_max / MW_PER_W;
	case NUMBER_WINDOW:
		return contract->window;
	case NUMBER_RATE:
		return contract->rate;
	case NUMBER_BLOCK_TRANSACTIONS:
		return contract->block_transactions;
	case NUMBER_COLLECT_MS:
		return contract->collect_ms;
	case NUMBER_VERDICT_MS:
		return contract->verdict_ms;
	case NUMBER_TIMEOUT_MS:
		return contract->timeout_ms;
	case NUMBER_TIMEOUT_MAX_MS:
		return contract->timeout_max_ms;
	case NUMBER_STANDSTILL_MS:
		return contract->standstill_ms;
	case NUMBERS:
		break;
	}
	return 0;
}

static void append_hex(struct draft_text *draft, const char *before, struct bytes bytes)
{
	char hex[HEX_MAX];

	bytes_to_hex(bytes, hex, sizeof(hex));
	append(draft, "%s%s\n", before, hex);
}

/** 192.0.2.0/24 for what is kept as 16 bytes and 120 bits. */
static void append_prefix(struct draft_text *draft, const struct address_prefix *prefix)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address = {0};
	unsigned int bits = prefix->bits;

	memcpy(address.ip, prefix->ip, sizeof(address.ip));
	address_to_text(&address, text);
	if (!strchr(text, ':'))
		bits -= 96;
	append(draft, " %s/%u", text, bits);
}

static void append_member(struct draft_text *draft, const struct member *member)
{
	const struct public_key *key = &member->sign_key;
	char text[ADDRESS_TEXT_MAX];

	address_to_text(&member->address, text);
	append(draft, "\n[member %s]\nrole = %s\naddress = %s\n", member->name,
	       role_text(member->role), text);
	append_hex(draft,
		   key->algorithm == KEY_ED25519 ? "sign_key = ed25519:" : "sign_key = p256:",
		   BYTES(key->bytes, contract_key_size(key->algorithm)));
	append_hex(draft, "dtls_key = ", BYTES(member->spki, member->spki_size));
}

static void append_contract(struct draft_text *draft, const struct contract *contract)
{
	append(draft, "[contract]\nname = %s\nlayer = %s\nprefixes =", contract->name,
	       layer_text(contract->layer));
	for (size_t index = 0; index < contract->prefix_count; index++)
		append_prefix(draft, &contract->prefixes[index]);
	append(draft, "\nauthority_required = %s\n", contract->authority_required ? "yes" : "no");
	for (size_t number = 0; number < NUMBERS; number++)
		append(draft, "%s = %" PRId64 "\n", contract_numbers[number].key,
		       number_of(contract, (enum number)number));
	if (!hash_is_zero(&contract->previous_head))
		append_hex(draft, "previous_head = ", BYTES_OF(contract->previous_head));
	for (size_t index = 0; index < contract->member_count; index++)
		append_member(draft, &contract->members[index]);
}

int contract_to_text(const struct contract *contract, char **ret_text)
{
	struct draft_text draft = {0};

	append_contract(&draft, contract);
	if (draft.is_short) {
		free(draft.text);
		return -ENOMEM;
	}
	*ret_text = draft.text;
	return 0;
}
