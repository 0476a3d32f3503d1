/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a history; keeps none, and computes nothing that is said in words. */
#include "ui/sparkline.h"

#include "ui/numbers.h"

enum {
	HEIGHT_MIN_PX = 32,
	HEIGHT_PX = 60,
	MARGIN_PX = 6,		/* room for the dot at the newest point */
	PEAK_LEAST_MW = 100000, /* below 100 W a wiggle must not fill the picture */
};

struct _SmiSparkline {
	GtkWidget parent;
	SmiHubModel *model;
};

struct plot {
	const struct smi_history *history;
	int64_t end_us;
	int64_t peak_mw;
	double width;
	double height;
};

G_DEFINE_TYPE(SmiSparkline, smi_sparkline, GTK_TYPE_WIDGET)

static double point_x(const struct plot *plot, const struct smi_history_point *point)
{
	const double age = (double)(plot->end_us - point->time_us);

	return (plot->width - MARGIN_PX) * (1 - age / (double)plot->history->span_us);
}

static double point_y(const struct plot *plot, const struct smi_history_point *point)
{
	const double share =
		(double)CLAMP(point->power_mw, 0, plot->peak_mw) / (double)plot->peak_mw;

	return plot->height - 2 - (plot->height - 2 - MARGIN_PX) * share;
}

static bool is_gap(const struct plot *plot, size_t index)
{
	const struct smi_history *history = plot->history;

	return index == 0 || smi_history_at(history, index)->time_us -
					     smi_history_at(history, index - 1)->time_us >
				     smi_history_gap_us(history);
}

static void trace_run(cairo_t *cr, const struct plot *plot, size_t first, size_t end)
{
	for (size_t k = first; k < end; k++) {
		const double x = point_x(plot, smi_history_at(plot->history, k));
		const double y = point_y(plot, smi_history_at(plot->history, k));

		if (k == first)
			cairo_move_to(cr, x, y);
		else
			cairo_line_to(cr, x, y);
	}
}

static void draw_run(cairo_t *cr, const struct plot *plot, const GdkRGBA *color, size_t first,
		     size_t end)
{
	cairo_pattern_t *fade = cairo_pattern_create_linear(0, 0, 0, plot->height);
	const double red = (double)color->red;
	const double green = (double)color->green;
	const double blue = (double)color->blue;

	cairo_pattern_add_color_stop_rgba(fade, 0, red, green, blue, 0.34);
	cairo_pattern_add_color_stop_rgba(fade, 1, red, green, blue, 0.04);
	trace_run(cr, plot, first, end);
	cairo_line_to(cr, point_x(plot, smi_history_at(plot->history, end - 1)), plot->height);
	cairo_line_to(cr, point_x(plot, smi_history_at(plot->history, first)), plot->height);
	cairo_close_path(cr);
	cairo_set_source(cr, fade);
	cairo_fill(cr);
	cairo_pattern_destroy(fade);
	trace_run(cr, plot, first, end);
	gdk_cairo_set_source_rgba(cr, color);
	cairo_set_line_width(cr, 2.5);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_stroke(cr);
}

static void draw_history(cairo_t *cr, const struct plot *plot, const GdkRGBA *color)
{
	const struct smi_history_point *newest;
	size_t first = 0;

	cairo_rectangle(cr, 0, 0, plot->width, plot->height);
	cairo_clip(cr);
	for (size_t k = 1; k <= plot->history->count; k++) {
		if (k < plot->history->count && !is_gap(plot, k))
			continue;
		draw_run(cr, plot, color, first, k);
		first = k;
	}
	newest = smi_history_at(plot->history, plot->history->count - 1);
	gdk_cairo_set_source_rgba(cr, color);
	cairo_arc(cr, point_x(plot, newest), point_y(plot, newest), 5, 0, 2 * G_PI);
	cairo_fill(cr);
}

static void smi_sparkline_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	SmiSparkline *self = SMI_SPARKLINE(widget);
	struct plot plot = {.width = gtk_widget_get_width(widget),
			    .height = gtk_widget_get_height(widget)};
	GdkRGBA color;
	cairo_t *cr;

	if (self->model == NULL || smi_hub_model_history(self->model)->count == 0)
		return;
	plot.history = smi_hub_model_history(self->model);
	plot.end_us = smi_history_at(plot.history, plot.history->count - 1)->time_us;
	plot.peak_mw = MAX(smi_history_peak_mw(plot.history), PEAK_LEAST_MW);
	gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
	cr = gtk_snapshot_append_cairo(
		snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)plot.width, (float)plot.height));
	draw_history(cr, &plot, &color);
	cairo_destroy(cr);
}

static void smi_sparkline_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
				  int *minimum, int *natural, int *minimum_baseline,
				  int *natural_baseline)
{
	(void)widget;
	(void)for_size;
	*minimum = HEIGHT_MIN_PX;
	*natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 4 * HEIGHT_PX : HEIGHT_PX;
	*minimum_baseline = -1;
	*natural_baseline = -1;
}

static void smi_sparkline_dispose(GObject *object)
{
	g_clear_object(&SMI_SPARKLINE(object)->model);
	G_OBJECT_CLASS(smi_sparkline_parent_class)->dispose(object);
}

static void smi_sparkline_class_init(SmiSparklineClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = smi_sparkline_dispose;
	widget_class->snapshot = smi_sparkline_snapshot;
	widget_class->measure = smi_sparkline_measure;
	gtk_widget_class_set_css_name(widget_class, "sparkline");
	gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void smi_sparkline_init(SmiSparkline *self)
{
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
				       "Power of the last minutes", -1);
}

void smi_sparkline_show(SmiSparkline *self, SmiHubModel *model)
{
	char peak[SMI_NUMBER_TEXT_MAX];
	g_autofree char *description = NULL;

	g_set_object(&self->model, model);
	smi_number_power_text(smi_history_peak_mw(smi_hub_model_history(model)), peak,
			      sizeof(peak));
	description = g_strdup_printf("Highest %s", peak);
	gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
				       description, -1);
	gtk_widget_queue_draw(GTK_WIDGET(self));
}
