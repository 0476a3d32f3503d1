/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a node says as JSON objects, for scripts and the tests of the whole. */
#include "ledger/contract.h"
#include "smi_show.h"

static json_t *integer(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *hash_text(const struct hash *hash)
{
	char text[2 * sizeof(hash->bytes) + 1];

	bytes_to_hex(BYTES_OF(*hash), text, sizeof(text));
	return json_string(text);
}

/** A power that is not known is null. */
static json_t *power(const struct view *view, int64_t power_mw)
{
	return view->power_known ? json_integer(power_mw) : json_null();
}

static json_t *not_attributed(const struct view *view)
{
	return view->not_attributed_mw < 0 ? json_null() : power(view, view->not_attributed_mw);
}

static json_t *alarms_of(const struct view *view)
{
	json_t *alarms = json_array();

	for (size_t index = 0; index < view->alarm_count; index++) {
		const struct view_alarm *alarm = &view->alarms[index];

		(void)json_array_append_new(alarms,
					    json_pack("{sI ss ss ss}", "time_us",
						      (json_int_t)alarm->time_us, "who", alarm->who,
						      "what", alarm->what, "why", alarm->why));
	}
	return alarms;
}

static json_t *refused_of(const struct view *view)
{
	json_t *refused = json_object();

	for (size_t index = 0; index < view->refusal_count; index++)
		(void)json_object_set_new(refused, view->refusals[index].reason,
					  integer(view->refusals[index].count));
	return refused;
}

static json_t *members_of(const struct view_ledger *ledger)
{
	json_t *members = json_array();

	for (size_t index = 0; index < ledger->member_count; index++) {
		const struct view_member *member = &ledger->members[index];

		(void)json_array_append_new(members,
					    json_pack("{ss ss sb so}", "name", member->name, "role",
						      role_text(member->role), "connected",
						      (int)member->is_connected, "vote_slot",
						      integer(member->vote_slot)));
	}
	return members;
}

json_t *smi_show_ledger_json(const struct smi_node *node)
{
	const struct view_ledger *ledger = &node->view.ledger;

	if (!node->has_ledger)
		return json_null();
	return json_pack("{ss so so so so sI so so si si so si so}", "layer",
			 layer_text(ledger->layer), "chain", hash_text(&ledger->chain), "head",
			 hash_text(&ledger->head), "height", integer(ledger->height), "slot",
			 integer(ledger->slot), "head_time_us", (json_int_t)ledger->head_time_us,
			 "readings_final", integer(ledger->readings_final), "readings_rejected",
			 integer(ledger->readings_rejected), "pending", (int)ledger->pending,
			 "own_pending", (int)ledger->own_pending, "votes_cast",
			 integer(ledger->votes_cast), "accept", (int)ledger->accept, "members",
			 members_of(ledger));
}

json_t *smi_show_status_json(const struct smi_node *node)
{
	const struct view *view = &node->view;
	json_t *counts =
		json_pack("{so so so}", "live", integer(smi_node_count(node, VIEW_DEVICE_LIVE)),
			  "stale", integer(smi_node_count(node, VIEW_DEVICE_STALE)), "absent",
			  integer(smi_node_count(node, VIEW_DEVICE_ABSENT)));

	return json_pack(
		"{ss ss ss sI sI ss ss ss ss ss so so sI sI sI so so so so}", "name", view->name,
		"role", role_text(view->role), "version", node->version, "time_us",
		(json_int_t)view->time_us, "speed", (json_int_t)view->speed, "state",
		smi_state_text(view->state), "state_text", view->state_text, "agreement",
		smi_agreement_text(view->agreement), "agreement_text", view->agreement_text,
		"storage_error", view->storage_error, "power_mw", power(view, view->power_mw),
		"not_attributed_mw", not_attributed(view), "energy_mwh",
		(json_int_t)view->energy_mwh, "energy_today_mwh",
		(json_int_t)view->energy_today_mwh, "first_watt_ms",
		(json_int_t)view->first_watt_ms, "devices", counts, "ledger",
		smi_show_ledger_json(node), "alarms", alarms_of(view), "refused", refused_of(view));
}

static json_t *device_json(const struct view_device *device)
{
	return json_pack(
		"{ss ss ss sI sI sI sI so sI sI so}", "name", device->name, "kind", device->kind,
		"state", smi_device_state_text(device->state), "power_mw",
		(json_int_t)device->power_mw, "energy_mwh", (json_int_t)device->energy_mwh,
		"energy_today_mwh", (json_int_t)device->energy_today_mwh, "time_us",
		(json_int_t)device->time_us, "final_sequence", integer(device->final_sequence),
		"final_time_us", (json_int_t)device->final_time_us, "final_energy_mwh",
		(json_int_t)device->final_energy_mwh, "rejected", integer(device->rejected));
}

json_t *smi_show_devices_json(const struct smi_node *node)
{
	const struct view *view = &node->view;
	json_t *devices = json_array();

	for (size_t index = 0; index < view->device_count; index++)
		(void)json_array_append_new(devices, device_json(&view->devices[index]));
	return json_pack("{ss sI so so sI so}", "name", view->name, "time_us",
			 (json_int_t)view->time_us, "power_mw", power(view, view->power_mw),
			 "not_attributed_mw", not_attributed(view),
			 "energy_today_mwh", (json_int_t)view->energy_today_mwh, "devices",
			 devices);
}

void smi_show_json(FILE *stream, json_t *json)
{
	(void)json_dumpf(json, stream, JSON_COMPACT | JSON_ENCODE_ANY);
	(void)fputc('\n', stream);
	json_decref(json);
}
