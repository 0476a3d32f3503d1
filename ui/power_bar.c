/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws one bar; what it measures is its owner's business, and its name too. */
#include "ui/power_bar.h"

#include <math.h>

enum {
	HEIGHT_PX = 8,
	HATCH_PX = 6,
};

struct _SmiPowerBar {
	GtkWidget parent;
	unsigned int permille;
	gboolean is_hatched;
};

G_DEFINE_TYPE(SmiPowerBar, smi_power_bar, GTK_TYPE_WIDGET)

static void round_rectangle(cairo_t *cr, double x, double y, double width, double height)
{
	const double radius = MIN(width, height) / 2;

	cairo_new_sub_path(cr);
	cairo_arc(cr, x + width - radius, y + radius, radius, -G_PI / 2, G_PI / 2);
	cairo_arc(cr, x + radius, y + radius, radius, G_PI / 2, 3 * G_PI / 2);
	cairo_close_path(cr);
}

static void draw_hatches(cairo_t *cr, double width, double height)
{
	cairo_save(cr);
	round_rectangle(cr, 0, 0, width, height);
	cairo_clip(cr);
	cairo_set_line_width(cr, 2);
	for (double x = -height; x < width + height; x += HATCH_PX) {
		cairo_move_to(cr, x, height);
		cairo_line_to(cr, x + height, 0);
	}
	cairo_stroke(cr);
	cairo_restore(cr);
	cairo_set_line_width(cr, 1.5);
	round_rectangle(cr, 0.75, 0.75, width - 1.5, height - 1.5);
	cairo_stroke(cr);
}

static void smi_power_bar_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
	SmiPowerBar *self = SMI_POWER_BAR(widget);
	const double room = gtk_widget_get_width(widget);
	const double height = gtk_widget_get_height(widget);
	const double width = MAX(round(room * self->permille / 1000), height);
	GdkRGBA color;
	cairo_t *cr;

	if (self->permille == 0 || room < height)
		return;
	gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
	cr = gtk_snapshot_append_cairo(snapshot,
				       &GRAPHENE_RECT_INIT(0, 0, (float)room, (float)height));
	gdk_cairo_set_source_rgba(cr, &color);
	if (gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL)
		cairo_translate(cr, room - width, 0);
	if (self->is_hatched) {
		draw_hatches(cr, width, height);
	} else {
		round_rectangle(cr, 0, 0, width, height);
		cairo_fill(cr);
	}
	cairo_destroy(cr);
}

static void smi_power_bar_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
				  int *minimum, int *natural, int *minimum_baseline,
				  int *natural_baseline)
{
	(void)widget;
	(void)for_size;
	*minimum = HEIGHT_PX;
	*natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 10 * HEIGHT_PX : HEIGHT_PX;
	*minimum_baseline = -1;
	*natural_baseline = -1;
}

static void smi_power_bar_class_init(SmiPowerBarClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	widget_class->snapshot = smi_power_bar_snapshot;
	widget_class->measure = smi_power_bar_measure;
	gtk_widget_class_set_css_name(widget_class, "powerbar");
	/* The row says the share in words; a second voice would only repeat it. */
	gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void smi_power_bar_init(SmiPowerBar *self)
{
	(void)self;
}

void smi_power_bar_set(SmiPowerBar *self, unsigned int permille, gboolean is_hatched)
{
	permille = MIN(permille, 1000U);
	if (self->permille == permille && self->is_hatched == is_hatched)
		return;
	self->permille = permille;
	self->is_hatched = is_hatched;
	gtk_widget_queue_draw(GTK_WIDGET(self));
}
