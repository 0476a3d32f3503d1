/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings model, bus and window together; no content of the screen is decided here. */
#include "ui/application.h"

#include "ui/hub_client.h"
#include "ui/picture.h"
#include "resources.h"
#include "ui/window.h"

struct _SmiApplication {
	AdwApplication parent;
	const struct smi_options *options;
	SmiHubModel *model;
	SmiHubClient *client;
	gboolean is_recorded;
	gboolean has_failed;
};

G_DEFINE_TYPE(SmiApplication, smi_application, ADW_TYPE_APPLICATION)

static void on_picture_done(const GError *error, gpointer data)
{
	SmiApplication *self = data;

	if (error != NULL) {
		g_printerr("smi-panel: No picture of '%s': %s\n", self->options->snapshot,
			   error->message);
		self->has_failed = TRUE;
	}
	g_application_quit(G_APPLICATION(self));
}

static void choose_colors(SmiApplication *self)
{
	AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

	if (self->options->is_dark)
		scheme = ADW_COLOR_SCHEME_FORCE_DARK;
	else if (self->options->png != NULL)
		scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
	adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme);
}

static void smi_application_activate(GApplication *application)
{
	SmiApplication *self = SMI_APPLICATION(application);
	GtkWindow *present = gtk_application_get_active_window(GTK_APPLICATION(self));
	SmiWindow *window;

	if (present != NULL) {
		gtk_window_present(present);
		return;
	}
	choose_colors(self);
	window = smi_window_new(GTK_APPLICATION(self), self->model);
	smi_window_show_page(window, self->options->page);
	if (self->options->png != NULL) {
		smi_window_set_bare(window);
		smi_picture_take(GTK_WINDOW(window), smi_window_frame(window), self->options->width,
				 self->options->height, self->options->png, on_picture_done, self);
		return;
	}
	gtk_window_set_default_size(GTK_WINDOW(window), self->options->width,
				    self->options->height);
	if (self->options->is_fullscreen)
		gtk_window_fullscreen(GTK_WINDOW(window));
	gtk_window_present(GTK_WINDOW(window));
}

static void smi_application_startup(GApplication *application)
{
	SmiApplication *self = SMI_APPLICATION(application);

	G_APPLICATION_CLASS(smi_application_parent_class)->startup(application);
	smi_application_prepare();
	if (!self->is_recorded)
		self->client = smi_hub_client_new(self->model, self->options->node);
}

static void smi_application_dispose(GObject *object)
{
	SmiApplication *self = SMI_APPLICATION(object);

	g_clear_object(&self->client);
	g_clear_object(&self->model);
	G_OBJECT_CLASS(smi_application_parent_class)->dispose(object);
}

static void smi_application_class_init(SmiApplicationClass *class)
{
	G_OBJECT_CLASS(class)->dispose = smi_application_dispose;
	G_APPLICATION_CLASS(class)->startup = smi_application_startup;
	G_APPLICATION_CLASS(class)->activate = smi_application_activate;
}

static void smi_application_init(SmiApplication *self)
{
	(void)self;
}

void smi_application_prepare(void)
{
	/* A library's own constructor would be dropped by the linker: nothing calls it. */
	g_resources_register(smi_panel_get_resource());
	gtk_icon_theme_add_resource_path(gtk_icon_theme_get_for_display(gdk_display_get_default()),
					 "/org/smihub/Panel/icons");
	g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, "gtk-font-name",
		     "Inter 13", "gtk-xft-dpi", 96 * 1024, "gtk-xft-antialias", 1,
		     "gtk-xft-hinting", 0, "gtk-xft-rgba", "none", NULL);
}

SmiApplication *smi_application_new(const struct smi_options *options, SmiHubModel *recorded)
{
	SmiApplication *self = g_object_new(SMI_TYPE_APPLICATION, "application-id",
					    "org.smihub.Panel", "flags", G_APPLICATION_NON_UNIQUE,
					    "resource-base-path", "/org/smihub/Panel", NULL);

	self->options = options;
	self->is_recorded = recorded != NULL;
	self->model = recorded != NULL ? g_object_ref(recorded) : smi_hub_model_new();
	return self;
}

gboolean smi_application_has_succeeded(SmiApplication *self)
{
	return !self->has_failed;
}
