/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the command line of smi-panel asks for. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
	SMI_SIDE_MIN = 240,
	SMI_SIDE_MAX = 4096,
};

struct smi_options {
	char *snapshot; /**< Owned, as all texts here; NULL: show the hub on the bus. */
	char *page;
	char *png;  /**< NULL: show the snapshot in a window. */
	char *node; /**< NULL: the hub of the home. */
	int width;
	int height;
	bool is_dark;
	bool is_fullscreen;
	bool asks_version;
};

/**
 * Reads the command line into `ret_options`, which smi_options_finish() frees in any case; prints
 * the help and exits if asked to. Returns false with `error` saying what is wrong with it.
 */
bool smi_options_parse(int argc, char **argv, struct smi_options *ret_options, GError **error);

void smi_options_finish(struct smi_options *options);
