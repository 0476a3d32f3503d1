/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides who stands above whom; pure, and knows nothing of rows. */
#include "ui/device_order.h"

#include <stdlib.h>
#include <string.h>

static int64_t weight(const struct smi_order_entry *entry)
{
	if (entry->is_absent)
		return -1;
	if (entry->power_mw < 0)
		return 0;
	return entry->power_mw < SMI_ORDER_LIMIT_MW ? entry->power_mw : SMI_ORDER_LIMIT_MW;
}

static int compare_powers(const void *left, const void *right)
{
	const struct smi_order_entry *a = left;
	const struct smi_order_entry *b = right;

	if (weight(a) != weight(b))
		return weight(a) > weight(b) ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_positions(const void *left, const void *right)
{
	const struct smi_order_entry *a = left;
	const struct smi_order_entry *b = right;

	if (a->old_position == b->old_position)
		return strcmp(a->name, b->name);
	return a->old_position < b->old_position ? -1 : 1;
}

static bool has_overtaken(int64_t lower, int64_t upper)
{
	return (lower < 0) != (upper < 0)
		       ? lower > upper
		       : lower > upper + SMI_ORDER_MARGIN_MW +
					 upper / 1000 * SMI_ORDER_MARGIN_PERMILLE;
}

bool smi_order_arrange(struct smi_order_entry *entries, size_t count)
{
	int64_t least = SMI_ORDER_LIMIT_MW;
	bool is_kept = true;

	if (count == 0)
		return true;
	qsort(entries, count, sizeof(*entries), compare_positions);
	for (size_t k = 0; k < count && is_kept; k++) {
		const int64_t power = weight(&entries[k]);

		is_kept = entries[k].old_position != SIZE_MAX && !has_overtaken(power, least);
		if (power < least)
			least = power;
	}
	if (!is_kept)
		qsort(entries, count, sizeof(*entries), compare_powers);
	return is_kept;
}
