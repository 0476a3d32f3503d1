/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the verbs print of a node, as text and as JSON. Pure but for the stream given. JSON names
 * are those of org.smihub.Hub1.xml in lower case, with units; a value that is not known is null.
 */
#pragma once

#include <stdio.h>

#include "smi_node.h"

enum {
	SMI_ALARMS_SHOWN = 5,
	SMI_COLUMNS = 80, /**< Of a terminal that does not say. */
	SMI_ROWS = 24,
};

/** Where a table is drawn. */
struct smi_screen {
	unsigned int columns;
	unsigned int rows;
	bool is_terminal; /**< Bars and bold; else plain lines. */
	bool is_utf8;
};

/** One screen for a technician. */
void smi_show_status(FILE *stream, const struct smi_node *node);
/** New object, owned by the caller; NULL without memory. */
json_t *smi_show_status_json(const struct smi_node *node);

/** The table of devices, at most screen->rows - 1 lines; @note, if not NULL, is its last line. */
void smi_show_devices(FILE *stream, const struct smi_node *node, const struct smi_screen *screen,
		      const char *note);
/** The same on one line, for a log. */
void smi_show_devices_line(FILE *stream, const struct smi_node *node);
json_t *smi_show_devices_json(const struct smi_node *node);

void smi_show_ledger(FILE *stream, const struct smi_node *node);
json_t *smi_show_ledger_json(const struct smi_node *node);

/** Prints one line of JSON and frees it. */
void smi_show_json(FILE *stream, json_t *json);
