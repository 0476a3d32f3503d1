/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads a recorded snapshot (`smi snapshot`, or a picture's scene) into a model. */
#pragma once

#include "ui/hub_model.h"

enum {
	SMI_SNAPSHOT_SIZE_MAX = 4 * 1024 * 1024,
};

/**
 * Reads the snapshot at `file_name`: {"PATH": {"INTERFACE": {"Property": value}}}, as
 * org.smihub.Hub1.xml says, and optionally "x-history": [[time_us, power_mw], ...] and
 * "x-link": "seeking", "answering" or "lost". Returns a new model that stands still at the
 * snapshot's time, owned by the caller, or NULL with `error` saying file and what.
 */
SmiHubModel *smi_snapshot_file_load(const char *file_name, GError **error);
