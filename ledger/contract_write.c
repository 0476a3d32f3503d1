/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Writes a contract as the text that contract_text.c reads. */
#include "contract.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "codec.h"
#include "contract_parts.h"

enum { US_PER_S = 1000 * 1000, MW_PER_W = 1000, HEX_MAX = 2 * LEDGER_SPKI_MAX + 1 };

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

static void print_hex(FILE *file, const char *before, struct bytes bytes)
{
	char hex[HEX_MAX];

	bytes_to_hex(bytes, hex, sizeof(hex));
	(void)fprintf(file, "%s%s\n", before, hex);
}

/** 192.0.2.0/24 for what is kept as 16 bytes and 120 bits. */
static void print_prefix(FILE *file, const struct address_prefix *prefix)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address = {0};
	unsigned int bits = prefix->bits;

	memcpy(address.ip, prefix->ip, sizeof(address.ip));
	address_to_text(&address, text);
	if (!strchr(text, ':'))
		bits -= 96;
	(void)fprintf(file, " %s/%u", text, bits);
}

static void print_member(FILE *file, const struct member *member)
{
	const struct public_key *key = &member->sign_key;
	char text[ADDRESS_TEXT_MAX];

	address_to_text(&member->address, text);
	(void)fprintf(file, "\n[member %s]\nrole = %s\naddress = %s\n", member->name,
		      role_text(member->role), text);
	print_hex(file, key->algorithm == KEY_ED25519 ? "sign_key = ed25519:" : "sign_key = p256:",
		  BYTES(key->bytes, contract_key_size(key->algorithm)));
	print_hex(file, "dtls_key = ", BYTES(member->spki, member->spki_size));
}

static void print_contract(FILE *file, const struct contract *contract)
{
	(void)fprintf(file, "[contract]\nname = %s\nlayer = %s\nprefixes =", contract->name,
		      layer_text(contract->layer));
	for (size_t index = 0; index < contract->prefix_count; index++)
		print_prefix(file, &contract->prefixes[index]);
	(void)fprintf(file, "\nauthority_required = %s\n",
		      contract->authority_required ? "yes" : "no");
	for (size_t number = 0; number < NUMBERS; number++)
		(void)fprintf(file, "%s = %" PRId64 "\n", contract_numbers[number].key,
			      number_of(contract, (enum number)number));
	if (!hash_is_zero(&contract->previous_head))
		print_hex(file, "previous_head = ", BYTES_OF(contract->previous_head));
	for (size_t index = 0; index < contract->member_count; index++)
		print_member(file, &contract->members[index]);
}

int contract_to_text(const struct contract *contract, char **ret_text)
{
	_cleanup_(freep) char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	bool is_whole;

	if (!file)
		return -ENOMEM;
	print_contract(file, contract);
	is_whole = !ferror(file);
	if (fclose(file) != 0 || !is_whole)
		return -ENOMEM;
	*ret_text = TAKE(text);
	return 0;
}
