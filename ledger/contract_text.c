/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads the keys of a contract's file, each by itself; contract_check.c looks at the whole. */
#include "contract.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "contract_parts.h"
#include "keys.h"

enum { PACE_MS_MAX = 600 * 1000, POWER_W_MAX = 20 * 1000 * 1000 };

const struct number_key contract_numbers[NUMBERS] = {
	[NUMBER_VERSION] = {"version", CONTRACT_VERSION, CONTRACT_VERSION, NUMBER_MUST_BE_GIVEN},
	[NUMBER_ACCEPT_PERCENT] = {"accept_percent", 50, 99, 51},
	[NUMBER_INTERVAL_S] = {"interval_s", 1, 86400, NUMBER_BY_LAYER},
	[NUMBER_SKEW_S] = {"skew_s", 0, 3600, 30},
	[NUMBER_POWER_W_MAX] = {"power_w_max", 1, POWER_W_MAX, 25000},
	[NUMBER_WINDOW] = {"window", 1, CONTRACT_WINDOW_MAX, 64},
	[NUMBER_RATE] = {"rate", 1, 1000, 8},
	[NUMBER_BLOCK_TRANSACTIONS] = {"block_transactions", 1, LEDGER_BLOCK_TRANSACTIONS_MAX, 64},
	[NUMBER_COLLECT_MS] = {"collect_ms", 0, PACE_MS_MAX, 2000},
	[NUMBER_VERDICT_MS] = {"verdict_ms", 0, PACE_MS_MAX, 50},
	[NUMBER_TIMEOUT_MS] = {"timeout_ms", 10, PACE_MS_MAX, 1500},
	[NUMBER_TIMEOUT_MAX_MS] = {"timeout_max_ms", 10, PACE_MS_MAX, 10000},
	[NUMBER_STANDSTILL_MS] = {"standstill_ms", 10, PACE_MS_MAX, 2000},
};

const char *const contract_member_keys[MEMBER_KEYS] = {
	[MEMBER_ROLE] = "role",
	[MEMBER_SIGN_KEY] = "sign_key",
	[MEMBER_DTLS_KEY] = "dtls_key",
	[MEMBER_ADDRESS] = "address",
};

static int parse_layer(struct contract_draft *draft, const struct text_entry *entry)
{
	for (unsigned int layer = LAYER_LAN; layer <= LAYER_WAN; layer++)
		if (strcmp(entry->value, layer_text((enum layer)layer)) == 0) {
			draft->contract->layer = (enum layer)layer;
			draft->layer_line = entry->line;
			return 0;
		}
	return text_error_at(draft->error, draft->file, entry,
			     "must be 'lan', 'han', 'nan' or 'wan'");
}

static int parse_prefix(struct contract_draft *draft, const struct text_entry *entry,
			const char *word)
{
	struct contract *contract = draft->contract;

	if (contract->prefix_count == CONTRACT_PREFIXES_MAX)
		return text_error_at(draft->error, draft->file, entry, "has more than %d prefixes",
				     CONTRACT_PREFIXES_MAX);
	if (address_prefix_from_text(word, &contract->prefixes[contract->prefix_count]) < 0)
		return text_error_at(draft->error, draft->file, entry,
				     "'%s' is not a prefix such as 192.168.1.0/24 (no bits may be "
				     "set beyond it)",
				     word);
	contract->prefix_count++;
	return 0;
}

/** "PREFIX PREFIX ...", separated by blanks. */
static int parse_prefixes(struct contract_draft *draft, const struct text_entry *entry)
{
	char words[TEXT_LINE_MAX];
	char *word = words;
	int r = 0;

	draft->prefixes_line = entry->line;
	memcpy(words, entry->value, sizeof(words));
	while (word && r == 0) {
		char *blank = strchr(word, ' ');

		if (blank)
			*blank = '\0';
		if (*word != '\0')
			r = parse_prefix(draft, entry, word);
		word = blank ? blank + 1 : NULL;
	}
	return r;
}

static int parse_contract_key(struct contract_draft *draft, const struct text_entry *entry)
{
	struct contract *contract = draft->contract;

	if (entry->key[0] == '\0') {
		draft->line = entry->line;
		if (entry->name[0] != '\0')
			return text_error_at(draft->error, draft->file, entry, "has no name");
		return 0;
	}
	for (size_t number = 0; number < NUMBERS; number++)
		if (strcmp(entry->key, contract_numbers[number].key) == 0) {
			draft->number_lines[number] = entry->line;
			return text_value_int(draft->file, entry, contract_numbers[number].min,
					      contract_numbers[number].max, &draft->numbers[number],
					      draft->error);
		}
	if (strcmp(entry->key, "layer") == 0)
		return parse_layer(draft, entry);
	if (strcmp(entry->key, "prefixes") == 0)
		return parse_prefixes(draft, entry);
	if (strcmp(entry->key, "name") == 0) {
		draft->name_line = entry->line;
		return text_value_string(draft->file, entry, contract->name, sizeof(contract->name),
					 draft->error);
	}
	if (strcmp(entry->key, "authority_required") == 0) {
		draft->authority_line = entry->line;
		return text_value_bool(draft->file, entry, &contract->authority_required,
				       draft->error);
	}
	if (strcmp(entry->key, "previous_head") == 0)
		return text_value_hex(draft->file, entry, contract->previous_head.bytes,
				      sizeof(contract->previous_head.bytes), draft->error);
	return text_error_at(draft->error, draft->file, entry, "unknown key");
}

static int start_member(struct contract_draft *draft, const struct text_entry *entry)
{
	struct draft_member *added;
	size_t size = strlen(entry->name);

	if (draft->member_count == LEDGER_MEMBERS_MAX)
		return text_error_at(draft->error, draft->file, entry, "more than %d members",
				     LEDGER_MEMBERS_MAX);
	if (size == 0 || size >= LEDGER_NAME_MAX)
		return text_error_at(draft->error, draft->file, entry,
				     "needs a name of 1..%d characters", LEDGER_NAME_MAX - 1);
	for (size_t index = 0; index < size; index++) {
		char byte = entry->name[index];

		if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		      (byte >= '0' && byte <= '9') || byte == '-' || byte == '_'))
			return text_error_at(draft->error, draft->file, entry,
					     "a name has letters, digits, '-' and '_'");
	}
	added = &draft->members[draft->member_count++];
	added->line = entry->line;
	memcpy(added->member.name, entry->name, size + 1);
	return 0;
}

static int parse_role(struct contract_draft *draft, const struct text_entry *entry,
		      struct member *member)
{
	for (unsigned int role = ROLE_APPLIANCE; role <= ROLE_MDMS; role++)
		if (strcmp(entry->value, role_text((enum role)role)) == 0) {
			member->role = (enum role)role;
			return 0;
		}
	return text_error_at(draft->error, draft->file, entry,
			     "must be 'appliance', 'meter', 'dcu' or 'mdms'");
}

static int parse_sign_key(struct contract_draft *draft, const struct text_entry *entry,
			  struct member *member)
{
	const char *colon = strchr(entry->value, ':');
	size_t size = colon ? (size_t)(colon - entry->value) : 0;
	struct public_key key = {0};

	if (size == strlen("ed25519") && strncmp(entry->value, "ed25519", size) == 0)
		key.algorithm = KEY_ED25519;
	else if (size == strlen("p256") && strncmp(entry->value, "p256", size) == 0)
		key.algorithm = KEY_P256;
	else
		return text_error_at(draft->error, draft->file, entry,
				     "must be 'ed25519:' or 'p256:' and the key");
	if (bytes_from_hex(colon + 1, key.bytes, contract_key_size(key.algorithm)) < 0)
		return text_error_at(draft->error, draft->file, entry,
				     "after '%.*s:' must stand %zu hexadecimal digits", (int)size,
				     entry->value, 2 * contract_key_size(key.algorithm));
	member->sign_key = key;
	member->id = keys_device_id(&key);
	return 0;
}

/** Only its outermost length is looked at here: enough to find what was not copied whole. */
static int parse_dtls_key(struct contract_draft *draft, const struct text_entry *entry,
			  struct member *member)
{
	size_t size = strlen(entry->value) / 2;

	if (size < 2 || size > LEDGER_SPKI_MAX ||
	    bytes_from_hex(entry->value, member->spki, size) < 0 || member->spki[0] != 0x30 ||
	    member->spki[1] != size - 2)
		return text_error_at(draft->error, draft->file, entry,
				     "must be a SubjectPublicKeyInfo in hexadecimal digits");
	member->spki_size = size;
	return 0;
}

static int parse_member_key(struct contract_draft *draft, const struct text_entry *entry)
{
	struct draft_member *present;
	size_t key = 0;

	if (entry->key[0] == '\0')
		return start_member(draft, entry);
	while (key < MEMBER_KEYS && strcmp(entry->key, contract_member_keys[key]) != 0)
		key++;
	assert(draft->member_count > 0);
	present = &draft->members[draft->member_count - 1];
	if (key < MEMBER_KEYS)
		present->lines[key] = entry->line;
	switch ((enum member_key)key) {
	case MEMBER_ROLE:
		return parse_role(draft, entry, &present->member);
	case MEMBER_SIGN_KEY:
		return parse_sign_key(draft, entry, &present->member);
	case MEMBER_DTLS_KEY:
		return parse_dtls_key(draft, entry, &present->member);
	case MEMBER_ADDRESS:
		if (address_from_text(entry->value, &present->member.address) == 0)
			return 0;
		return text_error_at(draft->error, draft->file, entry,
				     "must be an address such as 192.168.1.10");
	case MEMBER_KEYS:
		break;
	}
	return text_error_at(draft->error, draft->file, entry, "unknown key");
}

static int on_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	struct contract_draft *draft = context;

	if (strcmp(entry->section, "contract") == 0)
		return parse_contract_key(draft, entry);
	if (strcmp(entry->section, "member") == 0)
		return parse_member_key(draft, entry);
	return text_error_at(error, draft->file, entry, "unknown section");
}

int contract_parse(const char *file, struct bytes text, struct contract **ret_contract,
		   struct text_error *error)
{
	_cleanup_(contract_freep) struct contract *contract = calloc(1, sizeof(*contract));
	_cleanup_(freep) struct contract_draft *draft = calloc(1, sizeof(*draft));
	int r;

	if (!contract || !draft) {
		(void)snprintf(error->message, sizeof(error->message), "%s: out of memory", file);
		return -ENOMEM;
	}
	draft->file = file;
	draft->error = error;
	draft->contract = contract;
	for (size_t number = 0; number < NUMBERS; number++)
		draft->numbers[number] = contract_numbers[number].standard;
	r = text_parse(file, text, on_entry, draft, error);
	if (r == 0)
		r = contract_draft_finish(draft);
	if (r < 0)
		return r;
	contract_set_chain(contract);
	*ret_contract = TAKE(contract);
	return 0;
}
