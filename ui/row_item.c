/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds one row's content and says when it changed; draws nothing. */
#include "ui/row_item.h"

#include <string.h>

struct _SmiRowItem {
	GObject parent;
	struct smi_row row;
};

enum {
	SIGNAL_CHANGED,
	SIGNALS,
};

static guint signals[SIGNALS];

G_DEFINE_TYPE(SmiRowItem, smi_row_item, G_TYPE_OBJECT)

static void smi_row_item_class_init(SmiRowItemClass *class)
{
	(void)class;
	signals[SIGNAL_CHANGED] = g_signal_new("changed", SMI_TYPE_ROW_ITEM, G_SIGNAL_RUN_LAST, 0,
					       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void smi_row_item_init(SmiRowItem *self)
{
	self->row.icon = "smi-appliance-symbolic";
}

SmiRowItem *smi_row_item_new(void)
{
	return g_object_new(SMI_TYPE_ROW_ITEM, NULL);
}

static bool is_same(const struct smi_row *a, const struct smi_row *b)
{
	return a->kind == b->kind && a->is_dimmed == b->is_dimmed && a->permille == b->permille &&
	       a->icon == b->icon && strcmp(a->title, b->title) == 0 &&
	       strcmp(a->detail, b->detail) == 0 && strcmp(a->value, b->value) == 0;
}

void smi_row_item_set(SmiRowItem *self, const struct smi_row *row)
{
	if (is_same(&self->row, row))
		return;
	self->row = *row;
	g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

const struct smi_row *smi_row_item_row(SmiRowItem *self)
{
	return &self->row;
}
