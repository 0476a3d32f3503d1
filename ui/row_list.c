/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses, orders and words the rows; a presenter between the model and the list widget. */
#include "ui/row_list.h"

#include "ui/device_item.h"
#include "ui/device_order.h"
#include "ui/row_item.h"

#include <stdio.h>
#include <string.h>

enum {
	ROWS_MAX = SMI_DEVICES_MAX + 2,
	ROOM_DEFAULT = 7,
};

struct _SmiRowList {
	GObject parent;
	SmiHubModel *model;
	GListStore *rows;
	GPtrArray *order;  /* paths, as last shown */
	GHashTable *items; /* path to SmiRowItem, so that a row stays one widget */
	SmiRowItem *rest;
	SmiRowItem *not_attributed;
	guint room;
	gboolean is_open;
};

G_DEFINE_TYPE(SmiRowList, smi_row_list, G_TYPE_OBJECT)

static SmiRowItem *item_of(SmiRowList *self, const char *path)
{
	SmiRowItem *item = g_hash_table_lookup(self->items, path);

	if (item == NULL) {
		item = smi_row_item_new();
		g_hash_table_insert(self->items, g_strdup(path), item);
	}
	return item;
}

static void word_device(SmiRowList *self, SmiDeviceItem *device)
{
	const struct smi_device_values *values = smi_device_item_values(device);
	const int64_t now_us = smi_hub_model_now_us(self->model);
	struct smi_row row = {.kind = SMI_ROW_DEVICE, .icon = smi_device_item_icon(device)};

	g_strlcpy(row.title, values->name[0] != '\0' ? values->name : "Unnamed", sizeof(row.title));
	row.is_dimmed = values->state != SMI_PRESENCE_LIVE;
	if (values->state == SMI_PRESENCE_ABSENT) {
		(void)snprintf(row.detail, sizeof(row.detail), "Not connected");
		(void)snprintf(row.value, sizeof(row.value), "\xe2\x80\x93");
	} else {
		smi_number_power_text(values->power_mw, row.value, sizeof(row.value));
		row.permille = smi_number_permille(values->power_mw,
						   smi_hub_model_values(self->model)->power_mw);
	}
	if (values->state == SMI_PRESENCE_STALE)
		smi_number_age_text(now_us - values->time_us, row.detail, sizeof(row.detail));
	smi_row_item_set(item_of(self, smi_device_item_path(device)), &row);
}

static void word_rest(SmiRowList *self, const struct smi_order_entry *entries, size_t shown,
		      size_t count)
{
	struct smi_row row = {.kind = SMI_ROW_MORE, .icon = "smi-more-symbolic"};
	int64_t power_mw = 0;
	size_t silent = 0;

	for (size_t k = shown; k < count; k++) {
		g_autoptr(SmiDeviceItem) device = g_list_model_get_item(
			smi_hub_model_devices(self->model), (guint)entries[k].index);

		if (smi_device_item_values(device)->state == SMI_PRESENCE_LIVE)
			power_mw += smi_device_item_values(device)->power_mw;
		else
			silent++;
	}
	(void)snprintf(row.title, sizeof(row.title), "%zu more", count - shown);
	if (silent > 0)
		(void)snprintf(row.detail, sizeof(row.detail), "%zu silent", silent);
	smi_number_power_text(power_mw, row.value, sizeof(row.value));
	row.permille = smi_number_permille(power_mw, smi_hub_model_values(self->model)->power_mw);
	if (self->is_open) {
		row = (struct smi_row){.kind = SMI_ROW_LESS, .icon = "smi-less-symbolic"};
		(void)snprintf(row.title, sizeof(row.title), "Show fewer");
	}
	smi_row_item_set(self->rest, &row);
}

static void word_not_attributed(SmiRowList *self)
{
	const struct smi_hub_values *values = smi_hub_model_values(self->model);
	struct smi_row row = {.kind = SMI_ROW_NOT_ATTRIBUTED, .icon = "smi-unattributed-symbolic"};

	(void)snprintf(row.title, sizeof(row.title), "Not attributed");
	smi_number_power_text(values->not_attributed_mw, row.value, sizeof(row.value));
	row.permille = smi_number_permille(values->not_attributed_mw, values->power_mw);
	smi_row_item_set(self->not_attributed, &row);
}

static size_t old_position(SmiRowList *self, const char *path)
{
	for (guint k = 0; k < self->order->len; k++) {
		if (strcmp(g_ptr_array_index(self->order, k), path) == 0)
			return k;
	}
	return SIZE_MAX;
}

/* Fills `entries` in the order to show and returns how many there are. */
static size_t arrange(SmiRowList *self, struct smi_order_entry entries[SMI_DEVICES_MAX])
{
	GListModel *devices = smi_hub_model_devices(self->model);
	const guint count = MIN(g_list_model_get_n_items(devices), (guint)SMI_DEVICES_MAX);
	g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);

	for (guint k = 0; k < count; k++) {
		g_autoptr(SmiDeviceItem) device = g_list_model_get_item(devices, k);
		const struct smi_device_values *values = smi_device_item_values(device);

		entries[k] = (struct smi_order_entry){
			.name = values->name,
			.power_mw = values->power_mw,
			.is_absent = values->state == SMI_PRESENCE_ABSENT,
			.old_position = old_position(self, smi_device_item_path(device)),
			.index = k,
		};
	}
	(void)smi_order_arrange(entries, count);
	for (guint k = 0; k < count; k++) {
		g_autoptr(SmiDeviceItem) device =
			g_list_model_get_item(devices, (guint)entries[k].index);

		g_ptr_array_add(order, g_strdup(smi_device_item_path(device)));
	}
	g_ptr_array_unref(self->order);
	self->order = g_steal_pointer(&order);
	return count;
}

/* Replaces only the rows that differ: a splice at a row would make its widget anew. */
static void show(SmiRowList *self, gpointer *rows, guint count)
{
	GListModel *list = G_LIST_MODEL(self->rows);
	const guint old_count = g_list_model_get_n_items(list);
	guint head = 0;
	guint tail = 0;

	for (; head < MIN(count, old_count); head++) {
		g_autoptr(GObject) row = g_list_model_get_item(list, head);

		if (row != rows[head])
			break;
	}
	for (; tail < MIN(count, old_count) - head; tail++) {
		g_autoptr(GObject) row = g_list_model_get_item(list, old_count - 1 - tail);

		if (row != rows[count - 1 - tail])
			break;
	}
	if (head + tail < MAX(count, old_count))
		g_list_store_splice(self->rows, head, old_count - head - tail, rows + head,
				    count - head - tail);
}

static gboolean is_gone(gpointer path, gpointer item, gpointer data)
{
	(void)item;
	return old_position(data, path) == SIZE_MAX;
}

void smi_row_list_refresh(SmiRowList *self)
{
	struct smi_order_entry entries[SMI_DEVICES_MAX];
	gpointer rows[ROWS_MAX];
	const size_t count = arrange(self, entries);
	const struct smi_hub_values *values = smi_hub_model_values(self->model);
	const gboolean has_home =
		count > 0 && values->power_known && values->not_attributed_mw >= 0;
	const size_t room = MAX(self->room, (guint)SMI_ROWS_MIN) - (has_home ? 1 : 0);
	const gboolean is_merged = count > room;
	const size_t shown = is_merged && !self->is_open ? room - 1 : count;
	guint used = 0;

	for (size_t k = 0; k < count; k++) {
		g_autoptr(SmiDeviceItem) device = g_list_model_get_item(
			smi_hub_model_devices(self->model), (guint)entries[k].index);

		word_device(self, device);
		if (k < shown)
			rows[used++] = item_of(self, smi_device_item_path(device));
	}
	if (is_merged) {
		word_rest(self, entries, shown, count);
		rows[used++] = self->rest;
	}
	if (has_home) {
		word_not_attributed(self);
		rows[used++] = self->not_attributed;
	}
	show(self, rows, used);
	g_hash_table_foreach_remove(self->items, is_gone, self);
}

static void smi_row_list_dispose(GObject *object)
{
	SmiRowList *self = SMI_ROW_LIST(object);

	if (self->model != NULL)
		g_signal_handlers_disconnect_by_data(self->model, self);
	g_clear_object(&self->model);
	g_clear_object(&self->rows);
	g_clear_object(&self->rest);
	g_clear_object(&self->not_attributed);
	g_clear_pointer(&self->order, g_ptr_array_unref);
	g_clear_pointer(&self->items, g_hash_table_unref);
	G_OBJECT_CLASS(smi_row_list_parent_class)->dispose(object);
}

static void smi_row_list_class_init(SmiRowListClass *class)
{
	G_OBJECT_CLASS(class)->dispose = smi_row_list_dispose;
}

static void smi_row_list_init(SmiRowList *self)
{
	self->rows = g_list_store_new(SMI_TYPE_ROW_ITEM);
	self->order = g_ptr_array_new_with_free_func(g_free);
	self->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
	self->rest = smi_row_item_new();
	self->not_attributed = smi_row_item_new();
	self->room = ROOM_DEFAULT;
}

SmiRowList *smi_row_list_new(SmiHubModel *model)
{
	SmiRowList *self = g_object_new(SMI_TYPE_ROW_LIST, NULL);

	self->model = g_object_ref(model);
	g_signal_connect_swapped(model, "changed", G_CALLBACK(smi_row_list_refresh), self);
	smi_row_list_refresh(self);
	return self;
}

void smi_row_list_set_room(SmiRowList *self, guint rows)
{
	if (self->room == rows)
		return;
	self->room = rows;
	smi_row_list_refresh(self);
}

void smi_row_list_set_open(SmiRowList *self, gboolean is_open)
{
	if (self->is_open == is_open)
		return;
	self->is_open = is_open;
	smi_row_list_refresh(self);
}

gboolean smi_row_list_is_open(SmiRowList *self)
{
	return self->is_open;
}

GListModel *smi_row_list_rows(SmiRowList *self)
{
	return G_LIST_MODEL(self->rows);
}
