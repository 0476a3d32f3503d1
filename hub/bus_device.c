/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Interface org.smihub.Device1: one device that the hub observes. */
#include "bus_object.h"

#include <assert.h>

static const char *const STATE_TEXTS[] = {
	[VIEW_DEVICE_LIVE] = "live",
	[VIEW_DEVICE_STALE] = "stale",
	[VIEW_DEVICE_ABSENT] = "absent",
};

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const enum view_device_state *state = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(*state <= VIEW_DEVICE_ABSENT);
	return sd_bus_message_append(reply, "s", STATE_TEXTS[*state]);
}

#define PROPERTY(name, signature, get, member)                                                     \
	SD_BUS_PROPERTY(name, signature, get, offsetof(struct view_device, member),                \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable VTABLE[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Name", "s", bus_get_text, name),
	PROPERTY("Kind", "s", bus_get_text, kind),
	PROPERTY("PowerMw", "x", NULL, power_mw),
	PROPERTY("EnergyMwh", "x", NULL, energy_mwh),
	PROPERTY("EnergyTodayMwh", "x", NULL, energy_today_mwh),
	PROPERTY("TimeUs", "x", NULL, time_us),
	PROPERTY("State", "s", get_state, state),
	PROPERTY("FinalSequence", "t", NULL, final_sequence),
	PROPERTY("FinalTimeUs", "x", NULL, final_time_us),
	PROPERTY("FinalEnergyMwh", "x", NULL, final_energy_mwh),
	PROPERTY("Rejected", "t", NULL, rejected),
	SD_BUS_VTABLE_END,
};

/* Name is not here: a device of another name is another device. */
static const struct bus_field FIELDS[] = {
	{"Kind", offsetof(struct view_device, kind), bus_text_differs},
	{"PowerMw", offsetof(struct view_device, power_mw), bus_long_differs},
	{"EnergyMwh", offsetof(struct view_device, energy_mwh), bus_long_differs},
	{"EnergyTodayMwh", offsetof(struct view_device, energy_today_mwh), bus_long_differs},
	{"TimeUs", offsetof(struct view_device, time_us), bus_long_differs},
	{"State", offsetof(struct view_device, state), bus_int_differs},
	{"FinalSequence", offsetof(struct view_device, final_sequence), bus_long_differs},
	{"FinalTimeUs", offsetof(struct view_device, final_time_us), bus_long_differs},
	{"FinalEnergyMwh", offsetof(struct view_device, final_energy_mwh), bus_long_differs},
	{"Rejected", offsetof(struct view_device, rejected), bus_long_differs},
};

static const struct bus_interface INTERFACE = {
	.name = "org.smihub.Device1",
	.vtable = VTABLE,
	.fields = FIELDS,
	.field_count = sizeof(FIELDS) / sizeof(FIELDS[0]),
};

const struct bus_interface *bus_device_interface(void)
{
	return &INTERFACE;
}
