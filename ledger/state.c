/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Counts verdicts and applies blocks; the state's encoding is in state_codec.c. */
#include "state.h"

#include <assert.h>
#include <errno.h>

#include "codec.h"
#include "places.h"

enum {
	LEAF_SIZE_MAX = 512,
	/** state_encoded_size() of a contract with all members that there may be. */
	STATE_ENCODED_MAX = 48 * 1024,
};

/** What each judge said of each transaction: 0 nothing, else 1 + reason. */
struct sayings {
	uint8_t said[LEDGER_BLOCK_TRANSACTIONS_MAX][LEDGER_MEMBERS_MAX];
};

const char *state_error_text(enum state_error error)
{
	switch (error) {
	case STATE_OK:
		return "good";
	case STATE_HEIGHT:
		return "the block does not follow its parent";
	case STATE_DEVICE:
		return "a device that is not a member";
	case STATE_SEQUENCE:
		return "a device's chain of transactions does not continue";
	case STATE_VERDICTS:
		return "the verdicts do not decide a reading";
	case STATE_ROOT:
		return "the header does not name its content";
	case STATE_FULL:
		return "the log is full";
	}
	return "unknown";
}

size_t state_size(const struct contract *contract)
{
	return sizeof(struct ledger_state) + contract->member_count * sizeof(struct member_state);
}

static size_t size_of(const struct ledger_state *state)
{
	return sizeof(*state) + state->member_count * sizeof(state->members[0]);
}

void state_init(struct ledger_state *state, const struct contract *contract)
{
	memset(state, 0, state_size(contract));
	state->head = contract->chain;
	state->member_count = contract->member_count;
}

void state_copy(struct ledger_state *state, const struct ledger_state *from)
{
	memcpy(state, from, size_of(from));
}

/* Verdicts */

/** Notes one batch; its judge's first word on a transaction counts. */
static enum state_error hear_batch(struct sayings *sayings, const struct contract *contract,
				   const struct places *places, const struct verdict_batch *batch)
{
	int judge = contract_find_device(contract, &batch->judge);

	if (judge < 0)
		return STATE_DEVICE;
	for (size_t index = 0; index < batch->count; index++) {
		const struct verdict *verdict = &batch->verdicts[index];
		int place = places_find(places, &verdict->transaction);
		uint8_t word = (uint8_t)(1 + verdict->reason);
		uint8_t *said;

		if (place < 0)
			continue;
		said = &sayings->said[place][judge];
		if (*said == 0)
			*said = word;
	}
	return STATE_OK;
}

static struct decision decide(const struct contract *contract, const uint8_t *said)
{
	unsigned int reasons[VERDICT_REASONS] = {0};
	unsigned int count = (unsigned int)contract->member_count;
	unsigned int accept = contract_accept(contract, contract->member_count);
	struct decision decision = {0};

	for (size_t judge = 0; judge < contract->member_count; judge++)
		if (said[judge] == 1 + VERDICT_YES)
			decision.yes++;
		else if (said[judge] != 0) {
			decision.no++;
			reasons[said[judge] - 1]++;
		}
	decision.is_accepted = decision.yes >= accept;
	decision.is_decided = decision.is_accepted || decision.no >= count - accept + 1;
	if (!decision.is_decided || decision.is_accepted)
		return decision;
	for (unsigned int reason = 1; reason < VERDICT_REASONS; reason++)
		if (reasons[reason] > reasons[decision.reason])
			decision.reason = (enum verdict_reason)reason;
	return decision;
}

static enum state_error decide_all(const struct contract *contract, const struct block *block,
				   struct decision *decisions)
{
	struct sayings sayings = {0};
	struct places places;
	bool all_decided = true;

	if (block->header.count > LEDGER_BLOCK_TRANSACTIONS_MAX)
		return STATE_ROOT;
	if (places_init(&places, block->transactions, (size_t)block->header.count) < 0)
		return STATE_SEQUENCE;
	for (size_t index = 0; index < block->batch_count; index++) {
		enum state_error error =
			hear_batch(&sayings, contract, &places, &block->batches[index]);

		if (error != STATE_OK)
			return error;
	}
	for (size_t index = 0; index < block->header.count; index++) {
		decisions[index] = decide(contract, sayings.said[index]);
		if (!decisions[index].is_decided)
			all_decided = false;
	}
	return all_decided ? STATE_OK : STATE_VERDICTS;
}

/* Blocks */

static enum state_error check_follows(const struct ledger_state *state,
				      const struct contract *contract,
				      const struct block_header *header)
{
	if (!hash_equal(&header->chain, &contract->chain) ||
	    !hash_equal(&header->parent, &state->head) || header->height != state->height + 1 ||
	    header->epoch != state->epoch || header->parent_slot != state->slot ||
	    header->slot <= state->slot || header->time_us < state->time_us)
		return STATE_HEIGHT;
	if (contract_find_device(contract, &header->proposer) < 0)
		return STATE_DEVICE;
	return STATE_OK;
}

static bool runs_back(const struct member_state *member, const struct reading_body *reading)
{
	return member->has_reading &&
	       (reading->import_mwh < member->import_mwh ||
		reading->export_mwh < member->export_mwh || reading->end_us <= member->end_us);
}

/** Advances the device's own chain, and its registers if the reading is accepted. */
static enum state_error apply_transaction(struct ledger_state *state,
					  const struct contract *contract,
					  const struct transaction *transaction,
					  struct decision *decision)
{
	const struct reading_body *reading = &transaction->reading;
	int index = contract_find_device(contract, &transaction->device);
	struct member_state *member;

	if (index < 0)
		return STATE_DEVICE;
	member = &state->members[index];
	if (transaction->incarnation != member->incarnation ||
	    transaction->sequence != member->sequence + 1 ||
	    !hash_equal(&transaction->previous, &member->previous))
		return STATE_SEQUENCE;
	if (decision->is_accepted && runs_back(member, reading)) {
		decision->is_accepted = false;
		decision->reason = VERDICT_REGISTER;
	}
	member->sequence = transaction->sequence;
	member->previous = transaction->hash;
	state->verdicts += decision->yes + decision->no;
	if (!decision->is_accepted) {
		member->rejected++;
		return STATE_OK;
	}
	member->accepted++;
	member->has_reading = true;
	member->import_mwh = reading->import_mwh;
	member->export_mwh = reading->export_mwh;
	member->end_us = reading->end_us;
	return STATE_OK;
}

/** The log's leaf: encoded [transaction, signature], then the reason as one byte, 0 if accepted. */
static void leaf_hash(const struct transaction *transaction, const struct decision *decision,
		      struct hash *ret_hash)
{
	uint8_t data[LEAF_SIZE_MAX];
	struct cbor_writer writer;

	cbor_write_init(&writer, data, sizeof(data) - 1);
	transaction_write(&writer, transaction);
	assert(writer.error == 0);
	data[writer.size] = (uint8_t)decision->reason;
	merkle_leaf_hash(BYTES(data, writer.size + 1), ret_hash);
}

static void state_hash(const struct ledger_state *state, struct hash *ret_hash)
{
	uint8_t data[STATE_ENCODED_MAX];
	size_t size = 0;
	int r = state_encode(state, data, sizeof(data), &size);
	const struct bytes encoded = BYTES(data, size);

	assert(r == 0);
	(void)r;
	hash_parts(&encoded, 1, ret_hash);
}

enum state_error state_apply(struct ledger_state *state, const struct contract *contract,
			     const struct block *block, struct decision *decisions,
			     struct block_header *ret_header)
{
	const struct block_header *header = &block->header;
	struct merkle own = {0};
	enum state_error error = check_follows(state, contract, header);

	if (error == STATE_OK)
		error = decide_all(contract, block, decisions);
	if (error != STATE_OK)
		return error;
	for (size_t index = 0; index < header->count; index++) {
		struct hash leaf;

		error = apply_transaction(state, contract, &block->transactions[index],
					  &decisions[index]);
		if (error != STATE_OK)
			return error;
		leaf_hash(&block->transactions[index], &decisions[index], &leaf);
		if (merkle_append(&own, &leaf) < 0 || merkle_append(&state->log, &leaf) < 0)
			return STATE_FULL;
	}
	state->height = header->height;
	state->slot = header->slot;
	state->time_us = header->time_us;
	*ret_header = *header;
	merkle_root(&own, &ret_header->transaction_root);
	block_verdict_hash(block, &ret_header->verdict_hash);
	ret_header->log_size = state->log.size;
	merkle_root(&state->log, &ret_header->log_root);
	state_hash(state, &ret_header->state_root);
	contract_members_hash(contract, &ret_header->next_members);
	return STATE_OK;
}

enum state_error state_apply_checked(struct ledger_state *state, const struct contract *contract,
				     const struct block *block, struct decision *decisions)
{
	const struct block_header *header = &block->header;
	struct block_header expected;
	enum state_error error = state_apply(state, contract, block, decisions, &expected);

	if (error != STATE_OK)
		return error;
	if (!hash_equal(&header->transaction_root, &expected.transaction_root) ||
	    !hash_equal(&header->verdict_hash, &expected.verdict_hash) ||
	    header->log_size != expected.log_size ||
	    !hash_equal(&header->log_root, &expected.log_root) ||
	    !hash_equal(&header->state_root, &expected.state_root) ||
	    !hash_equal(&header->next_members, &expected.next_members))
		return STATE_ROOT;
	state->head = block->hash;
	return STATE_OK;
}
