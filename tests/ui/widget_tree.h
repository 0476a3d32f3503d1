/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Looking at a window as a test does: by what is shown. */
#pragma once

#include <gtk/gtk.h>

typedef void (*widget_visitor)(GtkWidget *widget, gpointer data);

/** Calls `visit` for `root` and every visible widget below it, parents first. */
void widget_tree_visit(GtkWidget *root, widget_visitor visit, gpointer data);

/** Returns the text of the visible label of CSS class `class`, borrowed; NULL if there is none. */
const char *widget_tree_text(GtkWidget *root, const char *class);

/** Returns whether a visible label below `root` says `text`. */
gboolean widget_tree_says(GtkWidget *root, const char *text);

/** Runs the main loop for so many frames of `window` and all that they cause. */
void widget_tree_settle(GtkWidget *window, int frames);
