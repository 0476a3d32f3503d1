/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Two children that stand side by side where there is width for it and above one another where
 * there is not. libadwaita has breakpoints only from 1.4 on.
 */
#pragma once

#include <gtk/gtk.h>

enum {
	SMI_ADAPTIVE_WIDTH = 640, /**< From this width on the children stand side by side. */
};

#define SMI_TYPE_ADAPTIVE_BOX (smi_adaptive_box_get_type())
G_DECLARE_FINAL_TYPE(SmiAdaptiveBox, smi_adaptive_box, SMI, ADAPTIVE_BOX, GtkWidget)
