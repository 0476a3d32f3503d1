/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The node on the D-Bus system bus: org.smihub.Hub1.xml, filled from a struct view by sd-bus. */
#pragma once

#include <systemd/sd-event.h>

#include "view.h"

/** What the bus asks of the node. */
struct bus_handlers {
	/**
	 * Somebody waits for a verification of the stored ledger: bus_verified() is to follow, from
	 * within or later. Also called while one is under way.
	 */
	void (*verify)(void *context);
	/** Nobody waits for it any longer: the bus has gone. */
	void (*verify_cancel)(void *context);
	void *context;
};

struct bus;

/**
 * Connects to the system bus (DBUS_SYSTEM_BUS_ADDRESS is respected), joins the loop, claims
 * @bus_name ("org.smihub.Hub1", "org.smihub.Hub1.kettle") and shows @view, borrowed until
 * bus_close().
 * Errors: -ECONNREFUSED and others of connecting (the node goes on without a bus and tries again),
 * -EEXIST (the name is taken), -errno.
 */
_must_check_ int bus_open(sd_event *loop, const char *bus_name, const struct view *view,
			  const struct bus_handlers *handlers, struct bus **ret_bus);
void bus_close(struct bus *bus);

/**
 * The view has changed: emits PropertiesChanged for what differs from the last call, and
 * InterfacesAdded for devices that are new. Cheap if nothing differs. Call at most a few times a
 * second; errors are the bus's own matter.
 */
void bus_update(struct bus *bus);

/**
 * Answers all who wait for a verification: whether the ledger is good, a sentence, and how many
 * blocks were verified. NULL is allowed: there is no bus.
 */
void bus_verified(struct bus *bus, bool is_good, const char *text, uint64_t blocks);
