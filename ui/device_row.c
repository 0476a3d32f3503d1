/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows one row item; does not choose, order or word it. */
#include "ui/device_row.h"

#include "ui/power_bar.h"

struct _SmiDeviceRow {
	GtkListBoxRow parent;
	SmiRowItem *item;
	GtkImage *icon;
	GtkLabel *title;
	GtkWidget *clock;
	GtkLabel *detail;
	GtkLabel *value;
	SmiPowerBar *bar;
};

G_DEFINE_TYPE(SmiDeviceRow, smi_device_row, GTK_TYPE_LIST_BOX_ROW)

static void set_class(GtkWidget *widget, const char *class, gboolean is_set)
{
	if (is_set)
		gtk_widget_add_css_class(widget, class);
	else
		gtk_widget_remove_css_class(widget, class);
}

static void speak(SmiDeviceRow *self, const struct smi_row *row)
{
	g_autofree char *text = NULL;

	if (row->kind == SMI_ROW_LESS)
		text = g_strdup(row->title);
	else if (row->detail[0] == '\0')
		text = g_strdup_printf("%s, %s", row->title, row->value);
	else
		text = g_strdup_printf("%s, %s, %s", row->title, row->value, row->detail);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
				       -1);
}

static void on_item_changed(SmiDeviceRow *self)
{
	const struct smi_row *row = smi_row_item_row(self->item);
	GtkWidget *widget = GTK_WIDGET(self);
	const gboolean is_button = row->kind == SMI_ROW_MORE || row->kind == SMI_ROW_LESS;

	gtk_image_set_from_icon_name(self->icon, row->icon);
	gtk_label_set_label(self->title, row->title);
	gtk_label_set_label(self->detail, row->detail);
	gtk_label_set_label(self->value, row->value);
	gtk_widget_set_visible(GTK_WIDGET(self->detail), row->detail[0] != '\0');
	gtk_widget_set_visible(self->clock, row->detail[0] != '\0');
	gtk_widget_set_visible(GTK_WIDGET(self->bar), row->kind != SMI_ROW_LESS);
	smi_power_bar_set(self->bar, row->permille, row->kind == SMI_ROW_NOT_ATTRIBUTED);
	gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(self), is_button);
	set_class(widget, "not-live", row->is_dimmed);
	set_class(widget, "rest", is_button);
	set_class(widget, "not-attributed", row->kind == SMI_ROW_NOT_ATTRIBUTED);
	speak(self, row);
}

static void smi_device_row_dispose(GObject *object)
{
	SmiDeviceRow *self = SMI_DEVICE_ROW(object);

	if (self->item != NULL)
		g_signal_handlers_disconnect_by_data(self->item, self);
	g_clear_object(&self->item);
	G_OBJECT_CLASS(smi_device_row_parent_class)->dispose(object);
}

static void smi_device_row_class_init(SmiDeviceRowClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = smi_device_row_dispose;
	g_type_ensure(SMI_TYPE_POWER_BAR);
	gtk_widget_class_set_template_from_resource(widget_class,
						    "/org/smihub/Panel/device_row.ui");
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, icon);
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, title);
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, clock);
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, detail);
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, value);
	gtk_widget_class_bind_template_child(widget_class, SmiDeviceRow, bar);
}

static void smi_device_row_init(SmiDeviceRow *self)
{
	gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *smi_device_row_new(SmiRowItem *item)
{
	SmiDeviceRow *self = g_object_new(SMI_TYPE_DEVICE_ROW, NULL);

	self->item = g_object_ref(item);
	g_signal_connect_swapped(item, "changed", G_CALLBACK(on_item_changed), self);
	on_item_changed(self);
	return GTK_WIDGET(self);
}

enum smi_row_kind smi_device_row_kind(SmiDeviceRow *self)
{
	return smi_row_item_row(self->item)->kind;
}
