/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Verbs that ask a daemon once and print its answer. */
#include <inttypes.h>

#include "smi.h"
#include "smi_bus.h"
#include "smi_format.h"
#include "smi_json.h"
#include "smi_show.h"
#include "smi_store.h"

enum { VERIFY_TEXT_SIZE = 256 };

/** A node and the snapshot that it borrows from. */
struct answer {
	json_t *snapshot;
	struct smi_node *node;
};

static void answer_finish(struct answer *answer)
{
	free(answer->node);
	json_decref(answer->snapshot);
}

static enum smi_exit ask(const struct smi_options *options, struct answer *ret_answer)
{
	_cleanup_(smi_bus_closep) struct smi_bus *bus = NULL;
	char problem[SMI_PROBLEM_MAX] = "out of memory";
	enum smi_exit code = smi_bus_open(options->node, &bus);

	if (code == SMI_GOOD)
		code = smi_bus_snapshot(bus, &ret_answer->snapshot);
	if (code != SMI_GOOD)
		return code;
	ret_answer->node = calloc(1, sizeof(*ret_answer->node));
	if (!ret_answer->node || smi_node_read(ret_answer->snapshot, ret_answer->node, problem) < 0)
		return smi_fail("the daemon's answer makes no sense: %s", problem);
	return SMI_GOOD;
}

enum smi_exit smi_status(const struct smi_options *options)
{
	_cleanup_(answer_finish) struct answer answer = {0};
	enum smi_exit code = ask(options, &answer);

	if (code != SMI_GOOD)
		return code;
	if (options->is_json)
		smi_show_json(stdout, smi_show_status_json(answer.node));
	else
		smi_show_status(stdout, answer.node);
	if (answer.node->view.state == VIEW_FAILING || answer.node->view.storage_error[0] != '\0')
		return SMI_FAILING;
	return answer.node->view.state == VIEW_WARNING ? SMI_WARNING : SMI_GOOD;
}

enum smi_exit smi_snapshot(const struct smi_options *options)
{
	_cleanup_(smi_bus_closep) struct smi_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *snapshot = NULL;
	enum smi_exit code = smi_bus_open(options->node, &bus);

	if (code == SMI_GOOD)
		code = smi_bus_snapshot(bus, &snapshot);
	if (code != SMI_GOOD)
		return code;
	(void)json_dumpf(snapshot, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	(void)fputc('\n', stdout);
	return SMI_GOOD;
}

enum smi_exit smi_ledger_head(const struct smi_options *options)
{
	_cleanup_(answer_finish) struct answer answer = {0};
	enum smi_exit code;

	if (options->state)
		return smi_store_head(options);
	code = ask(options, &answer);
	if (code != SMI_GOOD)
		return code;
	if (options->is_json)
		smi_show_json(stdout, smi_show_ledger_json(answer.node));
	else
		smi_show_ledger(stdout, answer.node);
	return SMI_GOOD;
}

enum smi_exit smi_ledger_verify(const struct smi_options *options)
{
	_cleanup_(smi_bus_closep) struct smi_bus *bus = NULL;
	char text[VERIFY_TEXT_SIZE];
	uint64_t blocks;
	bool is_good;
	enum smi_exit code;

	if (options->state)
		return smi_store_verify(options);
	code = smi_bus_open(options->node, &bus);
	if (code == SMI_GOOD)
		code = smi_bus_verify(bus, &is_good, text, sizeof(text), &blocks);
	if (code != SMI_GOOD)
		return code;
	if (options->is_json)
		smi_show_json(stdout, json_pack("{sb ss sI}", "good", (int)is_good, "text", text,
						"blocks", (json_int_t)blocks));
	else
		(void)printf("%s\n", text);
	return is_good ? SMI_GOOD : SMI_FAILING;
}

enum smi_exit smi_ledger_readings(const struct smi_options *options)
{
	if (!options->state) {
		(void)smi_fail("ledger readings: needs --state DIR");
		return SMI_USAGE;
	}
	return smi_store_readings(options);
}

/** The text as it is but for what would drive a terminal. */
static void print_contract(const char *text)
{
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;
		const bool is_control = byte < ' ' || byte == 0x7f;

		(void)putchar(is_control && byte != '\n' && byte != '\t' ? '?' : *text);
	}
}

enum smi_exit smi_contract_show(const struct smi_options *options)
{
	_cleanup_(answer_finish) struct answer answer = {0};
	enum smi_exit code = ask(options, &answer);
	json_t *ledger;

	if (code != SMI_GOOD)
		return code;
	if (!answer.node->has_contract)
		return smi_fail("this node has no contract");
	if (!options->is_json) {
		print_contract(answer.node->view.contract_text);
		return SMI_GOOD;
	}
	ledger = smi_show_ledger_json(answer.node);
	smi_show_json(stdout, json_pack("{sO? sO? ss}", "layer", json_object_get(ledger, "layer"),
					"chain", json_object_get(ledger, "chain"), "text",
					answer.node->view.contract_text));
	json_decref(ledger);
	return SMI_GOOD;
}
