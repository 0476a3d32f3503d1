/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A client of one node on the system bus. Says itself on standard error what went wrong. */
#pragma once

#include "smi.h"
#include "smi_node.h"

struct smi_bus;

/**
 * Connects to the system bus; @node is NULL for the hub, else a node of a demonstration.
 * Returns SMI_GOOD, SMI_FAILING (said) or SMI_USAGE (said: no such name can exist).
 */
_must_check_ enum smi_exit smi_bus_open(const char *node, struct smi_bus **ret_bus);
void smi_bus_close(struct smi_bus *bus);
DEFINE_CLEANUP(struct smi_bus *, smi_bus_close);

/** All that the node says. The caller owns *ret_snapshot. SMI_GOOD or SMI_FAILING (said). */
_must_check_ enum smi_exit smi_bus_snapshot(struct smi_bus *bus, json_t **ret_snapshot);

/** Has the node verify its ledger; @text is cleaned for a terminal. SMI_GOOD or SMI_FAILING (said).
 */
_must_check_ enum smi_exit smi_bus_verify(struct smi_bus *bus, bool *ret_is_good, char *text,
					  size_t size, uint64_t *ret_blocks);

/** Called when @snapshot has changed; NULL while no daemon answers. Not called at message rate. */
typedef void (*smi_bus_changed)(const json_t *snapshot, void *context);

/** Follows the node until SIGINT or SIGTERM (SMI_GOOD), or until the bus goes (SMI_FAILING, said).
 */
_must_check_ enum smi_exit smi_bus_watch(struct smi_bus *bus, smi_bus_changed on_changed,
					 void *context);
