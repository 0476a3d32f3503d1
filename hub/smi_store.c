/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads a stored ledger through its own verifier, so that nothing is shown that does not check. */
#include "smi_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "file.h"
#include "ledger/codec.h"
#include "ledger/state.h"
#include "ledger/store.h"
#include "ledger/verify.h"
#include "smi_format.h"
#include "smi_show.h"

enum { PATH_SIZE_MAX = 1024 };

struct ledger_files {
	struct contract *contract;
	struct store *store;
};

static void files_finish(struct ledger_files *files)
{
	store_close(files->store);
	contract_free(files->contract);
}

static enum smi_exit open_contract(const char *path, struct contract **ret_contract)
{
	_cleanup_(freep) char *text = NULL;
	struct text_error error = {0};
	size_t size;
	int r = file_read(path, TEXT_SIZE_MAX, &text, &size);

	if (r < 0)
		return smi_fail("cannot read the contract '%s': %s", path, strerror(-r));
	r = contract_parse(path, BYTES((const uint8_t *)text, size), ret_contract, &error);
	if (r == -ENOMEM)
		return smi_fail("out of memory");
	return r < 0 ? smi_fail("%s", error.message) : SMI_GOOD;
}

static enum smi_exit files_open(const struct smi_options *options, struct ledger_files *files)
{
	char path[PATH_SIZE_MAX];
	enum smi_exit code;
	int r = snprintf(path, sizeof(path), "%s/contract", options->state);

	if (r < 0 || (size_t)r >= sizeof(path))
		return smi_fail("--state: the path is too long");
	code = open_contract(options->contract ? options->contract : path, &files->contract);
	if (code != SMI_GOOD)
		return code;
	r = store_open(options->state, files->contract, true, &files->store);
	if (r == -ENOENT)
		return smi_fail("there is no ledger in '%s'", options->state);
	if (r == -EUCLEAN)
		return smi_fail("the ledger in '%s' is of another contract, or of a newer version",
				options->state);
	if (r < 0)
		return smi_fail("cannot open the ledger in '%s': %s", options->state, strerror(-r));
	return SMI_GOOD;
}

struct head_search {
	const struct contract *contract;
	struct ledger_state *state;
	size_t count;
};

static int on_state(struct bytes key, struct bytes value, void *context)
{
	struct head_search *search = context;

	(void)key;
	search->count++;
	return state_decode(value, search->contract, search->state);
}

/** The state after the newest final block; that of a new chain if there is none. */
static enum smi_exit read_state(const struct ledger_files *files, struct ledger_state **ret_state)
{
	_cleanup_(freep) struct ledger_state *state = calloc(1, state_size(files->contract));
	struct head_search search = {.contract = files->contract, .state = state};
	int r;

	if (!state)
		return smi_fail("out of memory");
	state_init(state, files->contract);
	r = store_each(files->store, LEDGER_TABLE_STATE, on_state, &search);
	if (r < 0 || search.count > 1)
		return smi_fail("the ledger's newest state cannot be read: %s; "
				"'smi ledger verify' says more",
				strerror(r < 0 ? -r : EBADMSG));
	*ret_state = TAKE(state);
	return SMI_GOOD;
}

static void print_head(const struct contract *contract, const struct ledger_state *state)
{
	char text[SMI_TEXT_MAX];
	char chain[2 * sizeof(struct hash) + 1];
	char head[2 * sizeof(struct hash) + 1];

	bytes_to_hex(BYTES_OF(contract->chain), chain, sizeof(chain));
	bytes_to_hex(BYTES_OF(state->head), head, sizeof(head));
	(void)printf("Layer    %s\nChain    %s\nHead     %s\n", layer_text(contract->layer), chain,
		     head);
	smi_count_text(state->height, text);
	(void)printf("Height   %s", text);
	smi_count_text(state->slot, text);
	(void)printf(", slot %s\n", text);
	smi_time_text(state->time_us, text);
	(void)printf("Final    %s\n", text);
	for (size_t index = 0; index < state->member_count; index++) {
		const struct member_state *member = &state->members[index];
		char energy[SMI_TEXT_MAX];

		smi_register_text(member->import_mwh, energy);
		(void)printf("%-8s %-*s  %16s  %" PRIu64 " accepted, %" PRIu64 " rejected\n",
			     index == 0 ? "Members" : "", LEDGER_NAME_MAX / 2,
			     contract->members[index].name, member->has_reading ? energy : "-",
			     member->accepted, member->rejected);
	}
}

static void print_head_json(const struct contract *contract, const struct ledger_state *state)
{
	json_t *members = json_array();
	char chain[2 * sizeof(struct hash) + 1];
	char head[2 * sizeof(struct hash) + 1];
	uint64_t accepted = 0;
	uint64_t rejected = 0;

	bytes_to_hex(BYTES_OF(contract->chain), chain, sizeof(chain));
	bytes_to_hex(BYTES_OF(state->head), head, sizeof(head));
	for (size_t index = 0; index < state->member_count; index++) {
		const struct member_state *member = &state->members[index];

		accepted += member->accepted;
		rejected += member->rejected;
		(void)json_array_append_new(
			members,
			json_pack("{ss ss sI sI sI sI sI}", "name", contract->members[index].name,
				  "role", role_text(contract->members[index].role), "accepted",
				  (json_int_t)member->accepted, "rejected",
				  (json_int_t)member->rejected, "end_us",
				  (json_int_t)member->end_us, "import_mwh",
				  (json_int_t)member->import_mwh, "export_mwh",
				  (json_int_t)member->export_mwh));
	}
	smi_show_json(stdout,
		      json_pack("{ss ss ss sI sI sI sI sI so}", "layer",
				layer_text(contract->layer), "chain", chain, "head", head, "height",
				(json_int_t)state->height, "slot", (json_int_t)state->slot,
				"head_time_us", (json_int_t)state->time_us, "readings_final",
				(json_int_t)(accepted + rejected), "readings_rejected",
				(json_int_t)rejected, "members", members));
}

enum smi_exit smi_store_head(const struct smi_options *options)
{
	_cleanup_(files_finish) struct ledger_files files = {0};
	_cleanup_(freep) struct ledger_state *state = NULL;
	enum smi_exit code = files_open(options, &files);

	if (code == SMI_GOOD)
		code = read_state(&files, &state);
	if (code != SMI_GOOD)
		return code;
	if (options->is_json)
		print_head_json(files.contract, state);
	else
		print_head(files.contract, state);
	return SMI_GOOD;
}

/** All of the ledger as it is now, whatever a daemon commits meanwhile. */
static enum smi_exit verify(const struct ledger_files *files, verify_reading_callback on_reading,
			    void *context, struct verify_report *ret_report)
{
	int r = store_snapshot_begin(files->store);

	if (r < 0)
		return smi_fail("the ledger cannot be read: %s", strerror(-r));
	r = verify_ledger(files->contract, keys_verifier(), store_read, files->store, on_reading,
			  context, ret_report);
	store_snapshot_end(files->store);
	return r < 0 ? smi_fail("out of memory") : SMI_GOOD;
}

enum smi_exit smi_store_verify(const struct smi_options *options)
{
	_cleanup_(files_finish) struct ledger_files files = {0};
	struct verify_report report = {0};
	char head[2 * sizeof(report.head.bytes) + 1];
	enum smi_exit code = files_open(options, &files);

	if (code == SMI_GOOD)
		code = verify(&files, NULL, NULL, &report);
	if (code != SMI_GOOD)
		return code;
	bytes_to_hex(BYTES_OF(report.head), head, sizeof(head));
	if (options->is_json)
		smi_show_json(stdout,
			      json_pack("{sb ss sI sI sI ss}", "good", (int)report.is_good, "text",
					report.text, "blocks", (json_int_t)report.blocks,
					"readings_accepted", (json_int_t)report.readings_accepted,
					"readings_rejected", (json_int_t)report.readings_rejected,
					"head", head));
	else
		(void)printf("%s\n", report.text);
	return report.is_good ? SMI_GOOD : SMI_FAILING;
}

static const char *quality_text(enum reading_quality quality)
{
	switch (quality) {
	case READING_LIVE:
		return "live";
	case READING_BACKFILLED:
		return "backfilled";
	case READING_RECOVERED:
		return "recovered";
	}
	return "unknown";
}

struct reading_print {
	bool is_json;
};

/** The members' verdicts on one transaction of @block. */
static void count_verdicts(const struct block *block, const struct hash *transaction, int *ret_yes,
			   int *ret_no)
{
	*ret_yes = *ret_no = 0;
	for (size_t batch = 0; batch < block->batch_count; batch++)
		for (size_t index = 0; index < block->batches[batch].count; index++) {
			const struct verdict *verdict = &block->batches[batch].verdicts[index];

			if (!hash_equal(&verdict->transaction, transaction))
				continue;
			if (verdict->reason == VERDICT_YES)
				(*ret_yes)++;
			else
				(*ret_no)++;
		}
}

static void print_reading_json(const char *name, const struct block *block,
			       const struct transaction *transaction, bool is_accepted,
			       enum verdict_reason reason)
{
	const struct reading_body *reading = &transaction->reading;
	int yes;
	int no;

	count_verdicts(block, &transaction->hash, &yes, &no);
	smi_show_json(
		stdout,
		json_pack("{ss sI sI sI sI sI sI sI sI ss sb so si si sI}", "device", name,
			  "incarnation", (json_int_t)transaction->incarnation, "sequence",
			  (json_int_t)transaction->sequence, "start_us",
			  (json_int_t)reading->start_us, "end_us", (json_int_t)reading->end_us,
			  "time_us", (json_int_t)transaction->time_us, "import_mwh",
			  (json_int_t)reading->import_mwh, "export_mwh",
			  (json_int_t)reading->export_mwh, "observed_us",
			  (json_int_t)reading->observed_us, "quality",
			  quality_text(reading->quality), "accepted", (int)is_accepted, "reason",
			  is_accepted ? json_null() : json_string(verdict_reason_text(reason)),
			  "yes", yes, "no", no, "height", (json_int_t)block->header.height));
}

static void on_reading(const struct contract *contract, const struct block *block, size_t index,
		       bool is_accepted, enum verdict_reason reason, void *context)
{
	const struct reading_print *print = context;
	const struct transaction *transaction = &block->transactions[index];
	const int member = contract_find_device(contract, &transaction->device);
	const char *name = member >= 0 ? contract->members[member].name : "-";
	char end[SMI_TEXT_MAX];

	if (print->is_json) {
		print_reading_json(name, block, transaction, is_accepted, reason);
		return;
	}
	smi_time_text(transaction->reading.end_us, end);
	(void)printf("%-16s %8" PRIu64 "  %s %14" PRId64 " mWh  %-8s  height %" PRIu64 "\n", name,
		     transaction->sequence, end, transaction->reading.import_mwh,
		     is_accepted ? "accepted" : verdict_reason_text(reason), block->header.height);
}

enum smi_exit smi_store_readings(const struct smi_options *options)
{
	_cleanup_(files_finish) struct ledger_files files = {0};
	struct reading_print print = {.is_json = options->is_json};
	struct verify_report report = {0};
	enum smi_exit code = files_open(options, &files);

	if (code == SMI_GOOD)
		code = verify(&files, on_reading, &print, &report);
	if (code != SMI_GOOD)
		return code;
	if (!report.is_good)
		return smi_fail("the readings end here: %s", report.text);
	return SMI_GOOD;
}
