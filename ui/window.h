/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The frame around the pages: whose home, alarms, time of day, and one banner for what is wrong.
 */
#pragma once

#include "ui/hub_model.h"

#include <adwaita.h>

#define SMI_TYPE_WINDOW (smi_window_get_type())
G_DECLARE_FINAL_TYPE(SmiWindow, smi_window, SMI, WINDOW, AdwApplicationWindow)

/** Returns a window of `application` that shows `model`, which is held. */
SmiWindow *smi_window_new(GtkApplication *application, SmiHubModel *model);

/** Leaves out what belongs to a desktop, for pictures. */
void smi_window_set_bare(SmiWindow *self);

/** Shows the page called `name`; false if there is none. */
gboolean smi_window_show_page(SmiWindow *self, const char *name);

/** Returns everything the window shows, borrowed. */
GtkWidget *smi_window_frame(SmiWindow *self);
