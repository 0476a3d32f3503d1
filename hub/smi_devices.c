/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `smi devices`: once, or live; a terminal is drawn in place, anything else gets lines. */
#include <langinfo.h>
#include <sys/ioctl.h>

#include "smi.h"
#include "smi_bus.h"
#include "smi_json.h"
#include "smi_show.h"

/* ECMA-48: cursor off and on, up by lines, erase to the end of the line and of the screen. */
#define CURSOR_OFF  "\033[?25l"
#define CURSOR_ON   "\033[?25h"
#define CURSOR_UP   "\033[%zuA"
#define ERASE_LINE  "\033[K"
#define ERASE_BELOW "\033[J"
#define WRAP_OFF    "\033[?7l"
#define WRAP_ON	    "\033[?7h"

struct watch {
	const struct smi_options *options;
	struct smi_node node;
	size_t lines; /* That were drawn last, to go up by. */
	bool is_terminal;
	bool is_live;
};

static struct smi_screen screen_of_stdout(void)
{
	struct smi_screen screen = {.columns = SMI_COLUMNS, .rows = SMI_ROWS};
	struct winsize size;

	screen.is_terminal = isatty(STDOUT_FILENO) == 1;
	screen.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (screen.is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		screen.columns = size.ws_col;
		screen.rows = size.ws_row;
	}
	return screen;
}

/** Draws over what was drawn before; whole lines, so that nothing flickers. */
static void redraw(struct watch *watch, const char *text)
{
	size_t lines = 0;

	if (watch->lines > 0)
		(void)printf("\r" CURSOR_UP, watch->lines);
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			(void)fputs(ERASE_LINE, stdout);
			lines++;
		}
		(void)putchar(*text);
	}
	(void)fputs(ERASE_BELOW, stdout);
	watch->lines = lines;
}

static void draw(struct watch *watch, const char *note)
{
	const struct smi_screen screen = screen_of_stdout();
	_cleanup_(freep) char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	smi_show_devices(stream, &watch->node, &screen, note);
	if (fclose(stream) == 0)
		redraw(watch, text);
}

static void on_changed(const json_t *snapshot, void *context)
{
	struct watch *watch = context;
	char problem[SMI_PROBLEM_MAX] = "out of memory";
	const bool was_live = watch->is_live;

	watch->is_live = snapshot != NULL;
	if (!snapshot && watch->is_terminal)
		draw(watch, "The daemon has gone; waiting for it. Ctrl-C ends.");
	else if (!snapshot && was_live)
		(void)smi_fail("the daemon has gone; waiting for it");
	else if (snapshot && smi_node_read(snapshot, &watch->node, problem) < 0)
		(void)smi_fail("the daemon's answer makes no sense: %s", problem);
	else if (snapshot && watch->is_terminal)
		draw(watch, "Ctrl-C ends.");
	else if (snapshot && watch->options->is_json)
		smi_show_json(stdout, smi_show_devices_json(&watch->node));
	else if (snapshot)
		smi_show_devices_line(stdout, &watch->node);
	(void)fflush(stdout);
}

static enum smi_exit watch_devices(struct smi_bus *bus, const struct smi_options *options)
{
	_cleanup_(freep) struct watch *watch = calloc(1, sizeof(*watch));
	enum smi_exit code;

	if (!watch)
		return smi_fail("out of memory");
	watch->options = options;
	watch->is_terminal = screen_of_stdout().is_terminal && !options->is_json;
	if (watch->is_terminal)
		(void)fputs(CURSOR_OFF WRAP_OFF, stdout);
	code = smi_bus_watch(bus, on_changed, watch);
	if (watch->is_terminal)
		(void)fputs(WRAP_ON CURSOR_ON, stdout);
	return code;
}

enum smi_exit smi_devices(const struct smi_options *options)
{
	_cleanup_(smi_bus_closep) struct smi_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *snapshot = NULL;
	_cleanup_(freep) struct smi_node *node = calloc(1, sizeof(*node));
	struct smi_screen screen = screen_of_stdout();
	char problem[SMI_PROBLEM_MAX] = "out of memory";
	enum smi_exit code = smi_bus_open(options->node, &bus);

	if (code == SMI_GOOD && options->is_watch)
		return watch_devices(bus, options);
	if (code == SMI_GOOD)
		code = smi_bus_snapshot(bus, &snapshot);
	if (code != SMI_GOOD)
		return code;
	if (!node || smi_node_read(snapshot, node, problem) < 0)
		return smi_fail("the daemon's answer makes no sense: %s", problem);
	screen.rows = VIEW_DEVICES_MAX * 2; /* Once printed, all of it may scroll. */
	if (options->is_json)
		smi_show_json(stdout, smi_show_devices_json(node));
	else
		smi_show_devices(stdout, node, &screen, NULL);
	return SMI_GOOD;
}
