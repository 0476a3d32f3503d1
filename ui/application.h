/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The panel as a program with a window: style, fonts, the model, and who fills it. */
#pragma once

#include "ui/hub_model.h"
#include "ui/options.h"

#include <adwaita.h>

#define SMI_TYPE_APPLICATION (smi_application_get_type())
G_DECLARE_FINAL_TYPE(SmiApplication, smi_application, SMI, APPLICATION, AdwApplication)

/**
 * Makes everything the panel links in known to GTK: resources, and settings that do not depend on
 * whose machine it runs on. Before any window.
 */
void smi_application_prepare(void);

/**
 * Returns the application for `options`, borrowed until it is freed. It shows `recorded`, which is
 * held, or the hub on the bus if that is NULL.
 */
SmiApplication *smi_application_new(const struct smi_options *options, SmiHubModel *recorded);

/** Returns whether what was asked for was done; for the exit status after it has run. */
gboolean smi_application_has_succeeded(SmiApplication *self);
