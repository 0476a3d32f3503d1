/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mirrors the hub's values and says when they changed; does not know the bus or any widget. */
#include "ui/hub_model.h"

#include "ui/device_item.h"

#include <string.h>

struct _SmiHubModel {
	GObject parent;
	struct smi_hub_values values;
	struct smi_history history;
	GListStore *devices;
	enum smi_link link;
	gint64 heard_us; /* monotonic time of the newest TimeUs */
	gboolean is_frozen;
	guint changed_source;
	unsigned int refused;
};

enum {
	SIGNAL_CHANGED,
	SIGNALS,
};

static guint signals[SIGNALS];

G_DEFINE_TYPE(SmiHubModel, smi_hub_model, G_TYPE_OBJECT)

static int64_t history_span_us(int64_t speed)
{
	return speed * SMI_HISTORY_MINUTES * 60 * G_USEC_PER_SEC;
}

/* The history's newest point is always the newest power, so that both show the same. */
static void note_power(SmiHubModel *self)
{
	if (!self->values.power_known)
		return;
	if (self->history.span_us != history_span_us(self->values.speed))
		smi_history_init(&self->history, history_span_us(self->values.speed));
	smi_history_add(&self->history, self->values.time_us, self->values.power_mw);
}

static gboolean on_turn_ended(gpointer data)
{
	SmiHubModel *self = data;

	self->changed_source = 0;
	if (self->link == SMI_LINK_ANSWERING)
		note_power(self);
	g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
	return G_SOURCE_REMOVE;
}

static void mark_changed(SmiHubModel *self)
{
	if (self->changed_source == 0)
		self->changed_source = g_idle_add(on_turn_ended, self);
}

static void smi_hub_model_dispose(GObject *object)
{
	SmiHubModel *self = SMI_HUB_MODEL(object);

	g_clear_handle_id(&self->changed_source, g_source_remove);
	g_clear_object(&self->devices);
	G_OBJECT_CLASS(smi_hub_model_parent_class)->dispose(object);
}

static void smi_hub_model_class_init(SmiHubModelClass *class)
{
	G_OBJECT_CLASS(class)->dispose = smi_hub_model_dispose;
	signals[SIGNAL_CHANGED] = g_signal_new("changed", SMI_TYPE_HUB_MODEL, G_SIGNAL_RUN_LAST, 0,
					       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void smi_hub_model_init(SmiHubModel *self)
{
	smi_hub_values_init(&self->values);
	smi_history_init(&self->history, history_span_us(1));
	self->devices = g_list_store_new(SMI_TYPE_DEVICE_ITEM);
}

SmiHubModel *smi_hub_model_new(void)
{
	return g_object_new(SMI_TYPE_HUB_MODEL, NULL);
}

/* Returns the device at `path`, borrowed, and its place in the list; NULL if there is none. */
static SmiDeviceItem *find_device(SmiHubModel *self, const char *path, guint *ret_position)
{
	const guint count = g_list_model_get_n_items(G_LIST_MODEL(self->devices));

	for (guint k = 0; k < count; k++) {
		g_autoptr(SmiDeviceItem) device =
			g_list_model_get_item(G_LIST_MODEL(self->devices), k);

		if (strcmp(smi_device_item_path(device), path) == 0) {
			if (ret_position != NULL)
				*ret_position = k;
			return device;
		}
	}
	return NULL;
}

static bool put_device(SmiHubModel *self, const char *path, const char *property, GVariant *value)
{
	SmiDeviceItem *device = find_device(self, path, NULL);

	if (device == NULL) {
		g_autoptr(SmiDeviceItem) added = NULL;

		if (g_list_model_get_n_items(G_LIST_MODEL(self->devices)) >= SMI_DEVICES_MAX)
			return false;
		added = smi_device_item_new(path);
		g_list_store_append(self->devices, added);
		device = added;
	}
	return smi_device_item_put(device, property, value);
}

static bool put_hub(SmiHubModel *self, const char *property, GVariant *value)
{
	const struct smi_field *field = smi_field_find(SMI_INTERFACE_HUB, property);

	if (field == NULL)
		return true;
	if (field->kind == SMI_FIELD_TIME)
		self->heard_us = g_get_monotonic_time();
	return smi_field_set(field, value, &self->values);
}

void smi_hub_model_put(SmiHubModel *self, const char *path, const char *interface,
		       const char *property, GVariant *value)
{
	bool is_taken = true;

	g_return_if_fail(SMI_IS_HUB_MODEL(self));
	if (strcmp(interface, SMI_INTERFACE_HUB) == 0)
		is_taken = put_hub(self, property, value);
	else if (strcmp(interface, SMI_INTERFACE_DEVICE) == 0)
		is_taken = put_device(self, path, property, value);
	if (!is_taken && self->refused < G_MAXUINT)
		self->refused++;
	mark_changed(self);
}

void smi_hub_model_remove(SmiHubModel *self, const char *path)
{
	guint position;

	g_return_if_fail(SMI_IS_HUB_MODEL(self));
	if (find_device(self, path, &position) == NULL)
		return;
	g_list_store_remove(self->devices, position);
	mark_changed(self);
}

void smi_hub_model_clear(SmiHubModel *self)
{
	g_return_if_fail(SMI_IS_HUB_MODEL(self));
	smi_hub_values_init(&self->values);
	g_list_store_remove_all(self->devices);
	mark_changed(self);
}

void smi_hub_model_set_link(SmiHubModel *self, enum smi_link link)
{
	g_return_if_fail(SMI_IS_HUB_MODEL(self));
	if (self->link == link)
		return;
	self->link = link;
	mark_changed(self);
}

enum smi_link smi_hub_model_link(SmiHubModel *self)
{
	return self->link;
}

void smi_hub_model_freeze(SmiHubModel *self)
{
	self->is_frozen = TRUE;
}

void smi_hub_model_add_history(SmiHubModel *self, int64_t time_us, int64_t power_mw)
{
	if (self->history.span_us != history_span_us(self->values.speed))
		smi_history_init(&self->history, history_span_us(self->values.speed));
	smi_history_add(&self->history, CLAMP(time_us, 0, SMI_TIME_LIMIT_US),
			CLAMP(power_mw, -SMI_QUANTITY_LIMIT, SMI_QUANTITY_LIMIT));
}

int64_t smi_hub_model_now_us(SmiHubModel *self)
{
	gint64 passed_us = 0;

	if (self->values.time_us == 0)
		return 0;
	if (!self->is_frozen)
		passed_us = g_get_monotonic_time() - self->heard_us;
	/* Both bounds keep the product and the sum inside 64 bits: a day of silence is enough. */
	passed_us = CLAMP(passed_us, 0, G_TIME_SPAN_DAY);
	return MIN(self->values.time_us + passed_us * self->values.speed, SMI_TIME_LIMIT_US);
}

const struct smi_hub_values *smi_hub_model_values(SmiHubModel *self)
{
	return &self->values;
}

const struct smi_history *smi_hub_model_history(SmiHubModel *self)
{
	return &self->history;
}

GListModel *smi_hub_model_devices(SmiHubModel *self)
{
	return G_LIST_MODEL(self->devices);
}

unsigned int smi_hub_model_refused(SmiHubModel *self)
{
	return self->refused;
}
