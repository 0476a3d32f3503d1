/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `smi status`: what a technician must know in the first minute, on one screen. */
#include <inttypes.h>

#include "ledger/contract.h"
#include "smi_format.h"
#include "smi_show.h"

enum { NAMES_SHOWN = 4, LABEL_COLUMNS = 10, HEAD_DIGITS = 16 };

static void label(FILE *stream, const char *text)
{
	(void)fprintf(stream, "%-*s ", LABEL_COLUMNS, text);
}

static void show_power(FILE *stream, const struct view *view)
{
	char power[SMI_TEXT_MAX];
	char rest[SMI_TEXT_MAX];
	char today[SMI_TEXT_MAX];
	char total[SMI_TEXT_MAX];

	smi_power_text(view->power_mw, power);
	smi_power_text(view->not_attributed_mw, rest);
	smi_energy_text(view->energy_today_mwh, today);
	smi_register_text(view->energy_mwh, total);
	label(stream, view->role == ROLE_METER ? "Home" : "Power");
	if (!view->power_known)
		(void)fputs("not known yet", stream);
	else if (view->role == ROLE_METER)
		(void)fprintf(stream, "%s, not attributed %s", power,
			      view->not_attributed_mw < 0 ? "not known yet" : rest);
	else
		(void)fputs(power, stream);
	(void)fprintf(stream, "; today %s, register %s\n", today, total);
}

/** "(stale: washer, dryer, ...)" of those in a state. */
static void show_names(FILE *stream, const struct smi_node *node, enum view_device_state state)
{
	const size_t count = smi_node_count(node, state);
	size_t shown = 0;

	if (count == 0)
		return;
	(void)fprintf(stream, "%*s %s: ", LABEL_COLUMNS, "", smi_device_state_text(state));
	for (size_t index = 0; index < node->view.device_count && shown < NAMES_SHOWN; index++) {
		const struct view_device *device = &node->view.devices[index];
		char age[SMI_TEXT_MAX];

		if (device->state != state)
			continue;
		smi_age_text(node->view.time_us - device->time_us, age);
		(void)fprintf(stream, "%s%s (%s)", shown > 0 ? ", " : "", device->name,
			      device->time_us > 0 ? age : "never heard");
		shown++;
	}
	(void)fprintf(stream, "%s\n", count > shown ? ", ..." : "");
}

static void show_devices(FILE *stream, const struct smi_node *node)
{
	label(stream, "Devices");
	if (node->view.device_count == 0) {
		(void)fputs("none\n", stream);
		return;
	}
	(void)fprintf(
		stream, "%zu live, %zu stale, %zu absent\n", smi_node_count(node, VIEW_DEVICE_LIVE),
		smi_node_count(node, VIEW_DEVICE_STALE), smi_node_count(node, VIEW_DEVICE_ABSENT));
	show_names(stream, node, VIEW_DEVICE_STALE);
	show_names(stream, node, VIEW_DEVICE_ABSENT);
}

static void show_ledger(FILE *stream, const struct smi_node *node)
{
	const struct view_ledger *ledger = &node->view.ledger;
	char height[SMI_TEXT_MAX];
	char age[SMI_TEXT_MAX];
	char final[SMI_TEXT_MAX];
	char rejected[SMI_TEXT_MAX];
	char head[2 * sizeof(ledger->head.bytes) + 1];

	label(stream, "Ledger");
	if (!node->has_ledger) {
		(void)fputs("none\n", stream);
		return;
	}
	smi_count_text(ledger->height, height);
	smi_count_text(ledger->readings_final, final);
	smi_count_text(ledger->readings_rejected, rejected);
	smi_age_text(node->view.time_us - ledger->head_time_us, age);
	bytes_to_hex(BYTES_OF(ledger->head), head, sizeof(head));
	(void)fprintf(stream, "%s height %s, head %.*s, last final %s\n", layer_text(ledger->layer),
		      height, HEAD_DIGITS, head, ledger->head_time_us > 0 ? age : "never");
	(void)fprintf(stream, "%*s %s readings final, %s rejected, %u pending (%u own)\n",
		      LABEL_COLUMNS, "", final, rejected, ledger->pending, ledger->own_pending);
}

static void show_members(FILE *stream, const struct view_ledger *ledger)
{
	size_t connected = 0;
	size_t shown = 0;

	for (size_t index = 0; index < ledger->member_count; index++)
		connected += ledger->members[index].is_connected ? 1 : 0;
	label(stream, "Members");
	(void)fprintf(stream, "%zu of %zu connected; %u yes store a reading\n", connected,
		      ledger->member_count, ledger->accept);
	if (connected == ledger->member_count)
		return;
	(void)fprintf(stream, "%*s missing: ", LABEL_COLUMNS, "");
	for (size_t index = 0; index < ledger->member_count && shown < NAMES_SHOWN; index++)
		if (!ledger->members[index].is_connected)
			(void)fprintf(stream, "%s%s", shown++ > 0 ? ", " : "",
				      ledger->members[index].name);
	(void)fprintf(stream, "%s\n", ledger->member_count - connected > shown ? ", ..." : "");
}

static void show_alarms(FILE *stream, const struct view *view)
{
	label(stream, "Alarms");
	if (view->alarm_count == 0)
		(void)fputs("none\n", stream);
	else
		(void)fprintf(stream, "%zu, newest first\n", view->alarm_count);
	for (size_t index = 0; index < view->alarm_count && index < SMI_ALARMS_SHOWN; index++) {
		const struct view_alarm *alarm = &view->alarms[index];
		char time[SMI_TEXT_MAX];

		smi_clock_text(alarm->time_us, view->time_us, time);
		(void)fprintf(stream, "  %s  %s  %s: %s\n", time, alarm->who, alarm->what,
			      alarm->why);
	}
}

static void show_refused(FILE *stream, const struct view *view)
{
	label(stream, "Refused");
	if (view->refusal_count == 0)
		(void)fputs("nothing", stream);
	for (size_t index = 0; index < view->refusal_count; index++) {
		char count[SMI_TEXT_MAX];

		smi_count_text(view->refusals[index].count, count);
		(void)fprintf(stream, "%s%s %s", index > 0 ? ", " : "",
			      view->refusals[index].reason, count);
	}
	(void)fputc('\n', stream);
}

void smi_show_status(FILE *stream, const struct smi_node *node)
{
	const struct view *view = &node->view;
	char time[SMI_TEXT_MAX];

	smi_time_text(view->time_us, time);
	(void)fprintf(stream, "%s (%s), smid %s, %s", view->name, role_text(view->role),
		      node->version, time);
	if (view->speed > 1)
		(void)fprintf(stream, ", %u times real time", view->speed);
	(void)fputc('\n', stream);
	label(stream, "State");
	(void)fprintf(stream, "%s: %s\n", smi_state_text(view->state), view->state_text);
	label(stream, "Agreement");
	(void)fprintf(stream, "%s: %s\n", smi_agreement_text(view->agreement),
		      view->agreement_text);
	label(stream, "Storage");
	(void)fprintf(stream, "%s%s\n", view->storage_error[0] != '\0' ? "failing: " : "good",
		      view->storage_error);
	show_power(stream, view);
	if (view->role == ROLE_METER)
		show_devices(stream, node);
	show_ledger(stream, node);
	if (node->has_ledger)
		show_members(stream, &view->ledger);
	show_alarms(stream, view);
	show_refused(stream, view);
}
