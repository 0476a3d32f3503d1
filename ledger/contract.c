/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The contract's canonical encoding, and what is asked of it; its file is read by contract_text.c.
 * The chain id is the SHA-256 of
 *
 *   [version, layer, name, previous head, is authority required, accept_percent, interval_us,
 *    skew_us, power_mw_max, window, rate, block_transactions, collect_ms, verdict_ms, timeout_ms,
 *    timeout_max_ms, standstill_ms, [[ip, bits] ...], members]
 *   members  [[id, role, name, algorithm, sign key, dtls key, ip] ...] in ascending order of id
 */
#include "contract.h"

#include <assert.h>
#include <errno.h>

#include "codec.h"
#include "contract_parts.h"
#include "hash.h"

enum { ITEM_SIZE_MAX = 1024 };

size_t contract_key_size(enum key_algorithm algorithm)
{
	return algorithm == KEY_ED25519 ? 32 : 64;
}

/** Adds what the writer holds to the hash and empties it. */
static void flush(struct hasher *hasher, struct cbor_writer *writer)
{
	assert(writer->error == 0);
	hasher_add(hasher, BYTES(writer->data, writer->size));
	cbor_write_init(writer, writer->data, writer->capacity);
}

static void write_name(struct cbor_writer *writer, const char *name)
{
	cbor_write_bytes(writer, BYTES((const uint8_t *)name, strlen(name)));
}

static void write_member(struct cbor_writer *writer, const struct member *member)
{
	const struct public_key *key = &member->sign_key;

	cbor_write_array(writer, 7);
	cbor_write_bytes(writer, BYTES_OF(member->id));
	cbor_write_uint(writer, (uint64_t)member->role);
	write_name(writer, member->name);
	cbor_write_uint(writer, (uint64_t)key->algorithm);
	cbor_write_bytes(writer, BYTES(key->bytes, contract_key_size(key->algorithm)));
	cbor_write_bytes(writer, BYTES(member->spki, member->spki_size));
	cbor_write_bytes(writer, BYTES_OF(member->address.ip));
}

static void add_members(struct hasher *hasher, struct cbor_writer *writer,
			const struct contract *contract)
{
	cbor_write_array(writer, contract->member_count);
	flush(hasher, writer);
	for (size_t index = 0; index < contract->member_count; index++) {
		write_member(writer, &contract->members[index]);
		flush(hasher, writer);
	}
}

static void write_rules(struct cbor_writer *writer, const struct contract *contract)
{
	cbor_write_uint(writer, CONTRACT_VERSION);
	cbor_write_uint(writer, (uint64_t)contract->layer);
	write_name(writer, contract->name);
	cbor_write_bytes(writer, BYTES_OF(contract->previous_head));
	cbor_write_bool(writer, contract->authority_required);
	cbor_write_uint(writer, contract->accept_percent);
	cbor_write_int(writer, contract->interval_us);
	cbor_write_int(writer, contract->skew_us);
	cbor_write_int(writer, contract->power_mw_max);
	cbor_write_uint(writer, contract->window);
	cbor_write_uint(writer, contract->rate);
	cbor_write_uint(writer, contract->block_transactions);
	cbor_write_uint(writer, contract->collect_ms);
	cbor_write_uint(writer, contract->verdict_ms);
	cbor_write_uint(writer, contract->timeout_ms);
	cbor_write_uint(writer, contract->timeout_max_ms);
	cbor_write_uint(writer, contract->standstill_ms);
}

void contract_set_chain(struct contract *contract)
{
	uint8_t data[ITEM_SIZE_MAX];
	struct cbor_writer writer;
	struct hasher hasher;

	hasher_init(&hasher);
	cbor_write_init(&writer, data, sizeof(data));
	cbor_write_array(&writer, 19);
	write_rules(&writer, contract);
	cbor_write_array(&writer, contract->prefix_count);
	for (size_t index = 0; index < contract->prefix_count; index++) {
		cbor_write_array(&writer, 2);
		cbor_write_bytes(&writer, BYTES_OF(contract->prefixes[index].ip));
		cbor_write_uint(&writer, contract->prefixes[index].bits);
	}
	add_members(&hasher, &writer, contract);
	hasher_finish(&hasher, &contract->chain);
}

void contract_members_hash(const struct contract *contract, struct hash *ret_hash)
{
	uint8_t data[ITEM_SIZE_MAX];
	struct cbor_writer writer;
	struct hasher hasher;

	hasher_init(&hasher);
	cbor_write_init(&writer, data, sizeof(data));
	add_members(&hasher, &writer, contract);
	hasher_finish(&hasher, ret_hash);
}

void contract_free(struct contract *contract)
{
	if (!contract)
		return;
	free(contract->members);
	free(contract);
}

int contract_find_device(const struct contract *contract, const struct device_id *id)
{
	size_t low = 0;
	size_t high = contract->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = bytes_compare(BYTES_OF(contract->members[middle].id), BYTES_OF(*id));

		if (order == 0)
			return (int)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

int contract_find_spki(const struct contract *contract, struct bytes spki)
{
	for (size_t index = 0; index < contract->member_count; index++) {
		const struct member *member = &contract->members[index];

		if (bytes_equal(BYTES(member->spki, member->spki_size), spki))
			return (int)index;
	}
	return -ENOENT;
}

int contract_find_name(const struct contract *contract, const char *name)
{
	for (size_t index = 0; index < contract->member_count; index++)
		if (strcmp(contract->members[index].name, name) == 0)
			return (int)index;
	return -ENOENT;
}

unsigned int contract_accept(const struct contract *contract, size_t awake)
{
	return contract->accept_percent * (unsigned int)awake / 100 + 1;
}

bool contract_is_quorum(const struct contract *contract, const struct certificate *certificate)
{
	bool has_authority = false;

	for (size_t index = 0; index < certificate->count; index++) {
		const struct certificate_entry *entry = &certificate->entries[index];

		if (entry->member >= contract->member_count)
			return false;
		if (index > 0 && entry[-1].member >= entry->member)
			return false;
		if (entry->member == contract->authority)
			has_authority = true;
	}
	if (contract->authority_required && !has_authority)
		return false;
	return certificate->count >= contract_accept(contract, contract->member_count);
}

const char *layer_text(enum layer layer)
{
	switch (layer) {
	case LAYER_LAN:
		return "lan";
	case LAYER_HAN:
		return "han";
	case LAYER_NAN:
		return "nan";
	case LAYER_WAN:
		return "wan";
	}
	return "unknown";
}

const char *role_text(enum role role)
{
	switch (role) {
	case ROLE_APPLIANCE:
		return "appliance";
	case ROLE_METER:
		return "meter";
	case ROLE_DCU:
		return "dcu";
	case ROLE_MDMS:
		return "mdms";
	}
	return "unknown";
}

const char *verdict_reason_text(enum verdict_reason reason)
{
	switch (reason) {
	case VERDICT_YES:
		return "accepted";
	case VERDICT_KEY:
		return "not signed with the member's key";
	case VERDICT_ADDRESS:
		return "came from another address";
	case VERDICT_REGISTER:
		return "the register ran back";
	case VERDICT_RATE:
		return "more than the connection can carry";
	case VERDICT_FUTURE:
		return "from the future";
	case VERDICT_INTERVAL:
		return "not a whole interval after the last";
	case VERDICT_REASONS:
		break;
	}
	return "unknown";
}
