/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The Now page: the home's power, what uses it, and whether its readings are agreed. */
#pragma once

#include "ui/hub_model.h"

#include <gtk/gtk.h>

enum {
	SMI_ROW_HEIGHT_MIN = 50, /**< A fingertip is 44; the rest is air between rows. */
	SMI_ROW_HEIGHT_MAX = 64,
};

#define SMI_TYPE_NOW_PAGE (smi_now_page_get_type())
G_DECLARE_FINAL_TYPE(SmiNowPage, smi_now_page, SMI, NOW_PAGE, GtkWidget)

/** Shows `model`, which is held, from now on; to be called once. */
void smi_now_page_follow(SmiNowPage *self, SmiHubModel *model);

/** Shows as many rows as there is room for; to be called after, not in, a layout. */
void smi_now_page_fit(SmiNowPage *self);

/** Brings ages up to date; for calling when time has passed without news. */
void smi_now_page_tick(SmiNowPage *self);
