/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads a ledger from its first block; trusts nothing but the contract. */
#include "verify.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "certificate.h"
#include "codec.h"
#include "state.h"

enum {
	/* Who reads along must not have to take more blocks than this on trust. */
	VERIFY_UNCERTIFIED_MAX = 64,
	VERIFY_SLICE_BLOCKS = 64,
	HEIGHT_KEY_SIZE = 8,
};

struct verification {
	const struct contract *contract;
	struct verifier verifier;
	ledger_read_record read;
	void *read_context;
	verify_reading_callback on_reading;
	void *context;
	struct ledger_state *state; /* After report.blocks. */
	uint64_t certified_height;
	bool is_done;
	struct verify_report report;
};

_printf_(3, 4) static void bad(struct verification *verification, uint64_t height,
			       const char *format, ...)
{
	struct verify_report *report = &verification->report;
	int size = snprintf(report->text, sizeof(report->text), "block %" PRIu64 ": ", height);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(report->text + size, sizeof(report->text) - (size_t)size, format,
			arguments);
	va_end(arguments);
	report->is_good = false;
}

static struct bytes read_at(const struct verification *verification, enum ledger_table table,
			    uint64_t height)
{
	uint8_t key[HEIGHT_KEY_SIZE];

	bytes_put_u64(key, height);
	return verification->read(verification->read_context, table, BYTES(key, sizeof(key)));
}

static bool is_signed_by(const struct verification *verification, const struct device_id *device,
			 const struct hash *hash, const struct signature *signature)
{
	const struct contract *contract = verification->contract;
	int member = contract_find_device(contract, device);

	return member >= 0 &&
	       verification->verifier.verify(verification->verifier.context,
					     &contract->members[member].sign_key, hash, signature);
}

/** The name of a device, for a report. */
static const char *name_of(const struct verification *verification, const struct device_id *device)
{
	int member = contract_find_device(verification->contract, device);

	return member >= 0 ? verification->contract->members[member].name : "a stranger";
}

static bool verify_signatures(struct verification *verification, const struct block *block)
{
	const struct block_header *header = &block->header;

	if (!is_signed_by(verification, &header->proposer, &block->hash, &block->signature)) {
		bad(verification, header->height, "not signed by its proposer '%s'",
		    name_of(verification, &header->proposer));
		return false;
	}
	for (size_t index = 0; index < header->count; index++) {
		const struct transaction *transaction = &block->transactions[index];

		if (is_signed_by(verification, &transaction->device, &transaction->hash,
				 &transaction->signature))
			continue;
		bad(verification, header->height,
		    "transaction %zu (sequence %" PRIu64 ") is not signed by '%s'", index + 1,
		    transaction->sequence, name_of(verification, &transaction->device));
		return false;
	}
	for (size_t index = 0; index < block->batch_count; index++) {
		const struct verdict_batch *batch = &block->batches[index];

		if (is_signed_by(verification, &batch->judge, &batch->hash, &batch->signature))
			continue;
		bad(verification, header->height, "verdicts %zu are not signed by '%s'", index + 1,
		    name_of(verification, &batch->judge));
		return false;
	}
	return true;
}

/** Checks the certificate of @block, if one is stored. */
static bool verify_certificate(struct verification *verification, const struct block *block)
{
	const struct block_header *header = &block->header;
	struct bytes encoded = read_at(verification, LEDGER_TABLE_CERTIFICATE, header->height);
	struct certificate certificate;
	struct cbor_reader reader;

	if (!encoded.data)
		return true;
	cbor_read_init(&reader, encoded);
	certificate_read(&reader, &certificate);
	if (cbor_read_end(&reader) < 0) {
		bad(verification, header->height, "its certificate cannot be read");
		return false;
	}
	if (certificate.kind != VOTE_FINAL || certificate.epoch != header->epoch ||
	    certificate.slot != header->slot || !hash_equal(&certificate.block, &block->hash)) {
		bad(verification, header->height, "its certificate is of something else");
		return false;
	}
	if (!certificate_verify(verification->contract, verification->verifier, &certificate)) {
		bad(verification, header->height,
		    "its certificate is not a quorum of valid signatures");
		return false;
	}
	verification->certified_height = header->height;
	return true;
}

static void report_readings(struct verification *verification, const struct block *block,
			    const struct decision *decisions)
{
	for (size_t index = 0; index < block->header.count; index++) {
		if (decisions[index].is_accepted)
			verification->report.readings_accepted++;
		else
			verification->report.readings_rejected++;
		if (verification->on_reading)
			verification->on_reading(verification->contract, block, index,
						 decisions[index].is_accepted,
						 decisions[index].reason, verification->context);
	}
}

static bool verify_block(struct verification *verification, const struct block *block,
			 uint64_t height)
{
	struct decision decisions[LEDGER_BLOCK_TRANSACTIONS_MAX];
	enum state_error error;

	if (block->header.height != height) {
		bad(verification, height, "it says to be block %" PRIu64, block->header.height);
		return false;
	}
	if (!hash_equal(&block->header.parent, &verification->state->head)) {
		bad(verification, height, "its parent is not block %" PRIu64, height - 1);
		return false;
	}
	if (!verify_signatures(verification, block))
		return false;
	error = state_apply_checked(verification->state, verification->contract, block, decisions);
	if (error != STATE_OK) {
		bad(verification, height, "%s", state_error_text(error));
		return false;
	}
	if (!verify_certificate(verification, block))
		return false;
	if (height - verification->certified_height >= VERIFY_UNCERTIFIED_MAX) {
		bad(verification, height, "no final certificate in the last %d blocks",
		    VERIFY_UNCERTIFIED_MAX);
		return false;
	}
	report_readings(verification, block, decisions);
	verification->report.blocks = height;
	verification->report.head = block->hash;
	return true;
}

/** 1 if there is a good block at @height, 0 if there is none or a bad one, or -ENOMEM. */
static int verify_height(struct verification *verification, uint64_t height)
{
	struct bytes encoded = read_at(verification, LEDGER_TABLE_BLOCK, height);
	struct cbor_reader reader;
	struct block block = {0};
	bool is_good = false;

	if (!encoded.data)
		return 0;
	cbor_read_init(&reader, encoded);
	block_read(&reader, &verification->contract->chain, &block);
	if (reader.error == -ENOMEM)
		return -ENOMEM;
	if (cbor_read_end(&reader) < 0)
		bad(verification, height, "it cannot be read (at byte %zu of %zu)", reader.offset,
		    encoded.size);
	else
		is_good = verify_block(verification, &block, height);
	block_clear(&block);
	return is_good ? 1 : 0;
}

/** The stored state must be the one that the blocks lead to: a lost block would shorten them. */
static int verify_state(struct verification *verification)
{
	const struct contract *contract = verification->contract;
	uint64_t height = verification->report.blocks;
	_cleanup_(freep) uint8_t *data = malloc(state_encoded_size(contract));
	struct bytes stored;
	size_t size;
	int r;

	if (!data)
		return -ENOMEM;
	stored = verification->read(
		verification->read_context, LEDGER_TABLE_STATE,
		BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY)));
	if (!stored.data) {
		if (height > 0)
			bad(verification, height, "the state after it is missing");
		return 0;
	}
	r = state_encode(verification->state, data, state_encoded_size(contract), &size);
	if (r == 0 && bytes_equal(BYTES(data, size), stored))
		return 0;
	r = state_decode(stored, contract, verification->state);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && verification->state->height > height)
		bad(verification, height + 1, "it is missing; the state is that of block %" PRIu64,
		    verification->state->height);
	else
		bad(verification, height, "the stored state is not the one after it");
	return 0;
}

/** "1,234,567" */
static void count_text(uint64_t count, char *text, size_t size)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t used = 0;

	for (int index = 0; index < length && used + 2 < size; index++) {
		if (index > 0 && (length - index) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[index];
	}
	text[used] = '\0';
}

static void report_good(struct verify_report *report)
{
	char blocks[32];
	char readings[32];
	char rejected[32];
	int size;

	count_text(report->blocks, blocks, sizeof(blocks));
	count_text(report->readings_accepted, readings, sizeof(readings));
	count_text(report->readings_rejected, rejected, sizeof(rejected));
	size = snprintf(report->text, sizeof(report->text), "%s block%s, %s reading%s", blocks,
			report->blocks == 1 ? "" : "s", readings,
			report->readings_accepted == 1 ? "" : "s");
	if (report->readings_rejected > 0)
		size += snprintf(report->text + size, sizeof(report->text) - (size_t)size,
				 ", %s rejected", rejected);
	(void)snprintf(report->text + size, sizeof(report->text) - (size_t)size, ": good");
}

/** No block is left: what the blocks lead to is compared with what is stored of it. */
static int verification_end(struct verification *verification)
{
	struct verify_report *report = &verification->report;
	int r = 0;

	if (report->is_good)
		r = verify_state(verification);
	if (r < 0)
		return r;
	if (report->is_good && verification->certified_height < report->blocks)
		bad(verification, report->blocks, "the newest block has no final certificate");
	if (report->is_good)
		report_good(report);
	verification->is_done = true;
	return 0;
}

int verification_new(const struct contract *contract, struct verifier verifier,
		     ledger_read_record read, void *read_context,
		     verify_reading_callback on_reading, void *context,
		     struct verification **ret_verification)
{
	_cleanup_(verification_freep) struct verification *verification =
		calloc(1, sizeof(*verification));

	if (!verification)
		return -ENOMEM;
	verification->state = calloc(1, state_size(contract));
	if (!verification->state)
		return -ENOMEM;
	state_init(verification->state, contract);
	verification->contract = contract;
	verification->verifier = verifier;
	verification->read = read;
	verification->read_context = read_context;
	verification->on_reading = on_reading;
	verification->context = context;
	verification->report = (struct verify_report){.is_good = true, .head = contract->chain};
	*ret_verification = TAKE(verification);
	return 0;
}

void verification_free(struct verification *verification)
{
	if (!verification)
		return;
	free(verification->state);
	free(verification);
}

int verification_step(struct verification *verification, uint64_t blocks_max)
{
	int r = 1;

	if (verification->is_done)
		return 0;
	for (uint64_t count = 0; r > 0 && count < blocks_max; count++)
		r = verify_height(verification, verification->report.blocks + 1);
	return r == 0 ? verification_end(verification) : r;
}

const struct verify_report *verification_report(const struct verification *verification)
{
	assert(verification->is_done);
	return &verification->report;
}

int verify_ledger(const struct contract *contract, struct verifier verifier,
		  ledger_read_record read, void *read_context, verify_reading_callback on_reading,
		  void *context, struct verify_report *ret_report)
{
	_cleanup_(verification_freep) struct verification *verification = NULL;
	int r = verification_new(contract, verifier, read, read_context, on_reading, context,
				 &verification);

	if (r < 0)
		return r;
	do
		r = verification_step(verification, VERIFY_SLICE_BLOCKS);
	while (r > 0);
	if (r == 0)
		*ret_report = *verification_report(verification);
	return r;
}
