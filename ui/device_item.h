/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One device of the home as the hub tells it; an item of the list that SmiHubModel keeps. */
#pragma once

#include "ui/hub_values.h"

#include <glib-object.h>

#define SMI_TYPE_DEVICE_ITEM (smi_device_item_get_type())
G_DECLARE_FINAL_TYPE(SmiDeviceItem, smi_device_item, SMI, DEVICE_ITEM, GObject)

/** Returns a new device of which only the object path is known. */
SmiDeviceItem *smi_device_item_new(const char *path);

/** Sets one property; false if it was refused (smi_field_set()). */
bool smi_device_item_put(SmiDeviceItem *self, const char *property, GVariant *value);

/** Borrowed as long as the device lives. */
const char *smi_device_item_path(SmiDeviceItem *self);
const struct smi_device_values *smi_device_item_values(SmiDeviceItem *self);

/** Returns the name of the icon for the device's kind; never NULL. */
const char *smi_device_item_icon(SmiDeviceItem *self);
