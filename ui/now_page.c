/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the model on the screen; words and numbers come from their own files. */
#include "ui/now_page.h"

#include "ui/adaptive_box.h"
#include "ui/device_row.h"
#include "ui/numbers.h"
#include "ui/row_list.h"
#include "ui/sparkline.h"

#include <string.h>

enum {
	HERO_CHARACTERS = 5, /* "9,999": more are set smaller */
	CLOSE_AFTER_S = 60,
};

struct _SmiNowPage {
	GtkWidget parent;
	SmiHubModel *model;
	SmiRowList *rows;
	GtkStack *hero_stack;
	GtkLabel *hero;
	GtkLabel *hero_unit;
	GtkLabel *today;
	GtkLabel *waiting_title;
	GtkLabel *waiting_text;
	GtkWidget *trend;
	SmiSparkline *sparkline;
	GtkLabel *span;
	GtkLabel *peak;
	GtkWidget *seal;
	GtkImage *seal_icon;
	GtkLabel *seal_text;
	GtkWidget *room;
	GtkWidget *sheet;
	GtkListBox *list;
	guint close_source;
	int row_height;
};

G_DEFINE_TYPE(SmiNowPage, smi_now_page, GTK_TYPE_WIDGET)

static void set_class(gpointer widget, const char *class, gboolean is_set)
{
	if (is_set)
		gtk_widget_add_css_class(GTK_WIDGET(widget), class);
	else
		gtk_widget_remove_css_class(GTK_WIDGET(widget), class);
}

static void show_hero(SmiNowPage *self, const struct smi_hub_values *values)
{
	struct smi_number number;
	char energy[SMI_NUMBER_TEXT_MAX];
	char power[SMI_NUMBER_TEXT_MAX];

	smi_number_power(values->power_mw, &number);
	gtk_label_set_label(self->hero, number.value);
	gtk_label_set_label(self->hero_unit, number.unit);
	set_class(self->hero, "long", g_utf8_strlen(number.value, -1) > HERO_CHARACTERS);
	smi_number_join(&number, power, sizeof(power));
	gtk_accessible_update_property(GTK_ACCESSIBLE(self->hero), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       power, -1);
	smi_number_energy(values->energy_today_mwh, &number);
	smi_number_join(&number, energy, sizeof(energy));
	gtk_label_set_label(self->today, energy);
}

static void show_waiting(SmiNowPage *self)
{
	const gboolean is_seeking = smi_hub_model_link(self->model) == SMI_LINK_SEEKING;

	gtk_label_set_label(self->waiting_title,
			    is_seeking ? "Looking for the hub" : "Waiting for the first reading");
	gtk_label_set_label(self->waiting_text,
			    is_seeking ? "It answers a few seconds after it was started."
				       : "The hub runs. The main meter has not reported yet.");
}

static void show_trend(SmiNowPage *self)
{
	const struct smi_history *history = smi_hub_model_history(self->model);
	char number[SMI_NUMBER_TEXT_MAX];
	g_autofree char *span = NULL;
	g_autofree char *peak = NULL;

	smi_number_span_text(history->span_us, number, sizeof(number));
	span = g_strdup_printf("Last %s", number);
	gtk_label_set_label(self->span, span);
	smi_number_power_text(smi_history_peak_mw(history), number, sizeof(number));
	peak = g_strdup_printf("Peak %s", number);
	gtk_label_set_label(self->peak, history->count > 0 ? peak : "");
	smi_sparkline_show(self->sparkline, self->model);
}

static void show_seal(SmiNowPage *self, const struct smi_hub_values *values)
{
	static const struct {
		const char *class;
		const char *icon;
		const char *text;
	} seals[] = {
		[SMI_AGREEMENT_AGREED] = {"agreed", "smi-seal-symbolic", "All readings agreed."},
		[SMI_AGREEMENT_WAITING] = {"waiting", "smi-waiting-symbolic",
					   "Readings wait to be agreed."},
		[SMI_AGREEMENT_STOPPED] = {"stopped", "smi-stopped-symbolic",
					   "Readings are not being agreed."},
		[SMI_AGREEMENT_UNWITNESSED] = {"unwitnessed", "smi-unwitnessed-symbolic",
					       "Nobody else checks these readings."},
	};
	const char *text = values->agreement_text;

	for (int k = 0; k < (int)G_N_ELEMENTS(seals); k++)
		set_class(self->seal, seals[k].class, k == values->agreement);
	gtk_image_set_from_icon_name(self->seal_icon, seals[values->agreement].icon);
	gtk_label_set_label(self->seal_text,
			    text[0] != '\0' ? text : seals[values->agreement].text);
	gtk_widget_set_visible(self->seal, smi_hub_model_link(self->model) != SMI_LINK_SEEKING);
}

static void on_model_changed(SmiNowPage *self)
{
	const struct smi_hub_values *values = smi_hub_model_values(self->model);

	show_hero(self, values);
	show_waiting(self);
	show_trend(self);
	show_seal(self, values);
	gtk_stack_set_visible_child_name(self->hero_stack,
					 values->power_known ? "power" : "waiting");
	gtk_widget_set_visible(self->trend, values->power_known);
	gtk_widget_set_vexpand(GTK_WIDGET(self->hero_stack), !values->power_known);
	gtk_widget_set_visible(self->sheet, smi_hub_model_link(self->model) != SMI_LINK_SEEKING);
	set_class(self, "lost", smi_hub_model_link(self->model) == SMI_LINK_LOST);
}

static gboolean on_close_due(gpointer data)
{
	SmiNowPage *self = data;

	self->close_source = 0;
	smi_row_list_set_open(self->rows, FALSE);
	return G_SOURCE_REMOVE;
}

static void on_row_activated(SmiNowPage *self, GtkListBoxRow *row)
{
	const enum smi_row_kind kind = smi_device_row_kind(SMI_DEVICE_ROW(row));

	if (kind != SMI_ROW_MORE && kind != SMI_ROW_LESS)
		return;
	g_clear_handle_id(&self->close_source, g_source_remove);
	smi_row_list_set_open(self->rows, kind == SMI_ROW_MORE);
	if (kind == SMI_ROW_MORE)
		self->close_source = g_timeout_add_seconds(CLOSE_AFTER_S, on_close_due, self);
}

static GtkWidget *on_row_needed(gpointer item, gpointer data)
{
	SmiNowPage *self = data;
	GtkWidget *row = smi_device_row_new(item);

	gtk_widget_set_size_request(row, -1, self->row_height);
	return row;
}

static void smi_now_page_dispose(GObject *object)
{
	SmiNowPage *self = SMI_NOW_PAGE(object);
	GtkWidget *child;

	g_clear_handle_id(&self->close_source, g_source_remove);
	if (self->model != NULL)
		g_signal_handlers_disconnect_by_data(self->model, self);
	g_clear_object(&self->rows);
	g_clear_object(&self->model);
	while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
		gtk_widget_unparent(child);
	G_OBJECT_CLASS(smi_now_page_parent_class)->dispose(object);
}

static void smi_now_page_class_init(SmiNowPageClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = smi_now_page_dispose;
	g_type_ensure(SMI_TYPE_ADAPTIVE_BOX);
	g_type_ensure(SMI_TYPE_SPARKLINE);
	gtk_widget_class_set_css_name(widget_class, "nowpage");
	gtk_widget_class_set_template_from_resource(widget_class, "/org/smihub/Panel/now_page.ui");
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, hero_stack);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, hero);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, hero_unit);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, today);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, waiting_title);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, waiting_text);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, trend);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, sparkline);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, span);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, peak);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, seal);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, seal_icon);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, seal_text);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, room);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, sheet);
	gtk_widget_class_bind_template_child(widget_class, SmiNowPage, list);
	gtk_widget_class_bind_template_callback(widget_class, on_row_activated);
}

static void smi_now_page_init(SmiNowPage *self)
{
	gtk_widget_init_template(GTK_WIDGET(self));
	self->row_height = SMI_ROW_HEIGHT_MIN;
}

/* What the sheet adds around its rows, above and below. */
static int sheet_border(SmiNowPage *self)
{
	GtkBorder padding;

	gtk_style_context_get_padding(gtk_widget_get_style_context(self->sheet), &padding);
	return padding.top + padding.bottom;
}

void smi_now_page_follow(SmiNowPage *self, SmiHubModel *model)
{
	g_return_if_fail(self->model == NULL);
	self->model = g_object_ref(model);
	self->rows = smi_row_list_new(model);
	gtk_list_box_bind_model(self->list, smi_row_list_rows(self->rows), on_row_needed, self,
				NULL);
	g_signal_connect_swapped(model, "changed", G_CALLBACK(on_model_changed), self);
	on_model_changed(self);
}

void smi_now_page_fit(SmiNowPage *self)
{
	GtkListBoxRow *row;
	int height;
	int room;

	if (self->rows == NULL)
		return;
	height = gtk_widget_get_height(self->room) - sheet_border(self);
	room = MAX(height / SMI_ROW_HEIGHT_MIN, SMI_ROWS_MIN);
	self->row_height = CLAMP(height / room, SMI_ROW_HEIGHT_MIN, SMI_ROW_HEIGHT_MAX);
	smi_row_list_set_room(self->rows, (guint)room);
	for (int k = 0; (row = gtk_list_box_get_row_at_index(self->list, k)) != NULL; k++)
		gtk_widget_set_size_request(GTK_WIDGET(row), -1, self->row_height);
}

void smi_now_page_tick(SmiNowPage *self)
{
	if (self->rows != NULL)
		smi_row_list_refresh(self->rows);
}
