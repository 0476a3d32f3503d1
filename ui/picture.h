/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Renders what a window shows into a PNG file, the same bytes for the same content. */
#pragma once

#include <gtk/gtk.h>

/** Called once when the picture is written, or with the reason why it is not. */
typedef void (*smi_picture_done)(const GError *error, gpointer data);

/**
 * Presents `window` at `width` x `height`, waits until its layout has settled, and writes
 * `content`, its whole inside, to `file_name`. Fails if the display gave it another size.
 */
void smi_picture_take(GtkWindow *window, GtkWidget *content, int width, int height,
		      const char *file_name, smi_picture_done done, gpointer data);
