/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks widgets without recursion; asserts nothing itself. */
#include "widget_tree.h"

static GtkWidget *next_widget(GtkWidget *root, GtkWidget *widget)
{
	GtkWidget *next = gtk_widget_get_first_child(widget);

	if (next != NULL && gtk_widget_get_child_visible(widget) && gtk_widget_get_visible(widget))
		return next;
	while (widget != root) {
		next = gtk_widget_get_next_sibling(widget);
		if (next != NULL)
			return next;
		widget = gtk_widget_get_parent(widget);
	}
	return NULL;
}

void widget_tree_visit(GtkWidget *root, widget_visitor visit, gpointer data)
{
	for (GtkWidget *at = root; at != NULL; at = next_widget(root, at)) {
		if (gtk_widget_get_mapped(at))
			visit(at, data);
	}
}

struct search {
	const char *class;
	const char *text;
	const char *found;
};

static void search_label(GtkWidget *widget, gpointer data)
{
	struct search *search = data;

	if (search->found != NULL || !GTK_IS_LABEL(widget))
		return;
	if ((search->class == NULL || gtk_widget_has_css_class(widget, search->class)) &&
	    (search->text == NULL ||
	     g_str_equal(gtk_label_get_text(GTK_LABEL(widget)), search->text)))
		search->found = gtk_label_get_text(GTK_LABEL(widget));
}

const char *widget_tree_text(GtkWidget *root, const char *class)
{
	struct search search = {.class = class};

	widget_tree_visit(root, search_label, &search);
	return search.found;
}

gboolean widget_tree_says(GtkWidget *root, const char *text)
{
	struct search search = {.text = text};

	widget_tree_visit(root, search_label, &search);
	return search.found != NULL;
}

static gboolean on_frame(GtkWidget *window, GdkFrameClock *clock, gpointer data)
{
	(void)window;
	(void)clock;
	++*(int *)data;
	return G_SOURCE_REMOVE;
}

void widget_tree_settle(GtkWidget *window, int frames)
{
	for (int k = 0; k < frames; k++) {
		int seen = 0;

		gtk_widget_add_tick_callback(window, on_frame, &seen, NULL);
		while (seen == 0)
			g_main_context_iteration(NULL, TRUE);
		while (g_main_context_iteration(NULL, FALSE))
			;
	}
}
