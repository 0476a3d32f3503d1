/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The line of the home's power over the last minutes: no axes, from zero to the highest point. Its
 * line has the CSS colour of its node "sparkline".
 */
#pragma once

#include "ui/hub_model.h"

#include <gtk/gtk.h>

#define SMI_TYPE_SPARKLINE (smi_sparkline_get_type())
G_DECLARE_FINAL_TYPE(SmiSparkline, smi_sparkline, SMI, SPARKLINE, GtkWidget)

/** Draws the history of `model`, which is held, up to its present; call again on each change. */
void smi_sparkline_show(SmiSparkline *self, SmiHubModel *model);
