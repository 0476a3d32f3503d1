/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Interfaces org.smihub.Ledger1 and org.smihub.Contract1: the copy of a ledger, and its rules. */
#include "bus_object.h"

#include <assert.h>

#include "ledger/contract.h"

static int get_members(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct view *view = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "(ssbt)");

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	assert(view->ledger.member_count <= LEDGER_MEMBERS_MAX);
	for (size_t index = 0; r >= 0 && index < view->ledger.member_count; index++) {
		const struct view_member *member = &view->ledger.members[index];
		char name[BUS_TEXT_MAX];

		bus_text_clean(member->name, name);
		r = sd_bus_message_append(reply, "(ssbt)", name, role_text(member->role),
					  (int)member->is_connected, member->vote_slot);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

/** The parser let only printable UTF-8 through, so the file's text goes out as it is. */
static int get_contract_text(sd_bus *bus, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *error)
{
	const struct view *view = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", view->contract_text ? view->contract_text : "");
}

/** The answer comes from bus_verified(). */
static int on_verify(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct bus_shown *shown = userdata;

	if (!shown->handlers.verify)
		return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED,
					"This node has no ledger to verify");
	if (bus_callers_add(&shown->callers, call) < 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
					 "%d callers already wait for the verification; "
					 "ask again when it has ended",
					 BUS_CALLERS_MAX);
	shown->handlers.verify(shown->handlers.context);
	return 1;
}

static bool members_differ(const void *a, const void *b)
{
	const struct view_ledger *before = &((const struct view *)a)->ledger;
	const struct view_ledger *now = &((const struct view *)b)->ledger;

	if (before->member_count != now->member_count)
		return true;
	for (size_t index = 0; index < now->member_count; index++) {
		const struct view_member *old_member = &before->members[index];
		const struct view_member *new_member = &now->members[index];

		if (old_member->is_connected != new_member->is_connected ||
		    old_member->vote_slot != new_member->vote_slot ||
		    old_member->role != new_member->role ||
		    strcmp(old_member->name, new_member->name) != 0)
			return true;
	}
	return false;
}

#define PROPERTY(name, signature, get, member)                                                     \
	SD_BUS_PROPERTY(name, signature, get, offsetof(struct view, ledger.member),                \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable LEDGER_VTABLE[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Layer", "s", bus_get_layer, layer),
	PROPERTY("Chain", "s", bus_get_hash, chain),
	PROPERTY("Head", "s", bus_get_hash, head),
	PROPERTY("Height", "t", NULL, height),
	PROPERTY("Slot", "t", NULL, slot),
	PROPERTY("HeadTimeUs", "x", NULL, head_time_us),
	PROPERTY("ReadingsFinal", "t", NULL, readings_final),
	PROPERTY("ReadingsRejected", "t", NULL, readings_rejected),
	PROPERTY("Pending", "u", NULL, pending),
	PROPERTY("OwnPending", "u", NULL, own_pending),
	PROPERTY("VotesCast", "t", NULL, votes_cast),
	PROPERTY("Accept", "u", NULL, accept),
	SD_BUS_PROPERTY("Members", "a(ssbt)", get_members, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("b", good, "s", text, "t", blocks), on_verify,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

#define FIELD(name, member, differs)                                                               \
	{                                                                                          \
		name, offsetof(struct view, ledger.member), differs                                \
	}

static const struct bus_field LEDGER_FIELDS[] = {
	FIELD("Chain", chain, bus_hash_differs),
	FIELD("Head", head, bus_hash_differs),
	FIELD("Height", height, bus_long_differs),
	FIELD("Slot", slot, bus_long_differs),
	FIELD("HeadTimeUs", head_time_us, bus_long_differs),
	FIELD("ReadingsFinal", readings_final, bus_long_differs),
	FIELD("ReadingsRejected", readings_rejected, bus_long_differs),
	FIELD("Pending", pending, bus_int_differs),
	FIELD("OwnPending", own_pending, bus_int_differs),
	FIELD("VotesCast", votes_cast, bus_long_differs),
	FIELD("Accept", accept, bus_int_differs),
	{"Members", 0, members_differ},
};

static const struct bus_interface LEDGER_INTERFACE = {
	.name = "org.smihub.Ledger1",
	.vtable = LEDGER_VTABLE,
	.fields = LEDGER_FIELDS,
	.field_count = sizeof(LEDGER_FIELDS) / sizeof(LEDGER_FIELDS[0]),
};

static const sd_bus_vtable CONTRACT_VTABLE[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Layer", "s", bus_get_layer, layer),
	PROPERTY("Chain", "s", bus_get_hash, chain),
	SD_BUS_PROPERTY("Text", "s", get_contract_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

/* The text never changes while the chain does not: another contract is another chain. */
static const struct bus_field CONTRACT_FIELDS[] = {
	FIELD("Chain", chain, bus_hash_differs),
	FIELD("Text", chain, bus_hash_differs),
};

static const struct bus_interface CONTRACT_INTERFACE = {
	.name = "org.smihub.Contract1",
	.vtable = CONTRACT_VTABLE,
	.fields = CONTRACT_FIELDS,
	.field_count = sizeof(CONTRACT_FIELDS) / sizeof(CONTRACT_FIELDS[0]),
};

const struct bus_interface *bus_ledger_interface(void)
{
	return &LEDGER_INTERFACE;
}

const struct bus_interface *bus_contract_interface(void)
{
	return &CONTRACT_INTERFACE;
}
