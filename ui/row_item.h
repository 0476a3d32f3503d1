/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One row of the list of consumers, ready to be drawn: texts, icon, length of the bar. */
#pragma once

#include "ui/hub_values.h"
#include "ui/numbers.h"

#include <glib-object.h>

enum smi_row_kind {
	SMI_ROW_DEVICE,
	SMI_ROW_MORE, /**< Several devices merged; opens the whole list. */
	SMI_ROW_LESS, /**< Closes it again. */
	SMI_ROW_NOT_ATTRIBUTED,
};

struct smi_row {
	enum smi_row_kind kind;
	bool is_dimmed;	       /**< Not live: the value is old or missing. */
	unsigned int permille; /**< Of the home's power. */
	const char *icon;      /**< Static. */
	char title[SMI_NAME_MAX];
	char detail[SMI_NUMBER_TEXT_MAX]; /**< May be empty. */
	char value[SMI_NUMBER_TEXT_MAX];
};

#define SMI_TYPE_ROW_ITEM (smi_row_item_get_type())
G_DECLARE_FINAL_TYPE(SmiRowItem, smi_row_item, SMI, ROW_ITEM, GObject)

SmiRowItem *smi_row_item_new(void);

/** Takes a copy of `row` and emits "changed" if it differs from the one before. */
void smi_row_item_set(SmiRowItem *self, const struct smi_row *row);

/** Borrowed as long as the item lives. */
const struct smi_row *smi_row_item_row(SmiRowItem *self);
