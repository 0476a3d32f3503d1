/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A bar that shows a share of the home's power; hatched and outlined where nobody knows who used
 * it. Its colours are the CSS colour (bar) and background (track) of its node "powerbar".
 */
#pragma once

#include <gtk/gtk.h>

#define SMI_TYPE_POWER_BAR (smi_power_bar_get_type())
G_DECLARE_FINAL_TYPE(SmiPowerBar, smi_power_bar, SMI, POWER_BAR, GtkWidget)

/** Sets the length of the bar, 0 to 1000 thousandths of the track, and how it is filled. */
void smi_power_bar_set(SmiPowerBar *self, unsigned int permille, gboolean is_hatched);
