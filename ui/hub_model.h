/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The hub as the panel sees it: its newest values, its devices, the last minutes of its power, and
 * whether it answers. Filled by a client of the bus or from a recorded snapshot; the widgets know
 * nothing else. Emits "changed" once for all that came in one turn of the main loop.
 */
#pragma once

#include "ui/hub_values.h"
#include "ui/power_history.h"

#include <gio/gio.h>

enum {
	SMI_DEVICES_MAX = 256, /**< Further ones are not shown; the hub has fewer. */
	SMI_HISTORY_MINUTES = 10,
};

enum smi_link {
	SMI_LINK_SEEKING, /**< The hub has not answered since the start. */
	SMI_LINK_ANSWERING,
	SMI_LINK_LOST, /**< It has answered and does not now; values are the last known. */
};

#define SMI_TYPE_HUB_MODEL (smi_hub_model_get_type())
G_DECLARE_FINAL_TYPE(SmiHubModel, smi_hub_model, SMI, HUB_MODEL, GObject)

SmiHubModel *smi_hub_model_new(void);

/**
 * Takes one property of the object at `path`. What the panel does not show is ignored; a value
 * that is refused (smi_field_set()) is counted and the one before it stays.
 */
void smi_hub_model_put(SmiHubModel *self, const char *path, const char *interface,
		       const char *property, GVariant *value);

/** Forgets the device at `path`, if there is one. */
void smi_hub_model_remove(SmiHubModel *self, const char *path);

/** Forgets all but the history; for when a hub comes back and tells everything anew. */
void smi_hub_model_clear(SmiHubModel *self);

void smi_hub_model_set_link(SmiHubModel *self, enum smi_link link);
enum smi_link smi_hub_model_link(SmiHubModel *self);

/** Stops the clock at the hub's TimeUs: a snapshot has no time of its own. */
void smi_hub_model_freeze(SmiHubModel *self);

/** Adds a point of the past to the history, oldest first; recorded snapshots have them. */
void smi_hub_model_add_history(SmiHubModel *self, int64_t time_us, int64_t power_mw);

/** Returns the reading time now: the newest TimeUs and what has passed since, at the hub's speed.
 */
int64_t smi_hub_model_now_us(SmiHubModel *self);

/** Borrowed; the list's items are SmiDeviceItem. */
const struct smi_hub_values *smi_hub_model_values(SmiHubModel *self);
const struct smi_history *smi_hub_model_history(SmiHubModel *self);
GListModel *smi_hub_model_devices(SmiHubModel *self);

/** Returns how many values and devices were refused since the start. */
unsigned int smi_hub_model_refused(SmiHubModel *self);
