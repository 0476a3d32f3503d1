/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays out two children, in the .ui in that order; knows nothing of what they show. */
#include "ui/adaptive_box.h"

enum {
	GAP_PX = 24,
	STACKED_GAP_PX = 12,
	FIRST_PERMILLE = 425, /* of the width, for the first of two side by side */
};

struct _SmiAdaptiveBox {
	GtkWidget parent;
};

static void smi_adaptive_box_buildable_init(GtkBuildableIface *interface);

G_DEFINE_TYPE_WITH_CODE(SmiAdaptiveBox, smi_adaptive_box, GTK_TYPE_WIDGET,
			G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE, smi_adaptive_box_buildable_init))

static void smi_adaptive_box_add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child,
				       const char *type)
{
	(void)builder;
	(void)type;
	gtk_widget_set_parent(GTK_WIDGET(child), GTK_WIDGET(buildable));
}

static void smi_adaptive_box_buildable_init(GtkBuildableIface *interface)
{
	interface->add_child = smi_adaptive_box_add_child;
}

static int least(GtkWidget *child, GtkOrientation orientation, int for_size)
{
	int minimum;

	gtk_widget_measure(child, orientation, for_size, &minimum, NULL, NULL, NULL);
	return minimum;
}

static int preferred(GtkWidget *child, GtkOrientation orientation, int for_size)
{
	int natural;

	gtk_widget_measure(child, orientation, for_size, NULL, &natural, NULL, NULL);
	return natural;
}

/* The widths of two side by side: a share for the first, but neither less than it needs. */
struct widths {
	int first;
	int last;
};

static struct widths split(GtkWidget *first, GtkWidget *last, int width)
{
	const int share = (width - GAP_PX) * FIRST_PERMILLE / 1000;
	struct widths widths;

	widths.first = MAX(share, least(first, GTK_ORIENTATION_HORIZONTAL, -1));
	widths.last =
		MAX(width - GAP_PX - widths.first, least(last, GTK_ORIENTATION_HORIZONTAL, -1));
	return widths;
}

static int side_by_side_least(GtkWidget *first, GtkWidget *last, int for_size)
{
	const struct widths widths = split(first, last, for_size);

	return MAX(least(first, GTK_ORIENTATION_VERTICAL, widths.first),
		   least(last, GTK_ORIENTATION_VERTICAL, widths.last));
}

static void smi_adaptive_box_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
				     int *minimum, int *natural, int *minimum_baseline,
				     int *natural_baseline)
{
	GtkWidget *first = gtk_widget_get_first_child(widget);
	GtkWidget *last = gtk_widget_get_last_child(widget);

	*minimum_baseline = -1;
	*natural_baseline = -1;
	if (orientation == GTK_ORIENTATION_HORIZONTAL) {
		*minimum = MAX(least(first, orientation, -1), least(last, orientation, -1));
		*natural = MAX(*minimum, SMI_ADAPTIVE_WIDTH);
	} else if (for_size >= SMI_ADAPTIVE_WIDTH) {
		const struct widths widths = split(first, last, for_size);

		*minimum = side_by_side_least(first, last, for_size);
		*natural = MAX(preferred(first, orientation, widths.first),
			       preferred(last, orientation, widths.last));
	} else {
		*minimum = least(first, orientation, for_size) + STACKED_GAP_PX +
			   least(last, orientation, for_size);
		*natural = preferred(first, orientation, for_size) + STACKED_GAP_PX +
			   preferred(last, orientation, for_size);
		/* A window asks for the least height at its least width and makes that a limit
		 * for all widths, which would forbid every low and wide screen. */
		*minimum = MIN(*minimum, side_by_side_least(first, last, SMI_ADAPTIVE_WIDTH));
	}
}

static void place(GtkWidget *child, int x, int y, int width, int height)
{
	width = MAX(width, least(child, GTK_ORIENTATION_HORIZONTAL, -1));
	height = MAX(height, least(child, GTK_ORIENTATION_VERTICAL, width));
	gtk_widget_size_allocate(child, &(GtkAllocation){x, y, width, height}, -1);
}

static void smi_adaptive_box_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
	GtkWidget *first = gtk_widget_get_first_child(widget);
	GtkWidget *last = gtk_widget_get_last_child(widget);
	const bool is_mirrored = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;

	(void)baseline;
	if (width >= SMI_ADAPTIVE_WIDTH) {
		const struct widths widths = split(first, last, width);

		place(first, is_mirrored ? widths.last + GAP_PX : 0, 0, widths.first, height);
		place(last, is_mirrored ? 0 : widths.first + GAP_PX, 0, widths.last, height);
	} else {
		const int wanted = preferred(first, GTK_ORIENTATION_VERTICAL, width);
		const int spare =
			height - STACKED_GAP_PX - least(last, GTK_ORIENTATION_VERTICAL, width);
		const int top =
			MAX(MIN(wanted, spare), least(first, GTK_ORIENTATION_VERTICAL, width));

		place(first, 0, 0, width, top);
		place(last, 0, top + STACKED_GAP_PX, width, height - top - STACKED_GAP_PX);
	}
}

static GtkSizeRequestMode smi_adaptive_box_request_mode(GtkWidget *widget)
{
	(void)widget;
	return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void smi_adaptive_box_dispose(GObject *object)
{
	GtkWidget *child;

	while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))) != NULL)
		gtk_widget_unparent(child);
	G_OBJECT_CLASS(smi_adaptive_box_parent_class)->dispose(object);
}

static void smi_adaptive_box_class_init(SmiAdaptiveBoxClass *class)
{
	GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = smi_adaptive_box_dispose;
	widget_class->measure = smi_adaptive_box_measure;
	widget_class->size_allocate = smi_adaptive_box_size_allocate;
	widget_class->get_request_mode = smi_adaptive_box_request_mode;
	gtk_widget_class_set_css_name(widget_class, "adaptivebox");
}

static void smi_adaptive_box_init(SmiAdaptiveBox *self)
{
	(void)self;
}
