/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The verbs of the command line: each is given the options, prints, and returns the exit code. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

/** Stable: scripts rely on them. */
enum smi_exit {
	SMI_GOOD = 0,
	SMI_WARNING = 1,
	SMI_FAILING = 2, /**< Also: nobody answers, or the answer makes no sense. */
	SMI_USAGE = 64,	 /**< EX_USAGE of sysexits.h. */
};

struct smi_options {
	const char *node;     /**< NULL: the hub of the home. */
	const char *state;    /**< NULL: ask the daemon; else a state directory to read. */
	const char *contract; /**< NULL: DIR/contract of the state directory. */
	bool is_json;
	bool is_watch;
	const char *argument; /**< What follows the verb, NULL if nothing may. */
};

enum smi_exit smi_status(const struct smi_options *options);
enum smi_exit smi_devices(const struct smi_options *options);
enum smi_exit smi_snapshot(const struct smi_options *options);
enum smi_exit smi_ledger_head(const struct smi_options *options);
enum smi_exit smi_ledger_verify(const struct smi_options *options);
enum smi_exit smi_ledger_readings(const struct smi_options *options);
enum smi_exit smi_contract_show(const struct smi_options *options);
enum smi_exit smi_contract_check(const struct smi_options *options);
enum smi_exit smi_keys_make(const struct smi_options *options);

/** Says what went wrong on standard error as "smi: ...", and returns SMI_FAILING. */
_printf_(1, 2) enum smi_exit smi_fail(const char *format, ...);
