/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes pictures of windows; knows nothing of what is on them. */
#include "ui/picture.h"

enum {
	ROUNDS = 6, /* of a frame and all that it caused, until nothing moves */
};

struct picture {
	GtkWindow *window;
	GtkWidget *content;
	int width;
	int height;
	char *file_name;
	smi_picture_done done;
	gpointer data;
	int rounds;
};

static void write_picture(struct picture *picture, GError **error)
{
	g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(picture->content);
	g_autoptr(GtkSnapshot) snapshot = gtk_snapshot_new();
	g_autoptr(GdkTexture) texture = NULL;
	GskRenderNode *node;

	if (gtk_widget_get_width(picture->content) != picture->width ||
	    gtk_widget_get_height(picture->content) != picture->height) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    "the content needs or got %dx%d instead of %dx%d",
			    gtk_widget_get_width(picture->content),
			    gtk_widget_get_height(picture->content), picture->width,
			    picture->height);
		return;
	}
	gdk_paintable_snapshot(paintable, snapshot, picture->width, picture->height);
	node = gtk_snapshot_free_to_node(g_steal_pointer(&snapshot));
	if (node == NULL) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "nothing was drawn");
		return;
	}
	texture = gsk_renderer_render_texture(
		gtk_native_get_renderer(GTK_NATIVE(picture->window)), node,
		&GRAPHENE_RECT_INIT(0, 0, (float)picture->width, (float)picture->height));
	gsk_render_node_unref(node);
	if (!gdk_texture_save_to_png(texture, picture->file_name))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write '%s'",
			    picture->file_name);
}

static gboolean on_frame(GtkWidget *content, GdkFrameClock *clock, gpointer data);

static gboolean on_settled(gpointer data)
{
	struct picture *picture = data;
	g_autoptr(GError) error = NULL;

	if (++picture->rounds < ROUNDS) {
		gtk_widget_add_tick_callback(picture->content, on_frame, picture, NULL);
		return G_SOURCE_REMOVE;
	}
	write_picture(picture, &error);
	picture->done(error, picture->data);
	g_free(picture->file_name);
	g_free(picture);
	return G_SOURCE_REMOVE;
}

/* The low priority lets everything that the frame has set off run first. */
static gboolean on_frame(GtkWidget *content, GdkFrameClock *clock, gpointer data)
{
	(void)content;
	(void)clock;
	g_idle_add_full(G_PRIORITY_LOW, on_settled, data, NULL);
	return G_SOURCE_REMOVE;
}

void smi_picture_take(GtkWindow *window, GtkWidget *content, int width, int height,
		      const char *file_name, smi_picture_done done, gpointer data)
{
	struct picture *picture = g_new0(struct picture, 1);

	*picture = (struct picture){.window = window,
				    .content = content,
				    .width = width,
				    .height = height,
				    .file_name = g_strdup(file_name),
				    .done = done,
				    .data = data};
	gtk_window_set_default_size(window, width, height);
	gtk_window_present(window);
	gtk_widget_add_tick_callback(content, on_frame, picture, NULL);
}
