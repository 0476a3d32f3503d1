/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the bus serves: one table of each interface for sd-bus, and one that finds what has changed.
 * Only bus*.c include this.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus.h"
#include "bus_callers.h"

enum {
	BUS_FIELDS_MAX = 24,
	BUS_TEXT_MAX = 256, /**< Of one short text on the bus; longer ones are cut. */
};

/** The copy that getters read; userdata of all objects but devices, so that offsets are the view's.
 */
struct bus_shown {
	struct view view; /**< First, see above. */
	struct bus_handlers handlers;
	struct bus_callers callers; /**< Of Verify. */
};

/** A property that changes: tells its value in two views (or two devices) apart. */
struct bus_field {
	const char *name;
	size_t offset;
	bool (*differs)(const void *a, const void *b);
};

struct bus_interface {
	const char *name;
	const sd_bus_vtable *vtable;
	const struct bus_field *fields;
	size_t field_count;
};

/** Offsets from struct bus_shown. */
const struct bus_interface *bus_hub_interface(void);
const struct bus_interface *bus_ledger_interface(void);
const struct bus_interface *bus_contract_interface(void);
/** Offsets from struct view_device. */
const struct bus_interface *bus_device_interface(void);

/*
 * Getters of sd-bus for what it does not know itself: the member at the property's offset is a
 * character array, a bool, a hash. Bytes that are not printable UTF-8 are shown as '?'.
 */
int bus_get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error);
int bus_get_bool(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error);
int bus_get_hash(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error);
int bus_get_role(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error);
int bus_get_layer(sd_bus *bus, const char *path, const char *interface, const char *property,
		  sd_bus_message *reply, void *userdata, sd_bus_error *error);

/** Copies @text without what is not printable; ret_text is always valid UTF-8. */
void bus_text_clean(const char *text, char ret_text[static BUS_TEXT_MAX]);

bool bus_text_differs(const void *a, const void *b);
bool bus_bool_differs(const void *a, const void *b);
/** int64_t and uint64_t. */
bool bus_long_differs(const void *a, const void *b);
/** unsigned int, uint32_t and enumerations. */
bool bus_int_differs(const void *a, const void *b);
bool bus_hash_differs(const void *a, const void *b);
