/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds one device's values; does not watch, order or draw them. */
#include "ui/device_item.h"

#include <string.h>

struct _SmiDeviceItem {
	GObject parent;
	char *path;
	struct smi_device_values values;
};

G_DEFINE_TYPE(SmiDeviceItem, smi_device_item, G_TYPE_OBJECT)

static void smi_device_item_finalize(GObject *object)
{
	g_free(SMI_DEVICE_ITEM(object)->path);
	G_OBJECT_CLASS(smi_device_item_parent_class)->finalize(object);
}

static void smi_device_item_class_init(SmiDeviceItemClass *class)
{
	G_OBJECT_CLASS(class)->finalize = smi_device_item_finalize;
}

static void smi_device_item_init(SmiDeviceItem *self)
{
	smi_device_values_init(&self->values);
}

SmiDeviceItem *smi_device_item_new(const char *path)
{
	SmiDeviceItem *self = g_object_new(SMI_TYPE_DEVICE_ITEM, NULL);

	self->path = g_strdup(path);
	return self;
}

bool smi_device_item_put(SmiDeviceItem *self, const char *property, GVariant *value)
{
	const struct smi_field *field = smi_field_find(SMI_INTERFACE_DEVICE, property);

	return field == NULL || smi_field_set(field, value, &self->values);
}

const char *smi_device_item_path(SmiDeviceItem *self)
{
	return self->path;
}

const struct smi_device_values *smi_device_item_values(SmiDeviceItem *self)
{
	return &self->values;
}

const char *smi_device_item_icon(SmiDeviceItem *self)
{
	static const struct {
		const char *kind;
		const char *icon;
	} icons[] = {
		{"car-charger", "smi-car-charger-symbolic"},
		{"coffee-maker", "smi-coffee-maker-symbolic"},
		{"desktop-pc", "smi-desktop-pc-symbolic"},
		{"dishwasher", "smi-dishwasher-symbolic"},
		{"dryer", "smi-dryer-symbolic"},
		{"freezer", "smi-freezer-symbolic"},
		{"heat-pump", "smi-heat-pump-symbolic"},
		{"kettle", "smi-kettle-symbolic"},
		{"lamp", "smi-lamp-symbolic"},
		{"laptop", "smi-laptop-symbolic"},
		{"laundry-dryer", "smi-dryer-symbolic"},
		{"oven", "smi-oven-symbolic"},
		{"refrigerator", "smi-refrigerator-symbolic"},
		{"router", "smi-router-symbolic"},
		{"television", "smi-television-symbolic"},
		{"toaster", "smi-toaster-symbolic"},
		{"washing-machine", "smi-washing-machine-symbolic"},
	};

	for (size_t k = 0; k < G_N_ELEMENTS(icons); k++) {
		if (strcmp(icons[k].kind, self->values.kind) == 0)
			return icons[k].icon;
	}
	return "smi-appliance-symbolic";
}
