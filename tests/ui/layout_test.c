/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every recorded scene, at every size of screen, by day and night: all is there, whole and named.
 */
#include "ui/application.h"
#include "ui/snapshot_file.h"
#include "ui/window.h"
#include "widget_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
	TOUCH_PX = 44,
	TEXT_PX = 18,
	SECONDARY_PX = 16,
	FRAMES = 4,
};

struct scene {
	const char *snapshot;
	int width;
	int height;
	gboolean is_whole; /* nothing may be shortened by an ellipsis */
	GtkWidget *frame;
	int faults;
};

static void report(struct scene *scene, GtkWidget *widget, const char *what)
{
	g_printerr("%s at %dx%d: %s%s%s %s\n", scene->snapshot, scene->width, scene->height,
		   G_OBJECT_TYPE_NAME(widget), GTK_IS_LABEL(widget) ? " " : "",
		   GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : "", what);
	scene->faults++;
}

static int text_size(GtkWidget *label)
{
	PangoContext *context = pango_layout_get_context(gtk_label_get_layout(GTK_LABEL(label)));
	const PangoFontDescription *font = pango_context_get_font_description(context);

	return pango_font_description_get_size(font) / PANGO_SCALE;
}

static void check_label(struct scene *scene, GtkWidget *label)
{
	const int least = gtk_widget_has_css_class(label, "secondary") ? SECONDARY_PX : TEXT_PX;
	int height;

	if (gtk_label_get_text(GTK_LABEL(label))[0] == '\0')
		return;
	if (scene->is_whole && pango_layout_is_ellipsized(gtk_label_get_layout(GTK_LABEL(label))))
		report(scene, label, "is shortened");
	if (text_size(label) < least)
		report(scene, label, "is set too small");
	pango_layout_get_pixel_size(gtk_label_get_layout(GTK_LABEL(label)), NULL, &height);
	if (gtk_widget_get_height(label) < height)
		report(scene, label, "is cut off below");
}

static void check_place(struct scene *scene, GtkWidget *widget)
{
	graphene_rect_t bounds;

	if (!gtk_widget_compute_bounds(widget, scene->frame, &bounds))
		return;
	if (bounds.origin.x < 0 || bounds.origin.x + bounds.size.width > (float)scene->width)
		report(scene, widget, "is wider than the screen");
	if (gtk_widget_get_ancestor(widget, GTK_TYPE_SCROLLED_WINDOW) == NULL &&
	    (bounds.origin.y < 0 || bounds.origin.y + bounds.size.height > (float)scene->height))
		report(scene, widget, "is higher than the screen");
}

static void check_name(struct scene *scene, GtkWidget *widget)
{
	GtkAccessible *accessible = GTK_ACCESSIBLE(widget);
	const GtkAccessibleRole role = gtk_accessible_get_accessible_role(accessible);
	const gboolean is_named =
		gtk_test_accessible_has_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL);

	if (gtk_widget_get_focusable(widget) && !is_named)
		report(scene, widget, "takes the focus without a name");
	if (role == GTK_ACCESSIBLE_ROLE_IMG && !is_named)
		report(scene, widget, "is an image without a name");
}

static void check_touch(struct scene *scene, GtkWidget *widget)
{
	graphene_rect_t bounds;

	if (gtk_widget_get_focusable(widget) &&
	    gtk_widget_compute_bounds(widget, widget, &bounds) &&
	    (bounds.size.width < TOUCH_PX || bounds.size.height < TOUCH_PX))
		report(scene, widget, "is too small to touch");
}

static void check_widget(GtkWidget *widget, gpointer data)
{
	struct scene *scene = data;

	if (GTK_IS_LABEL(widget))
		check_label(scene, widget);
	check_place(scene, widget);
	check_name(scene, widget);
	check_touch(scene, widget);
}

static SmiWindow *open_window(const char *snapshot, int width, int height)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *file_name = g_strdup_printf("%s/%s.json", SNAPSHOTS, snapshot);
	g_autoptr(SmiHubModel) model = smi_snapshot_file_load(file_name, &error);
	SmiWindow *window;

	g_assert_no_error(error);
	window = smi_window_new(NULL, model);
	smi_window_set_bare(window);
	gtk_window_set_default_size(GTK_WINDOW(window), width, height);
	gtk_window_present(GTK_WINDOW(window));
	widget_tree_settle(GTK_WIDGET(window), FRAMES);
	return window;
}

static int check_scene(const char *snapshot, int width, int height, gboolean is_whole)
{
	SmiWindow *window = open_window(snapshot, width, height);
	struct scene scene = {snapshot, width, height, is_whole, smi_window_frame(window), 0};

	if (gtk_widget_get_width(scene.frame) != width ||
	    gtk_widget_get_height(scene.frame) != height)
		report(&scene, scene.frame, "does not fit the screen");
	widget_tree_visit(scene.frame, check_widget, &scene);
	gtk_window_destroy(GTK_WINDOW(window));
	return scene.faults;
}

static int check_scenes(int width, int height, gboolean is_whole)
{
	static const char *const scenes[] = {"typical", "barebones", "warning",	    "failing",
					     "waiting", "lost",	     "unwitnessed", "seeking"};
	int faults = check_scene("maximal", width, height, FALSE);

	for (size_t k = 0; k < G_N_ELEMENTS(scenes); k++)
		faults += check_scene(scenes[k], width, height, is_whole);
	return faults;
}

static void nothing_is_lost_at_800x480(void **state)
{
	(void)state;
	assert_int_equal(check_scenes(800, 480, TRUE), 0);
}

static void nothing_is_lost_at_480x853(void **state)
{
	(void)state;
	assert_int_equal(check_scenes(480, 853, TRUE), 0);
}

static void nothing_is_lost_at_360x640(void **state)
{
	(void)state;
	assert_int_equal(check_scenes(360, 640, FALSE), 0);
}

static void nothing_is_lost_at_night(void **state)
{
	AdwStyleManager *manager = adw_style_manager_get_default();

	(void)state;
	adw_style_manager_set_color_scheme(manager, ADW_COLOR_SCHEME_FORCE_DARK);
	assert_int_equal(check_scenes(800, 480, TRUE), 0);
	adw_style_manager_set_color_scheme(manager, ADW_COLOR_SCHEME_FORCE_LIGHT);
}

static void find_rest(GtkWidget *widget, gpointer data)
{
	if (GTK_IS_LIST_BOX_ROW(widget) && gtk_widget_has_css_class(widget, "rest"))
		*(GtkWidget **)data = widget;
}

static void count_rows(GtkWidget *widget, gpointer data)
{
	if (GTK_IS_LIST_BOX_ROW(widget))
		++*(int *)data;
}

static int press_rest(SmiWindow *window)
{
	GtkWidget *rest = NULL;
	int rows = 0;

	widget_tree_visit(smi_window_frame(window), find_rest, &rest);
	assert_non_null(rest);
	gtk_widget_activate(rest);
	widget_tree_settle(GTK_WIDGET(window), FRAMES);
	widget_tree_visit(smi_window_frame(window), count_rows, &rows);
	return rows;
}

static void merged_row_opens_and_closes_the_list(void **state)
{
	SmiWindow *window = open_window("typical", 800, 480);

	(void)state;
	assert_true(widget_tree_says(smi_window_frame(window), "7 more"));
	assert_int_equal(press_rest(window), 14);
	assert_true(widget_tree_says(smi_window_frame(window), "Toaster"));
	assert_int_equal(press_rest(window), 7);
	gtk_window_destroy(GTK_WINDOW(window));
}

static void find_row(GtkWidget *widget, gpointer data)
{
	if (GTK_IS_LIST_BOX_ROW(widget) && *(GtkWidget **)data == NULL)
		*(GtkWidget **)data = widget;
}

static void rows_speak_their_values(void **state)
{
	SmiWindow *window = open_window("typical", 800, 480);
	GtkWidget *row = NULL;

	(void)state;
	widget_tree_visit(smi_window_frame(window), find_row, &row);
	gtk_test_accessible_assert_role(row, GTK_ACCESSIBLE_ROLE_LIST_ITEM);
	gtk_test_accessible_assert_property(row, GTK_ACCESSIBLE_PROPERTY_LABEL,
					    "Kettle, 1,986\xc2\xa0W");
	gtk_window_destroy(GTK_WINDOW(window));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_at_800x480),
		cmocka_unit_test(nothing_is_lost_at_480x853),
		cmocka_unit_test(nothing_is_lost_at_360x640),
		cmocka_unit_test(nothing_is_lost_at_night),
		cmocka_unit_test(merged_row_opens_and_closes_the_list),
		cmocka_unit_test(rows_speak_their_values),
	};
	const struct smi_options options = {.page = NULL};
	g_autoptr(SmiHubModel) model = smi_hub_model_new();
	g_autoptr(SmiApplication) application = smi_application_new(&options, model);
	g_autoptr(GError) error = NULL;

	if (!g_application_register(G_APPLICATION(application), NULL, &error)) {
		g_printerr("%s\n", error->message);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
