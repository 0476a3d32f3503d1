/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `smi ledger head`: where a node's copy of the ledger stands, and who votes. */
#include <inttypes.h>

#include "ledger/contract.h"
#include "smi_format.h"
#include "smi_show.h"

static void show_hash(FILE *stream, const char *label, const struct hash *hash)
{
	char text[2 * sizeof(hash->bytes) + 1];

	bytes_to_hex(BYTES_OF(*hash), text, sizeof(text));
	(void)fprintf(stream, "%-8s %s\n", label, text);
}

static void show_count(FILE *stream, const char *before, uint64_t count, const char *after)
{
	char text[SMI_TEXT_MAX];

	smi_count_text(count, text);
	(void)fprintf(stream, "%s%s%s", before, text, after);
}

void smi_show_ledger(FILE *stream, const struct smi_node *node)
{
	const struct view_ledger *ledger = &node->view.ledger;
	char time[SMI_TEXT_MAX];
	char age[SMI_TEXT_MAX];
	size_t columns = 0;

	if (!node->has_ledger) {
		(void)fputs("This node keeps no ledger.\n", stream);
		return;
	}
	smi_time_text(ledger->head_time_us, time);
	smi_age_text(node->view.time_us - ledger->head_time_us, age);
	(void)fprintf(stream, "%-8s %s\n", "Layer", layer_text(ledger->layer));
	show_hash(stream, "Chain", &ledger->chain);
	show_hash(stream, "Head", &ledger->head);
	show_count(stream, "Height   ", ledger->height, "");
	show_count(stream, ", slot ", ledger->slot, "\n");
	(void)fprintf(stream, "%-8s %s%s%s\n", "Final", time, ledger->height > 0 ? ", " : "",
		      ledger->height > 0 ? age : "");
	show_count(stream, "Readings ", ledger->readings_final, " final");
	show_count(stream, ", ", ledger->readings_rejected, " rejected");
	show_count(stream, ", ", ledger->pending, " pending");
	show_count(stream, " (", ledger->own_pending, " own)\n");
	show_count(stream, "Votes    ", ledger->votes_cast, " cast");
	show_count(stream, "; ", ledger->accept, " yes store a reading\n");
	for (size_t index = 0; index < ledger->member_count; index++)
		if (strlen(ledger->members[index].name) > columns)
			columns = strlen(ledger->members[index].name);
	for (size_t index = 0; index < ledger->member_count; index++) {
		const struct view_member *member = &ledger->members[index];

		(void)fprintf(stream, "%-8s %-*s  %-9s  %-13s  ", index == 0 ? "Members" : "",
			      (int)columns, member->name, role_text(member->role),
			      member->is_connected ? "connected" : "not connected");
		show_count(stream, "vote in slot ", member->vote_slot, "\n");
	}
}
