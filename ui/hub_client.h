/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The panel's connection to a hub on the system bus, and the only file that knows the bus: finds
 * the hub, copies what it says into a model, notices when it is gone or stuck, and keeps trying.
 */
#pragma once

#include "ui/hub_model.h"

#define SMI_TYPE_HUB_CLIENT (smi_hub_client_get_type())
G_DECLARE_FINAL_TYPE(SmiHubClient, smi_hub_client, SMI, HUB_CLIENT, GObject)

/**
 * Starts to look for the hub, or for the node `node` of a demonstration if that is not NULL.
 * `model` is held until the client is freed.
 */
SmiHubClient *smi_hub_client_new(SmiHubModel *model, const char *node);

/** Sets how often the hub is asked whether it still answers, and how long it may take. */
void smi_hub_client_set_ping_ms(SmiHubClient *self, guint ping_ms);
