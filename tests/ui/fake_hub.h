/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A hub for tests: exports, by hand and therefore as wrongly as wished, what org.smihub.Hub1.xml
 * says, on a bus of the test's own.
 */
#pragma once

#include <gio/gio.h>

struct fake_hub;

/** Connects to the bus at `address` without taking the hub's name. */
struct fake_hub *fake_hub_new(const char *address);

/** Leaves the bus, as a hub that was killed does. */
void fake_hub_free(struct fake_hub *hub);

/** Takes `name` on the bus; call after the first values are set. */
void fake_hub_appear(struct fake_hub *hub, const char *name);

/** Stops to answer anything, or goes on with it; keeps its name. */
void fake_hub_stall(struct fake_hub *hub, gboolean is_stalled);

/** Sets a property, `value` being floating, and tells it if the object was there before. */
void fake_hub_set(struct fake_hub *hub, const char *path, const char *interface,
		  const char *property, GVariant *value);

/** Adds an object with one interface, all at once, or takes it away. */
void fake_hub_add(struct fake_hub *hub, const char *path, const char *interface,
		  GVariant *properties);
void fake_hub_remove(struct fake_hub *hub, const char *path, const char *interface);
