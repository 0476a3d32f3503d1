/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The order of devices on a screen: by power, but calm. Rows do not swap for a few watts, and once
 * one has really overtaken another all are put right together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SMI_ORDER_MARGIN_MW = 3000,	 /**< A row must be this much above the one it overtakes, */
	SMI_ORDER_MARGIN_PERMILLE = 150, /**< and this much of that one's power. */
	SMI_ORDER_LIMIT_MW = 1000000000, /**< More than this is ordered as this. */
};

struct smi_order_entry {
	const char *name;    /**< Borrowed; breaks ties. */
	int64_t power_mw;    /**< The newest known. */
	bool is_absent;	     /**< Absent ones come last, whatever they had. */
	size_t old_position; /**< Where it was, or SIZE_MAX if it is new. */
	size_t index;	     /**< The caller's; not read. */
};

/**
 * Puts `entries` in the order to show: the old one if nothing new came and nobody overtook anybody
 * by the margin, otherwise by power, then name. Returns whether the order is the old one.
 */
bool smi_order_arrange(struct smi_order_entry *entries, size_t count);
