/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Inside of struct smi_bus, for smi_bus.c and smi_bus_watch.c only. */
#pragma once

#include <systemd/sd-bus.h>

#include "smi_bus.h"

enum { SMI_BUS_NAME_MAX = 256 };

struct smi_bus {
	sd_bus *connection;
	char name[SMI_BUS_NAME_MAX];
	json_t *snapshot; /**< While watching: what is known; NULL while there is no daemon. */
	bool has_changed;
	bool is_wrong; /**< A signal did not fit: asks for everything again. */
	smi_bus_changed on_changed;
	void *context;
};

/** GetManagedObjects, without a word on errors: -errno. */
_must_check_ int smi_bus_ask(struct smi_bus *bus, sd_bus_error *error, json_t **ret_snapshot);

/** True if nobody owns the name. */
bool smi_bus_is_absence(const sd_bus_error *error);
