/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a snapshot says, as the plain values that the daemon filled it from. Pure. */
#pragma once

#include <jansson.h>

#include "view.h"

enum { SMI_PROBLEM_MAX = 256 };

struct smi_node {
	struct view view; /**< contract_text is owned by the snapshot. */
	char version[VIEW_WORD_MAX];
	bool has_ledger;
	bool has_contract;
};

/**
 * Reads a snapshot ({"PATH": {"INTERFACE": {"Property": value}}}); devices come out by name. Texts
 * are made fit for a terminal, but contract_text, which is as the daemon says it, borrowed from
 * @snapshot. Errors: -EBADMSG (@problem, SMI_PROBLEM_MAX bytes, says which property).
 */
_must_check_ int smi_node_read(const json_t *snapshot, struct smi_node *ret_node,
			       char problem[static SMI_PROBLEM_MAX]);

/** How many devices are in a state. */
size_t smi_node_count(const struct smi_node *node, enum view_device_state state);

/** The words of org.smihub.Hub1.xml. */
const char *smi_state_text(enum view_state state);
const char *smi_agreement_text(enum view_agreement agreement);
const char *smi_device_state_text(enum view_device_state state);
