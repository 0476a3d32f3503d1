/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames the pages and says what concerns all of them; each page shows its own matter. */
#include "ui/window.h"

#include "ui/now_page.h"

enum {
	TICK_S = 1,
	NARROW_PX = 460, /* below it all is set smaller, */
	DATE_PX = 640,	 /* below it the date gives its place to the name */
};

struct _SmiWindow {
	AdwApplicationWindow parent;
	SmiHubModel *model;
	GtkWidget *frame;
	GtkLabel *name;
	GtkWidget *bell;
	GtkLabel *alarm_count;
	GtkListBox *alarm_list;
	GtkStringList *alarm_texts;
	GtkLabel *date;
	GtkLabel *clock;
	GtkWidget *controls;
	GtkWidget *banner;
	GtkImage *banner_icon;
	GtkLabel *banner_text;
	GtkStack *pages;
	SmiNowPage *now_page;
	guint tick_source;
	guint shape_source;
	gboolean is_bare;
};

G_DEFINE_TYPE(SmiWindow, smi_window, ADW_TYPE_APPLICATION_WINDOW)

static char *format_time(int64_t time_us, const char *format)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
	g_autoptr(GDateTime) local = utc == NULL ? NULL : g_date_time_to_local(utc);

	return local == NULL ? NULL : g_date_time_format(local, format);
}

static void show_time(SmiWindow *self)
{
	const int64_t now_us = smi_hub_model_now_us(self->model);
	g_autofree char *clock = now_us == 0 ? NULL : format_time(now_us, "%H:%M");
	g_autofree char *date = now_us == 0 ? NULL : format_time(now_us, "%A %-d %B");

	gtk_label_set_label(self->clock, clock == NULL ? "" : clock);
	gtk_label_set_label(self->date, date == NULL ? "" : date);
}

static gboolean on_tick(gpointer data)
{
	SmiWindow *self = data;

	show_time(self);
	smi_now_page_tick(self->now_page);
	return G_SOURCE_CONTINUE;
}

static GtkWidget *on_alarm_needed(gpointer item, gpointer data)
{
	GtkWidget *label = gtk_label_new(gtk_string_object_get_string(item));
	GtkWidget *row = gtk_list_box_row_new();

	(void)data;
	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_width_chars(GTK_LABEL(label), 26);
	gtk_label_set_max_width_chars(GTK_LABEL(label), 44);
	gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), label);
	gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
	gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       gtk_string_object_get_string(item), -1);
	return row;
}

static void show_alarms(SmiWindow *self, const struct smi_alarms *alarms)
{
	g_autofree char *count = g_strdup_printf("%zu", alarms->count);
	g_autofree char *spoken =
		g_strdup_printf("%zu alarm%s, show", alarms->count, alarms->count == 1 ? "" : "s");
	const guint old_count = g_list_model_get_n_items(G_LIST_MODEL(self->alarm_texts));
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	gboolean is_same = old_count == alarms->count;

	for (guint k = 0; k < alarms->count; k++) {
		const struct smi_alarm *alarm = &alarms->list[k];
		g_autofree char *when = format_time(alarm->time_us, "%a %H:%M");
		char *text = g_strdup_printf("%s \xc2\xb7 %s\n%s", when == NULL ? "?" : when,
					     alarm->who, alarm->why);

		is_same = is_same &&
			  g_str_equal(gtk_string_list_get_string(self->alarm_texts, k), text);
		g_ptr_array_add(texts, text);
	}
	g_ptr_array_add(texts, NULL);
	if (!is_same)
		gtk_string_list_splice(self->alarm_texts, 0, old_count,
				       (const char *const *)texts->pdata);
	gtk_label_set_label(self->alarm_count, count);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self->bell), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       spoken, -1);
	/* The menu button hands its focus, but not its name, to the button inside it. */
	gtk_accessible_update_property(GTK_ACCESSIBLE(gtk_widget_get_first_child(self->bell)),
				       GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
	gtk_widget_set_visible(self->bell, alarms->count > 0);
}

static void show_banner(SmiWindow *self, const char *class, const char *icon, const char *text)
{
	static const char *const classes[] = {"lost", "warning", "failing"};

	for (size_t k = 0; k < G_N_ELEMENTS(classes); k++)
		gtk_widget_remove_css_class(self->banner, classes[k]);
	gtk_widget_set_visible(self->banner, class != NULL);
	if (class == NULL)
		return;
	gtk_widget_add_css_class(self->banner, class);
	gtk_image_set_from_icon_name(self->banner_icon, icon);
	gtk_label_set_label(self->banner_text, text);
}

/* One banner at a time, the worst first: two would hide what the page is for. */
static void choose_banner(SmiWindow *self, const struct smi_hub_values *values)
{
	const gboolean is_failing = values->state == SMI_HEALTH_FAILING;
	g_autofree char *text = NULL;

	if (smi_hub_model_link(self->model) == SMI_LINK_LOST) {
		show_banner(self, "lost", "smi-disconnected-symbolic",
			    "The hub is not answering. Trying again.");
	} else if (values->storage_error[0] != '\0') {
		text = g_strdup_printf("Nothing can be stored: %s. Live values continue.",
				       values->storage_error);
		show_banner(self, "failing", "smi-stopped-symbolic", text);
	} else if (values->state != SMI_HEALTH_GOOD) {
		if (values->alarms.count > 0)
			text = g_strdup_printf("%s: %s", values->alarms.list[0].who,
					       values->alarms.list[0].why);
		else
			text = g_strdup(values->state_text[0] != '\0' ? values->state_text
								      : "Something is wrong.");
		show_banner(self, is_failing ? "failing" : "warning",
			    is_failing ? "smi-stopped-symbolic" : "smi-warning-symbolic", text);
	} else {
		show_banner(self, NULL, NULL, NULL);
	}
}

static void on_model_changed(SmiWindow *self)
{
	const struct smi_hub_values *values = smi_hub_model_values(self->model);

	gtk_label_set_label(self->name, values->name[0] != '\0' ? values->name : "SMi Hub");
	show_time(self);
	show_alarms(self, &values->alarms);
	choose_banner(self, values);
}

static gboolean on_shape_known(gpointer data)
{
	SmiWindow *self = data;
	const int width = gtk_widget_get_width(self->frame);

	self->shape_source = 0;
	gtk_widget_set_visible(GTK_WIDGET(self->date), width >= DATE_PX);
	if (width < NARROW_PX)
		gtk_widget_add_css_class(self->frame, "narrow");
	else
		gtk_widget_remove_css_class(self->frame, "narrow");
	gtk_widget_set_visible(self->controls,
			       !self->is_bare && !gtk_window_is_fullscreen(GTK_WINDOW(self)));
	smi_now_page_fit(self->now_page);
	return G_SOURCE_REMOVE;
}

static void smi_window_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
	SmiWindow *self = SMI_WINDOW(widget);

	GTK_WIDGET_CLASS(smi_window_parent_class)->size_allocate(widget, width, height, baseline);
	if (self->shape_source == 0)
		self->shape_source = g_idle_add(on_shape_known, self);
}

static void smi_window_dispose(GObject *object)
{
	SmiWindow *self = SMI_WINDOW(object);

	g_clear_handle_id(&self->tick_source, g_source_remove);
	g_clear_handle_id(&self->shape_source, g_source_remove);
	if (self->model != NULL)
		g_signal_handlers_disconnect_by_data(self->model, self);
	g_clear_object(&self->model);
	g_clear_object(&self->alarm_texts);
	G_OBJECT_CLASS(smi_window_parent_class)->dispose(object);
}

static void smi_window_class_init(SmiWindowClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = smi_window_dispose;
	widget_class->size_allocate = smi_window_size_allocate;
	g_type_ensure(SMI_TYPE_NOW_PAGE);
	gtk_widget_class_set_template_from_resource(widget_class, "/org/smihub/Panel/window.ui");
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, frame);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, name);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, bell);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, alarm_count);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, alarm_list);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, date);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, clock);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, controls);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, banner);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, banner_icon);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, banner_text);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, pages);
	gtk_widget_class_bind_template_child(widget_class, SmiWindow, now_page);
}

static void smi_window_init(SmiWindow *self)
{
	gtk_widget_init_template(GTK_WIDGET(self));
	self->alarm_texts = gtk_string_list_new(NULL);
	gtk_list_box_bind_model(self->alarm_list, G_LIST_MODEL(self->alarm_texts), on_alarm_needed,
				NULL, NULL);
	self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
}

SmiWindow *smi_window_new(GtkApplication *application, SmiHubModel *model)
{
	SmiWindow *self = g_object_new(SMI_TYPE_WINDOW, "application", application, NULL);

	self->model = g_object_ref(model);
	g_signal_connect_swapped(model, "changed", G_CALLBACK(on_model_changed), self);
	smi_now_page_follow(self->now_page, model);
	on_model_changed(self);
	return self;
}

void smi_window_set_bare(SmiWindow *self)
{
	self->is_bare = TRUE;
	gtk_widget_set_visible(self->controls, FALSE);
	gtk_widget_add_css_class(GTK_WIDGET(self), "bare");
	gtk_window_set_decorated(GTK_WINDOW(self), FALSE);
}

gboolean smi_window_show_page(SmiWindow *self, const char *name)
{
	if (gtk_stack_get_child_by_name(self->pages, name) == NULL)
		return FALSE;
	gtk_stack_set_visible_child_name(self->pages, name);
	return TRUE;
}

GtkWidget *smi_window_frame(SmiWindow *self)
{
	return self->frame;
}
