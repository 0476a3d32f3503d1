/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The rows of the Now page: the devices in a calm order, as many as there is room for, the others
 * merged into one row, and what no device accounts for. A list model of SmiRowItem.
 */
#pragma once

#include "ui/hub_model.h"

#define SMI_TYPE_ROW_LIST (smi_row_list_get_type())
G_DECLARE_FINAL_TYPE(SmiRowList, smi_row_list, SMI, ROW_LIST, GObject)

enum {
	SMI_ROWS_MIN = 3, /**< One device, the merged rest, what is not attributed. */
};

/** Returns the rows of `model`, which is held. */
SmiRowList *smi_row_list_new(SmiHubModel *model);

/** Sets how many rows there is room for. */
void smi_row_list_set_room(SmiRowList *self, guint rows);

/** Shows all devices, whatever the room. */
void smi_row_list_set_open(SmiRowList *self, gboolean is_open);
gboolean smi_row_list_is_open(SmiRowList *self);

/** Brings ages up to date; for calling when time has passed without news. */
void smi_row_list_refresh(SmiRowList *self);

/** Borrowed; the list of SmiRowItem to show. */
GListModel *smi_row_list_rows(SmiRowList *self);
