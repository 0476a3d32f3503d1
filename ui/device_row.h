/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One row of the list of consumers: icon, name, bar, power, and its age if it is not live. */
#pragma once

#include "ui/row_item.h"

#include <gtk/gtk.h>

#define SMI_TYPE_DEVICE_ROW (smi_device_row_get_type())
G_DECLARE_FINAL_TYPE(SmiDeviceRow, smi_device_row, SMI, DEVICE_ROW, GtkListBoxRow)

/** Returns a row, floating, that follows `item`, which it holds. */
GtkWidget *smi_device_row_new(SmiRowItem *item);

/** Returns the kind of what the row shows. */
enum smi_row_kind smi_device_row_kind(SmiDeviceRow *self);
