/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Contracts, keys and blocks for tests; records and whole ledgers are in ledger_records.c. */
#include "ledger_fixture.h"

#include <assert.h>
#include <stdio.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ed25519.h>

enum { US_PER_S = 1000 * 1000, KEY_SIZE = 32 };

/* Keys */

/** 32 bytes that follow from a purpose and a number. */
static struct hash derive(const char *purpose, unsigned int number)
{
	const uint8_t two[] = {(uint8_t)(number >> 8), (uint8_t)number};
	const struct bytes parts[] = {
		BYTES((const uint8_t *)purpose, strlen(purpose)),
		BYTES(two, sizeof(two)),
	};
	struct hash hash;

	hash_parts(parts, 2, &hash);
	return hash;
}

static void ed25519_open(unsigned int number, ed25519_key *ret_key, uint8_t *ret_public)
{
	struct hash seed = derive("ed25519", number);
	int r = wc_ed25519_init(ret_key);

	assert(r == 0);
	r = wc_ed25519_import_private_only(seed.bytes, KEY_SIZE, ret_key);
	assert(r == 0);
	r = wc_ed25519_make_public(ret_key, ret_public, KEY_SIZE);
	assert(r == 0);
	r = wc_ed25519_import_public_ex(ret_public, KEY_SIZE, ret_key, 1);
	assert(r == 0);
	(void)r;
}

struct public_key fixture_public_key(enum fixture_keys keys, unsigned int number)
{
	struct public_key public_key = {.algorithm = KEY_ED25519};
	ed25519_key key;

	if (keys == FIXTURE_CHEAP) {
		struct hash bytes = derive("cheap", number);

		memcpy(public_key.bytes, bytes.bytes, KEY_SIZE);
		return public_key;
	}
	ed25519_open(number, &key, public_key.bytes);
	wc_ed25519_free(&key);
	return public_key;
}

static void cheap_signature(const struct public_key *key, const struct hash *hash,
			    struct signature *ret_signature)
{
	const struct bytes parts[] = {BYTES(key->bytes, KEY_SIZE), BYTES_OF(*hash)};
	const struct bytes swapped[] = {parts[1], parts[0]};
	struct hash halves[2];

	hash_parts(parts, 2, &halves[0]);
	hash_parts(swapped, 2, &halves[1]);
	memcpy(ret_signature->bytes, halves, sizeof(ret_signature->bytes));
}

static bool cheap_verify(void *context, const struct public_key *key, const struct hash *hash,
			 const struct signature *signature)
{
	struct signature expected;

	(void)context;
	cheap_signature(key, hash, &expected);
	return bytes_equal(BYTES_OF(expected), BYTES_OF(*signature));
}

static int member_sign(void *context, const struct hash *hash, struct signature *ret_signature)
{
	const struct fixture_member *member = context;
	uint8_t public_bytes[KEY_SIZE];
	word32 size = sizeof(ret_signature->bytes);
	ed25519_key key;
	int r;

	if (member->keys == FIXTURE_CHEAP) {
		cheap_signature(&member->key, hash, ret_signature);
		return 0;
	}
	ed25519_open(member->number, &key, public_bytes);
	r = wc_ed25519_sign_msg(hash->bytes, sizeof(hash->bytes), ret_signature->bytes, &size,
				&key);
	wc_ed25519_free(&key);
	assert(r == 0 && size == sizeof(ret_signature->bytes));
	return r;
}

struct signer fixture_signer(struct fixture *fixture, unsigned int member)
{
	return (struct signer){.sign = member_sign, .context = &fixture->members[member]};
}

void fixture_sign(const struct fixture *fixture, unsigned int member, const struct hash *hash,
		  struct signature *ret_signature)
{
	struct fixture_member signing = fixture->members[member];
	int r = member_sign(&signing, hash, ret_signature);

	assert(r == 0);
	(void)r;
}

/* Contracts */

static void print_member(FILE *file, bool is_lan, unsigned int number, enum fixture_keys keys)
{
	struct public_key key = fixture_public_key(keys, number);
	struct hash halves[3] = {derive("spki", number), derive("spki", number + 1000),
				 derive("spki", number + 2000)};
	uint8_t spki[FIXTURE_SPKI_SIZE];
	char hex[2 * FIXTURE_SPKI_SIZE + 1];

	if (number == 0)
		(void)fprintf(file, "[member %s]\nrole = %s\n", is_lan ? "meter" : "dcu",
			      is_lan ? "meter" : "dcu");
	else
		(void)fprintf(file, "[member %s-%u]\nrole = %s\n", is_lan ? "appliance" : "meter",
			      number, is_lan ? "appliance" : "meter");
	(void)fprintf(file, "address = 10.77.%u.%u\n", number / 200, number % 200 + 10);
	bytes_to_hex(BYTES(key.bytes, KEY_SIZE), hex, sizeof(hex));
	(void)fprintf(file, "sign_key = ed25519:%s\n", hex);
	memcpy(spki, halves, sizeof(spki));
	spki[0] = 0x30;
	spki[1] = FIXTURE_SPKI_SIZE - 2;
	bytes_to_hex(BYTES(spki, sizeof(spki)), hex, sizeof(hex));
	(void)fprintf(file, "dtls_key = %s\n\n", hex);
}

char *fixture_contract_text(const char *layer, size_t count, enum fixture_keys keys,
			    const char *contract_lines)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert(file);
	(void)fprintf(file,
		      "[contract]\nversion = 1\nlayer = %s\nname = Test\nprefixes = 10.77.0.0/16\n"
		      "%s\n\n",
		      layer, contract_lines);
	for (unsigned int number = 0; number < count; number++)
		print_member(file, strcmp(layer, "lan") == 0, number, keys);
	(void)fclose(file);
	return text;
}

void fixture_init_with(struct fixture *fixture, const char *layer, size_t count,
		       enum fixture_keys keys, const char *contract_lines)
{
	_cleanup_(freep) char *text = fixture_contract_text(layer, count, keys, contract_lines);
	struct text_error error = {{0}};
	int r;

	memset(fixture, 0, sizeof(*fixture));
	r = contract_parse("fixture", BYTES((const uint8_t *)text, strlen(text)),
			   &fixture->contract, &error);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", error.message);
	assert(r == 0);
	fixture->verifier =
		keys == FIXTURE_CHEAP ? (struct verifier){.verify = cheap_verify} : keys_verifier();
	for (unsigned int number = 0; number < count; number++) {
		struct public_key key = fixture_public_key(keys, number);
		struct device_id id = keys_device_id(&key);
		int index = contract_find_device(fixture->contract, &id);

		assert(index >= 0);
		fixture->members[index] = (struct fixture_member){keys, number, key};
	}
}

void fixture_init(struct fixture *fixture, const char *layer, size_t count, enum fixture_keys keys)
{
	fixture_init_with(fixture, layer, count, keys, "");
}

void fixture_finish(struct fixture *fixture)
{
	contract_free(TAKE(fixture->contract));
}

unsigned int fixture_index(const struct fixture *fixture, unsigned int number)
{
	unsigned int index = 0;

	while (fixture->members[index].number != number)
		index++;
	assert(index < fixture->contract->member_count);
	return index;
}

struct ledger_state *fixture_state_new(const struct fixture *fixture)
{
	struct ledger_state *state = calloc(1, state_size(fixture->contract));

	assert(state);
	state_init(state, fixture->contract);
	return state;
}

/* Objects */

void fixture_resign(const struct fixture *fixture, struct transaction *transaction)
{
	int member = contract_find_device(fixture->contract, &transaction->device);

	transaction_set_hash(&fixture->contract->chain, transaction);
	if (member >= 0)
		fixture_sign(fixture, (unsigned int)member, &transaction->hash,
			     &transaction->signature);
}

struct transaction fixture_reading(const struct fixture *fixture, const struct ledger_state *state,
				   unsigned int member, unsigned int intervals, int64_t import_mwh)
{
	const struct member_state *before = &state->members[member];
	int64_t interval_us = fixture->contract->interval_us;
	int64_t end_us = (int64_t)FIXTURE_TIME_S * US_PER_S + (int64_t)intervals * interval_us;
	struct transaction transaction = {
		.type = TRANSACTION_READING,
		.device = fixture->contract->members[member].id,
		.incarnation = before->incarnation,
		.sequence = before->sequence + 1,
		.previous = before->previous,
		.time_us = end_us,
		.reading = {.start_us = before->has_reading ? before->end_us : end_us - interval_us,
			    .end_us = end_us,
			    .import_mwh = import_mwh,
			    .observed_us = interval_us},
	};

	fixture_resign(fixture, &transaction);
	return transaction;
}

static int compare_verdicts(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash));
}

struct verdict_batch fixture_batch(const struct fixture *fixture, unsigned int judge,
				   const struct transaction *transactions, size_t count,
				   const enum verdict_reason *reasons)
{
	struct verdict_batch batch = {
		.judge = fixture->contract->members[judge].id,
		.count = count,
		.verdicts = calloc(count > 0 ? count : 1, sizeof(batch.verdicts[0])),
	};

	assert(batch.verdicts);
	for (size_t index = 0; index < count; index++)
		batch.verdicts[index] = (struct verdict){
			transactions[index].hash,
			reasons ? reasons[index] : VERDICT_YES,
		};
	qsort(batch.verdicts, count, sizeof(batch.verdicts[0]), compare_verdicts);
	verdict_batch_set_hash(&fixture->contract->chain, &batch);
	fixture_sign(fixture, judge, &batch.hash, &batch.signature);
	return batch;
}

struct vote fixture_vote(const struct fixture *fixture, unsigned int member, enum vote_kind kind,
			 uint64_t slot, const struct hash *block)
{
	struct vote vote = {.kind = kind, .slot = slot, .member = (uint16_t)member};
	struct hash hash;

	if (kind != VOTE_SKIP)
		vote.block = *block;
	vote_hash(&fixture->contract->chain, &vote, &hash);
	fixture_sign(fixture, member, &hash, &vote.signature);
	return vote;
}

void fixture_certificate(const struct fixture *fixture, enum vote_kind kind, uint64_t slot,
			 const struct hash *block, const bool *signers,
			 struct certificate *ret_certificate)
{
	*ret_certificate = (struct certificate){.kind = kind, .slot = slot};
	if (kind != VOTE_SKIP)
		ret_certificate->block = *block;
	for (unsigned int member = 0; member < fixture->contract->member_count; member++) {
		struct vote vote;

		if (signers && !signers[member])
			continue;
		vote = fixture_vote(fixture, member, kind, slot, block);
		ret_certificate->entries[ret_certificate->count++] = (struct certificate_entry){
			.member = (uint16_t)member,
			.signature = vote.signature,
		};
	}
}
