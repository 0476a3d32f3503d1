/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Interface org.smihub.Hub1: the node itself. */
#include "bus_object.h"

#include <assert.h>
#include <stdio.h>

static const char *const STATE_TEXTS[] = {
	[VIEW_GOOD] = "good",
	[VIEW_WARNING] = "warning",
	[VIEW_FAILING] = "failing",
};

static const char *const AGREEMENT_TEXTS[] = {
	[VIEW_AGREED] = "agreed",
	[VIEW_WAITING] = "waiting",
	[VIEW_STOPPED] = "stopped",
	[VIEW_UNWITNESSED] = "unwitnessed",
};

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)userdata, (void)error;
	return sd_bus_message_append(reply, "s", SMI_VERSION);
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const enum view_state *state = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(*state <= VIEW_FAILING);
	return sd_bus_message_append(reply, "s", STATE_TEXTS[*state]);
}

static int get_agreement(sd_bus *bus, const char *path, const char *interface, const char *property,
			 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const enum view_agreement *agreement = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(*agreement <= VIEW_UNWITNESSED);
	return sd_bus_message_append(reply, "s", AGREEMENT_TEXTS[*agreement]);
}

static int get_alarms(sd_bus *bus, const char *path, const char *interface, const char *property,
		      sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct view *view = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "(xsss)");

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(view->alarm_count <= VIEW_ALARMS_MAX);
	for (size_t index = 0; r >= 0 && index < view->alarm_count; index++) {
		const struct view_alarm *alarm = &view->alarms[index];
		char who[BUS_TEXT_MAX];
		char what[BUS_TEXT_MAX];
		char why[BUS_TEXT_MAX];

		bus_text_clean(alarm->who, who);
		bus_text_clean(alarm->what, what);
		bus_text_clean(alarm->why, why);
		r = sd_bus_message_append(reply, "(xsss)", alarm->time_us, who, what, why);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_refused(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct view *view = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "{st}");

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(view->refusal_count <= VIEW_REFUSALS_MAX);
	for (size_t index = 0; r >= 0 && index < view->refusal_count; index++) {
		char reason[BUS_TEXT_MAX];

		bus_text_clean(view->refusals[index].reason, reason);
		r = sd_bus_message_append(reply, "{st}", reason, view->refusals[index].count);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static bool alarms_differ(const void *a, const void *b)
{
	const struct view *before = a;
	const struct view *now = b;

	if (before->alarm_count != now->alarm_count)
		return true;
	for (size_t index = 0; index < now->alarm_count; index++) {
		const struct view_alarm *old_alarm = &before->alarms[index];
		const struct view_alarm *new_alarm = &now->alarms[index];

		if (old_alarm->time_us != new_alarm->time_us ||
		    strcmp(old_alarm->who, new_alarm->who) != 0 ||
		    strcmp(old_alarm->what, new_alarm->what) != 0 ||
		    strcmp(old_alarm->why, new_alarm->why) != 0)
			return true;
	}
	return false;
}

static bool refusals_differ(const void *a, const void *b)
{
	const struct view *before = a;
	const struct view *now = b;

	if (before->refusal_count != now->refusal_count)
		return true;
	for (size_t index = 0; index < now->refusal_count; index++)
		if (before->refusals[index].count != now->refusals[index].count ||
		    strcmp(before->refusals[index].reason, now->refusals[index].reason) != 0)
			return true;
	return false;
}

#define PROPERTY(name, signature, get, member)                                                     \
	SD_BUS_PROPERTY(name, signature, get, offsetof(struct view, member),                       \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable VTABLE[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Name", "s", bus_get_text, name),
	PROPERTY("Role", "s", bus_get_role, role),
	PROPERTY("Version", "s", get_version, name),
	PROPERTY("TimeUs", "x", NULL, time_us),
	PROPERTY("Speed", "u", NULL, speed),
	PROPERTY("PowerMw", "x", NULL, power_mw),
	PROPERTY("PowerKnown", "b", bus_get_bool, power_known),
	PROPERTY("NotAttributedMw", "x", NULL, not_attributed_mw),
	PROPERTY("EnergyMwh", "x", NULL, energy_mwh),
	PROPERTY("EnergyTodayMwh", "x", NULL, energy_today_mwh),
	PROPERTY("State", "s", get_state, state),
	PROPERTY("StateText", "s", bus_get_text, state_text),
	PROPERTY("Agreement", "s", get_agreement, agreement),
	PROPERTY("AgreementText", "s", bus_get_text, agreement_text),
	PROPERTY("StorageError", "s", bus_get_text, storage_error),
	PROPERTY("FirstWattMs", "u", NULL, first_watt_ms),
	SD_BUS_PROPERTY("Alarms", "a(xsss)", get_alarms, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Refused", "a{st}", get_refused, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

/* TimeUs is not here: it goes along with what has changed, bus_update() adds it. */
static const struct bus_field FIELDS[] = {
	{"Name", offsetof(struct view, name), bus_text_differs},
	{"Role", offsetof(struct view, role), bus_int_differs},
	{"Speed", offsetof(struct view, speed), bus_int_differs},
	{"PowerMw", offsetof(struct view, power_mw), bus_long_differs},
	{"PowerKnown", offsetof(struct view, power_known), bus_bool_differs},
	{"NotAttributedMw", offsetof(struct view, not_attributed_mw), bus_long_differs},
	{"EnergyMwh", offsetof(struct view, energy_mwh), bus_long_differs},
	{"EnergyTodayMwh", offsetof(struct view, energy_today_mwh), bus_long_differs},
	{"State", offsetof(struct view, state), bus_int_differs},
	{"StateText", offsetof(struct view, state_text), bus_text_differs},
	{"Agreement", offsetof(struct view, agreement), bus_int_differs},
	{"AgreementText", offsetof(struct view, agreement_text), bus_text_differs},
	{"StorageError", offsetof(struct view, storage_error), bus_text_differs},
	{"FirstWattMs", offsetof(struct view, first_watt_ms), bus_int_differs},
	{"Alarms", 0, alarms_differ},
	{"Refused", 0, refusals_differ},
};

static const struct bus_interface INTERFACE = {
	.name = "org.smihub.Hub1",
	.vtable = VTABLE,
	.fields = FIELDS,
	.field_count = sizeof(FIELDS) / sizeof(FIELDS[0]),
};

const struct bus_interface *bus_hub_interface(void)
{
	return &INTERFACE;
}
