/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Verbs that need no daemon: key pairs for a new node, and a look at a contract before it is used.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "file.h"
#include "ledger/contract.h"
#include "ledger/keys.h"
#include "smi.h"
#include "smi_show.h"

DEFINE_CLEANUP(struct keys *, keys_free);

static void print_contract_json(const struct contract *contract, const char *chain)
{
	json_t *members = json_array();

	for (size_t index = 0; index < contract->member_count; index++)
		(void)json_array_append_new(
			members, json_pack("{ss ss}", "name", contract->members[index].name, "role",
					   role_text(contract->members[index].role)));
	smi_show_json(stdout,
		      json_pack("{sb ss ss ss si sI so}", "good", 1, "layer",
				layer_text(contract->layer), "name", contract->name, "chain", chain,
				"accept", (int)contract_accept(contract, contract->member_count),
				"interval_us", (json_int_t)contract->interval_us, "members",
				members));
}

enum smi_exit smi_contract_check(const struct smi_options *options)
{
	_cleanup_(contract_freep) struct contract *contract = NULL;
	_cleanup_(freep) char *text = NULL;
	struct text_error error = {.message = "out of memory"};
	char chain[2 * sizeof(struct hash) + 1];
	size_t size;
	int r = file_read(options->argument, TEXT_SIZE_MAX, &text, &size);

	if (r < 0)
		return smi_fail("cannot read '%s': %s", options->argument, strerror(-r));
	r = contract_parse(options->argument, BYTES((const uint8_t *)text, size), &contract,
			   &error);
	if (r < 0 && options->is_json)
		smi_show_json(stdout, json_pack("{sb ss}", "good", 0, "text", error.message));
	if (r < 0)
		return smi_fail("%s", error.message);
	bytes_to_hex(BYTES_OF(contract->chain), chain, sizeof(chain));
	if (options->is_json)
		print_contract_json(contract, chain);
	else
		(void)printf("%s: good: %s '%s', %zu members, %u yes store a reading, "
			     "readings every %" PRId64 " s\nchain %s\n",
			     options->argument, layer_text(contract->layer), contract->name,
			     contract->member_count,
			     contract_accept(contract, contract->member_count),
			     contract->interval_us / (1000 * 1000), chain);
	return SMI_GOOD;
}

enum smi_exit smi_keys_make(const struct smi_options *options)
{
	_cleanup_(keys_freep) struct keys *keys = NULL;
	const struct public_key *key;
	struct device_id id;
	char id_text[2 * sizeof(id.bytes) + 1];
	char sign_key[sizeof("ed25519:") + 2 * sizeof(key->bytes)];
	char dtls_key[2 * LEDGER_SPKI_MAX + 1];
	size_t prefix;
	int r = keys_make(options->argument);

	if (r >= 0)
		r = keys_load(options->argument, &keys);
	if (r == -EPERM)
		return smi_fail("the keys in '%s' can be read by others: chmod 600 them, "
				"or better make new ones",
				options->argument);
	if (r < 0)
		return smi_fail("no keys in '%s': %s", options->argument, strerror(-r));
	key = keys_sign_key(keys);
	id = keys_device_id(key);
	bytes_to_hex(BYTES_OF(id), id_text, sizeof(id_text));
	prefix = (size_t)snprintf(sign_key, sizeof(sign_key),
				  "%s:", key->algorithm == KEY_ED25519 ? "ed25519" : "p256");
	bytes_to_hex(BYTES(key->bytes, key->algorithm == KEY_ED25519 ? 32 : 64), sign_key + prefix,
		     sizeof(sign_key) - prefix);
	bytes_to_hex(keys_spki(keys), dtls_key, sizeof(dtls_key));
	if (options->is_json)
		smi_show_json(stdout, json_pack("{ss ss ss}", "id", id_text, "sign_key", sign_key,
						"dtls_key", dtls_key));
	else
		/* As a [member] section takes it: the id follows from the key. */
		(void)printf("# id %s\nsign_key = %s\ndtls_key = %s\n", id_text, sign_key,
			     dtls_key);
	return SMI_GOOD;
}
