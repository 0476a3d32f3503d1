/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `smi devices`: a table that fits its terminal, or one line for a log. */
#include "smi_format.h"
#include "smi_show.h"

enum {
	NAME_COLUMNS_MIN = 14, /* "not attributed" */
	POWER_COLUMNS = 9,
	TODAY_COLUMNS = 10,
	AGE_COLUMNS = 24, /* "absent, 12 days ago" and a space on both sides. */
	BAR_COLUMNS_MIN = 8,
	FRAME_ROWS = 5, /* Head, home, not attributed, note, and the prompt's. */
};

struct table {
	FILE *stream;
	const struct smi_node *node;
	unsigned int name_columns;
	unsigned int bar_columns; /* 0: none. */
	bool is_utf8;
	bool is_bold;
	int64_t whole_mw; /* A full bar. */
};

static int64_t largest_power(const struct view *view)
{
	int64_t largest = view->power_known ? view->power_mw : 0;

	for (size_t index = 0; index < view->device_count; index++)
		if (view->devices[index].power_mw > largest)
			largest = view->devices[index].power_mw;
	return largest;
}

static unsigned int name_columns(const struct view *view)
{
	size_t columns = NAME_COLUMNS_MIN;

	for (size_t index = 0; index < view->device_count; index++)
		if (strlen(view->devices[index].name) > columns)
			columns = strlen(view->devices[index].name);
	return (unsigned int)columns;
}

static struct table layout(FILE *stream, const struct smi_node *node,
			   const struct smi_screen *screen)
{
	struct table table = {
		.stream = stream,
		.node = node,
		.name_columns = name_columns(&node->view),
		.is_utf8 = screen->is_utf8,
		.is_bold = screen->is_terminal,
		.whole_mw = largest_power(&node->view),
	};
	const unsigned int used =
		table.name_columns + 1 + POWER_COLUMNS + 1 + TODAY_COLUMNS + 1 + AGE_COLUMNS;

	if (screen->is_terminal && screen->columns > used + BAR_COLUMNS_MIN)
		table.bar_columns = screen->columns - used - 1;
	if (table.bar_columns > SMI_BAR_CELLS_MAX)
		table.bar_columns = SMI_BAR_CELLS_MAX;
	return table;
}

/** @power_mw is drawn only if @is_known; a row without @today ends with its bar. */
static void show_row(const struct table *table, const char *name, bool is_known, int64_t power_mw,
		     const char *today, const char *last)
{
	char power[SMI_TEXT_MAX] = "-";
	char bar[SMI_BAR_MAX] = "";

	if (is_known)
		smi_power_text(power_mw, power);
	(void)fprintf(table->stream, "%-*s %*s", (int)table->name_columns, name, POWER_COLUMNS,
		      power);
	if (table->bar_columns > 0) {
		smi_bar_text(is_known ? power_mw : 0, table->whole_mw, table->bar_columns,
			     table->is_utf8, bar);
		(void)fprintf(table->stream, " %s", bar);
	}
	if (today[0] != '\0')
		(void)fprintf(table->stream, " %*s  %s", TODAY_COLUMNS, today, last);
	(void)fputc('\n', table->stream);
}

static void show_device(const struct table *table, const struct view_device *device)
{
	char today[SMI_TEXT_MAX];
	char age[SMI_TEXT_MAX];
	char last[2 * SMI_TEXT_MAX];

	smi_energy_text(device->energy_today_mwh, today);
	smi_age_text(table->node->view.time_us - device->time_us, age);
	if (device->state == VIEW_DEVICE_LIVE)
		(void)snprintf(last, sizeof(last), "live");
	else
		(void)snprintf(last, sizeof(last), "%s, %s", smi_device_state_text(device->state),
			       device->time_us > 0 ? age : "never heard");
	show_row(table, device->name, device->state != VIEW_DEVICE_ABSENT, device->power_mw, today,
		 last);
}

void smi_show_devices(FILE *stream, const struct smi_node *node, const struct smi_screen *screen,
		      const char *note)
{
	const struct table table = layout(stream, node, screen);
	const struct view *view = &node->view;
	const size_t rows = screen->rows > FRAME_ROWS + 1 ? screen->rows - FRAME_ROWS : 1;
	size_t shown = view->device_count;
	char today[SMI_TEXT_MAX];

	if (screen->is_terminal && shown > rows)
		shown = rows - 1; /* One row says how many are left out. */
	(void)fprintf(stream, "%s%-*s %*s %*s%*s  %s%s\n", table.is_bold ? "\033[1m" : "",
		      (int)table.name_columns, "DEVICE", POWER_COLUMNS, "POWER",
		      table.bar_columns > 0 ? (int)table.bar_columns + 1 : 0, "", TODAY_COLUMNS,
		      "TODAY", "STATE", table.is_bold ? "\033[0m" : "");
	for (size_t index = 0; index < shown; index++)
		show_device(&table, &view->devices[index]);
	if (shown < view->device_count)
		(void)fprintf(stream, "... and %zu more\n", view->device_count - shown);
	show_row(&table, "not attributed", view->not_attributed_mw >= 0, view->not_attributed_mw,
		 "", "");
	smi_energy_text(view->energy_today_mwh, today);
	if (table.is_bold)
		(void)fputs("\033[1m", stream);
	show_row(&table, "home", view->power_known, view->power_mw, today,
		 smi_agreement_text(view->agreement));
	if (table.is_bold)
		(void)fputs("\033[0m", stream);
	if (note)
		(void)fprintf(stream, "%s\n", note);
}

void smi_show_devices_line(FILE *stream, const struct smi_node *node)
{
	const struct view *view = &node->view;
	char text[SMI_TEXT_MAX];

	smi_time_text(view->time_us, text);
	(void)fprintf(stream, "%s home ", text);
	smi_power_text(view->power_mw, text);
	(void)fprintf(stream, "%s, not attributed ", view->power_known ? text : "-");
	smi_power_text(view->not_attributed_mw, text);
	(void)fputs(view->not_attributed_mw >= 0 ? text : "-", stream);
	for (size_t index = 0; index < view->device_count; index++) {
		const struct view_device *device = &view->devices[index];

		smi_power_text(device->power_mw, text);
		if (device->state == VIEW_DEVICE_ABSENT)
			(void)fprintf(stream, ", %s absent", device->name);
		else
			(void)fprintf(stream, ", %s %s%s", device->name, text,
				      device->state == VIEW_DEVICE_STALE ? " (stale)" : "");
	}
	(void)fputc('\n', stream);
}
