/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smi-panel: the touchscreen of the home. Reads the command line and runs the application. */
#include "ui/application.h"
#include "ui/options.h"
#include "resources.h"
#include "ui/snapshot_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* A picture must not depend on the machine's settings, session or graphics. */
static void stand_alone(void)
{
	g_setenv("GSK_RENDERER", "cairo", TRUE);
	g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
	g_setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", TRUE);
	g_setenv("ADW_DISABLE_PORTAL", "1", TRUE);
	g_setenv("GTK_A11Y", "none", FALSE);
}

static int run(const struct smi_options *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(SmiHubModel) recorded = NULL;
	g_autoptr(SmiApplication) application = NULL;

	if (options->snapshot != NULL) {
		recorded = smi_snapshot_file_load(options->snapshot, &error);
		if (recorded == NULL) {
			(void)fprintf(stderr, "smi-panel: %s\n", error->message);
			return EX_USAGE;
		}
		if (options->png != NULL)
			stand_alone();
	}
	g_resources_register(smi_panel_get_resource());
	if (!gtk_init_check()) {
		(void)fprintf(stderr, "smi-panel: No display to show anything on\n");
		return EX_UNAVAILABLE;
	}
	application = smi_application_new(options, recorded);
	if (g_application_run(G_APPLICATION(application), 0, NULL) != 0 ||
	    !smi_application_has_succeeded(application))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct smi_options options;
	int status = EX_USAGE;

	if (!smi_options_parse(argc, argv, &options, &error))
		(void)fprintf(stderr, "smi-panel: %s. --help shows the options.\n", error->message);
	else if (options.asks_version)
		status = printf("smi-panel %s\n", SMI_VERSION) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	else
		status = run(&options);
	smi_options_finish(&options);
	return status;
}
