/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and checks the command line; acts on nothing. */
#include "ui/options.h"

#include "ui/hub_values.h"

#include <gio/gio.h>
#include <stdio.h>

G_GNUC_PRINTF(2, 3) static bool refuse(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_propagate_error(error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
						    format, arguments));
	va_end(arguments);
	return false;
}

static bool read_size(const char *text, struct smi_options *options)
{
	char rest;

	return sscanf(text, "%5dx%5d%c", &options->width, &options->height, &rest) == 2 &&
	       options->width >= SMI_SIDE_MIN && options->width <= SMI_SIDE_MAX &&
	       options->height >= SMI_SIDE_MIN && options->height <= SMI_SIDE_MAX;
}

static bool check(const struct smi_options *options, GError **error)
{
	g_autofree char *name = NULL;

	if (options->png != NULL && options->snapshot == NULL)
		return refuse(error, "--png '%s' needs --snapshot", options->png);
	if (options->snapshot != NULL && options->node != NULL)
		return refuse(error, "--node '%s' cannot go with --snapshot", options->node);
	if (!g_str_equal(options->page, "now"))
		return refuse(error, "No page '%s'; there is: now", options->page);
	if (options->node == NULL)
		return true;
	name = g_strdup_printf(SMI_INTERFACE_HUB ".%s", options->node);
	if (!g_dbus_is_name(name))
		return refuse(error, "'%s' cannot be the name of a node", options->node);
	return true;
}

bool smi_options_parse(int argc, char **argv, struct smi_options *ret_options, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autofree char *size = NULL;
	gboolean is_dark = FALSE;
	gboolean is_fullscreen = FALSE;
	gboolean asks_version = FALSE;
	const GOptionEntry entries[] = {
		{"node", 0, 0, G_OPTION_ARG_STRING, &ret_options->node,
		 "Show this node of a demonstration instead of the home's hub", "NAME"},
		{"fullscreen", 0, 0, G_OPTION_ARG_NONE, &is_fullscreen, "Fill the screen", NULL},
		{"dark", 0, 0, G_OPTION_ARG_NONE, &is_dark, "Dark colours, whatever is preferred",
		 NULL},
		{"snapshot", 0, 0, G_OPTION_ARG_FILENAME, &ret_options->snapshot,
		 "Show a recorded snapshot instead of a hub", "FILE"},
		{"page", 0, 0, G_OPTION_ARG_STRING, &ret_options->page, "Show this page: now",
		 "NAME"},
		{"size", 0, 0, G_OPTION_ARG_STRING, &size, "Size of the window or the picture",
		 "WIDTHxHEIGHT"},
		{"png", 0, 0, G_OPTION_ARG_FILENAME, &ret_options->png,
		 "Write a picture of the snapshot and exit", "FILE"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &asks_version, "Show the version", NULL},
		G_OPTION_ENTRY_NULL,
	};

	*ret_options = (struct smi_options){.width = 800, .height = 480};
	g_option_context_set_summary(context, "The touchscreen of SMi Hub.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return false;
	ret_options->is_dark = is_dark;
	ret_options->is_fullscreen = is_fullscreen;
	ret_options->asks_version = asks_version;
	if (ret_options->page == NULL)
		ret_options->page = g_strdup("now");
	if (argc > 1)
		return refuse(error, "What is '%s'?", argv[1]);
	if (size != NULL && !read_size(size, ret_options))
		return refuse(error, "--size '%s' is not WIDTHxHEIGHT, each from 240 to 4096",
			      size);
	return check(ret_options, error);
}

void smi_options_finish(struct smi_options *options)
{
	g_clear_pointer(&options->snapshot, g_free);
	g_clear_pointer(&options->page, g_free);
	g_clear_pointer(&options->png, g_free);
	g_clear_pointer(&options->node, g_free);
}
