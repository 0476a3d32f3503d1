/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads a snapshot property by property; the first that is missing or wrong ends it. */
#include "smi_node.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bus_path.h"
#include "ledger/contract.h"
#include "smi_format.h"

static const char *const STATES[] = {"good", "warning", "failing"};
static const char *const AGREEMENTS[] = {"agreed", "waiting", "stopped", "unwitnessed"};
static const char *const DEVICE_STATES[] = {"live", "stale", "absent"};

enum { STATE_WORDS = 3, AGREEMENT_WORDS = 4 };

/** Properties of one interface of one object; the first error sticks. */
struct reader {
	const json_t *properties;
	const char *path;
	const char *interface;
	char *problem;
	int error;
};

static void fail(struct reader *reader, const char *property, const char *why)
{
	char path[SMI_TEXT_MAX];

	if (reader->error)
		return;
	reader->error = -EBADMSG;
	smi_line_clean(reader->path, path, sizeof(path));
	(void)snprintf(reader->problem, SMI_PROBLEM_MAX, "%s %s.%s: %s", path, reader->interface,
		       property, why);
}

static int64_t read_int(struct reader *reader, const char *property)
{
	const json_t *value = json_object_get(reader->properties, property);

	if (!json_is_integer(value)) {
		fail(reader, property, "is not a number");
		return 0;
	}
	return json_integer_value(value);
}

static uint64_t read_count(struct reader *reader, const char *property)
{
	const int64_t value = read_int(reader, property);

	if (value < 0)
		fail(reader, property, "is negative");
	return value < 0 ? 0 : (uint64_t)value;
}

static unsigned int read_u32(struct reader *reader, const char *property)
{
	const uint64_t value = read_count(reader, property);

	if (value > UINT32_MAX)
		fail(reader, property, "is too large");
	return (unsigned int)(value & UINT32_MAX);
}

static bool read_bool(struct reader *reader, const char *property)
{
	const json_t *value = json_object_get(reader->properties, property);

	if (!json_is_boolean(value))
		fail(reader, property, "is neither true nor false");
	return json_is_true(value);
}

static const char *read_string(struct reader *reader, const char *property)
{
	const char *text = json_string_value(json_object_get(reader->properties, property));

	if (!text)
		fail(reader, property, "is not a text");
	return text ? text : "";
}

static void read_text(struct reader *reader, const char *property, char *ret_text, size_t size)
{
	smi_line_clean(read_string(reader, property), ret_text, size);
}

static void read_hash(struct reader *reader, const char *property, struct hash *ret_hash)
{
	if (bytes_from_hex(read_string(reader, property), ret_hash->bytes,
			   sizeof(ret_hash->bytes)) < 0)
		fail(reader, property, "is not a hash");
}

/** The place of a property's text among @words. */
static unsigned int read_word(struct reader *reader, const char *property, const char *const *words,
			      unsigned int count)
{
	const char *text = read_string(reader, property);

	for (unsigned int index = 0; index < count; index++)
		if (strcmp(words[index], text) == 0)
			return index;
	fail(reader, property, "is not a word of this interface");
	return 0;
}

static enum role role_of(struct reader *reader, const char *property, const char *text)
{
	for (unsigned int role = ROLE_APPLIANCE; role <= ROLE_MDMS; role++)
		if (strcmp(role_text((enum role)role), text) == 0)
			return (enum role)role;
	fail(reader, property, "is not a role");
	return ROLE_APPLIANCE;
}

static enum layer read_layer(struct reader *reader)
{
	const char *text = read_string(reader, "Layer");

	for (unsigned int layer = LAYER_LAN; layer <= LAYER_WAN; layer++)
		if (strcmp(layer_text((enum layer)layer), text) == 0)
			return (enum layer)layer;
	fail(reader, "Layer", "is not a layer");
	return LAYER_LAN;
}

/** Items of an array property, at most @count_max. */
static size_t read_array(struct reader *reader, const char *property, size_t count_max,
			 const json_t **ret_array)
{
	const json_t *array = json_object_get(reader->properties, property);

	*ret_array = array;
	if (!json_is_array(array) || json_array_size(array) > count_max) {
		fail(reader, property, "is not a list, or too long");
		return 0;
	}
	return json_array_size(array);
}

static void read_alarms(struct reader *reader, struct view *view)
{
	const json_t *array;
	const size_t count = read_array(reader, "Alarms", VIEW_ALARMS_MAX, &array);

	for (size_t index = 0; index < count; index++) {
		const json_t *item = json_array_get(array, index);
		const json_t *time = json_array_get(item, 0);
		const char *who = json_string_value(json_array_get(item, 1));
		const char *what = json_string_value(json_array_get(item, 2));
		const char *why = json_string_value(json_array_get(item, 3));
		struct view_alarm *alarm = &view->alarms[index];

		if (!json_is_integer(time) || !who || !what || !why) {
			fail(reader, "Alarms", "has an entry that is no alarm");
			return;
		}
		alarm->time_us = json_integer_value(time);
		smi_line_clean(who, alarm->who, sizeof(alarm->who));
		smi_line_clean(what, alarm->what, sizeof(alarm->what));
		smi_line_clean(why, alarm->why, sizeof(alarm->why));
	}
	view->alarm_count = count;
}

static void read_refusals(struct reader *reader, struct view *view)
{
	json_t *counts = json_object_get(reader->properties, "Refused");
	const char *reason;
	json_t *count;

	if (!json_is_object(counts) || json_object_size(counts) > VIEW_REFUSALS_MAX) {
		fail(reader, "Refused", "is not a table, or too long");
		return;
	}
	json_object_foreach(counts, reason, count)
	{
		struct view_refusal *refusal = &view->refusals[view->refusal_count++];

		if (!json_is_integer(count) || json_integer_value(count) < 0)
			fail(reader, "Refused", "has an entry that is no count");
		smi_line_clean(reason, refusal->reason, sizeof(refusal->reason));
		refusal->count = (uint64_t)json_integer_value(count);
	}
}

static void read_members(struct reader *reader, struct view_ledger *ledger)
{
	const json_t *array;
	const size_t count = read_array(reader, "Members", LEDGER_MEMBERS_MAX, &array);

	for (size_t index = 0; index < count; index++) {
		const json_t *item = json_array_get(array, index);
		const char *name = json_string_value(json_array_get(item, 0));
		const char *role = json_string_value(json_array_get(item, 1));
		const json_t *is_connected = json_array_get(item, 2);
		const json_t *slot = json_array_get(item, 3);
		struct view_member *member = &ledger->members[index];

		if (!name || !role || !json_is_boolean(is_connected) || !json_is_integer(slot)) {
			fail(reader, "Members", "has an entry that is no member");
			return;
		}
		smi_line_clean(name, member->name, sizeof(member->name));
		member->role = role_of(reader, "Members", role);
		member->is_connected = json_is_true(is_connected);
		member->vote_slot = (uint64_t)json_integer_value(slot);
	}
	ledger->member_count = count;
}

static void read_hub(struct reader *reader, struct smi_node *node)
{
	struct view *view = &node->view;

	read_text(reader, "Name", view->name, sizeof(view->name));
	view->role = role_of(reader, "Role", read_string(reader, "Role"));
	read_text(reader, "Version", node->version, sizeof(node->version));
	view->time_us = read_int(reader, "TimeUs");
	view->speed = read_u32(reader, "Speed");
	view->power_mw = read_int(reader, "PowerMw");
	view->power_known = read_bool(reader, "PowerKnown");
	view->not_attributed_mw = read_int(reader, "NotAttributedMw");
	view->energy_mwh = read_int(reader, "EnergyMwh");
	view->energy_today_mwh = read_int(reader, "EnergyTodayMwh");
	view->state = (enum view_state)read_word(reader, "State", STATES, STATE_WORDS);
	read_text(reader, "StateText", view->state_text, sizeof(view->state_text));
	view->agreement =
		(enum view_agreement)read_word(reader, "Agreement", AGREEMENTS, AGREEMENT_WORDS);
	read_text(reader, "AgreementText", view->agreement_text, sizeof(view->agreement_text));
	read_text(reader, "StorageError", view->storage_error, sizeof(view->storage_error));
	view->first_watt_ms = read_u32(reader, "FirstWattMs");
	read_alarms(reader, view);
	read_refusals(reader, view);
}

static void read_device(struct reader *reader, struct view *view)
{
	struct view_device *device = &view->devices[view->device_count];

	if (view->device_count >= VIEW_DEVICES_MAX) {
		fail(reader, "Name", "is one device too many");
		return;
	}
	view->device_count++;
	read_text(reader, "Name", device->name, sizeof(device->name));
	read_text(reader, "Kind", device->kind, sizeof(device->kind));
	device->power_mw = read_int(reader, "PowerMw");
	device->energy_mwh = read_int(reader, "EnergyMwh");
	device->energy_today_mwh = read_int(reader, "EnergyTodayMwh");
	device->time_us = read_int(reader, "TimeUs");
	device->state =
		(enum view_device_state)read_word(reader, "State", DEVICE_STATES, STATE_WORDS);
	device->final_sequence = read_count(reader, "FinalSequence");
	device->final_time_us = read_int(reader, "FinalTimeUs");
	device->final_energy_mwh = read_int(reader, "FinalEnergyMwh");
	device->rejected = read_count(reader, "Rejected");
}

static void read_ledger(struct reader *reader, struct smi_node *node)
{
	struct view_ledger *ledger = &node->view.ledger;

	if (node->has_ledger)
		return; /* The first one; a node of this version has no other. */
	node->has_ledger = true;
	ledger->layer = read_layer(reader);
	read_hash(reader, "Chain", &ledger->chain);
	read_hash(reader, "Head", &ledger->head);
	ledger->height = read_count(reader, "Height");
	ledger->slot = read_count(reader, "Slot");
	ledger->head_time_us = read_int(reader, "HeadTimeUs");
	ledger->readings_final = read_count(reader, "ReadingsFinal");
	ledger->readings_rejected = read_count(reader, "ReadingsRejected");
	ledger->pending = read_u32(reader, "Pending");
	ledger->own_pending = read_u32(reader, "OwnPending");
	ledger->votes_cast = read_count(reader, "VotesCast");
	ledger->accept = read_u32(reader, "Accept");
	read_members(reader, ledger);
}

static void read_interface(struct reader *reader, struct smi_node *node)
{
	if (strcmp(reader->interface, "org.smihub.Hub1") == 0) {
		read_hub(reader, node);
	} else if (strcmp(reader->interface, "org.smihub.Device1") == 0) {
		read_device(reader, &node->view);
	} else if (strcmp(reader->interface, "org.smihub.Ledger1") == 0) {
		read_ledger(reader, node);
	} else if (strcmp(reader->interface, "org.smihub.Contract1") == 0 && !node->has_contract) {
		node->has_contract = true;
		node->view.contract_text = read_string(reader, "Text");
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct view_device *)a)->name, ((const struct view_device *)b)->name);
}

int smi_node_read(const json_t *snapshot, struct smi_node *ret_node,
		  char problem[static SMI_PROBLEM_MAX])
{
	struct reader reader = {.path = BUS_ROOT_PATH, .problem = problem};
	_cleanup_(freep) struct smi_node *node = calloc(1, sizeof(*node));
	/* jansson iterates only over what it may change; nothing here does. */
	json_t *objects = (json_t *)(uintptr_t)snapshot;
	const char *path;
	const char *interface;
	json_t *interfaces;
	json_t *properties;

	if (!node)
		return -ENOMEM;
	json_object_foreach(objects, path, interfaces)
	{
		json_object_foreach(interfaces, interface, properties)
		{
			reader.path = path;
			reader.interface = interface;
			reader.properties = properties;
			read_interface(&reader, node);
		}
	}
	reader.interface = "org.smihub.Hub1";
	reader.path = BUS_ROOT_PATH;
	if (!json_object_get(json_object_get(snapshot, BUS_ROOT_PATH), reader.interface))
		fail(&reader, "Name", "the node itself is missing");
	if (reader.error)
		return reader.error;
	qsort(node->view.devices, node->view.device_count, sizeof(node->view.devices[0]), by_name);
	*ret_node = *node;
	return 0;
}

size_t smi_node_count(const struct smi_node *node, enum view_device_state state)
{
	size_t count = 0;

	for (size_t index = 0; index < node->view.device_count; index++)
		count += node->view.devices[index].state == state ? 1 : 0;
	return count;
}

const char *smi_state_text(enum view_state state)
{
	return STATES[state];
}

const char *smi_agreement_text(enum view_agreement agreement)
{
	return AGREEMENTS[agreement];
}

const char *smi_device_state_text(enum view_device_state state)
{
	return DEVICE_STATES[state];
}
