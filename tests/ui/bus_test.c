/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panel follows a hub on a real bus: through changes, nonsense, silence and return. */
#include "fake_hub.h"
#include "ui/application.h"
#include "ui/hub_client.h"
#include "ui/window.h"
#include "widget_tree.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HUB    "/org/smihub/Hub1"
#define KETTLE HUB "/device/Kettle"
#define W      "\xc2\xa0W"

enum {
	PATIENCE_MS = 10000,
	DEVICES = 200,
};

struct panel {
	GTestDBus *bus;
	struct fake_hub *hub;
	SmiHubModel *model;
	SmiHubClient *client;
	SmiWindow *window;
};

static gboolean on_patience_ended(gpointer data)
{
	*(gboolean *)data = TRUE;
	return G_SOURCE_CONTINUE;
}

static void expect_text(struct panel *panel, const char *text)
{
	GtkWidget *frame = smi_window_frame(panel->window);
	gboolean is_late = FALSE;
	const guint source = g_timeout_add(PATIENCE_MS, on_patience_ended, &is_late);

	while (!widget_tree_says(frame, text) && !is_late)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(source);
	if (is_late)
		fail_msg("The panel does not say '%s'", text);
}

static GVariant *device(const char *name, gint64 power_mw)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&builder, "{sv}", "Name", g_variant_new_string(name));
	g_variant_builder_add(&builder, "{sv}", "Kind", g_variant_new_string("kettle"));
	g_variant_builder_add(&builder, "{sv}", "PowerMw", g_variant_new_int64(power_mw));
	g_variant_builder_add(&builder, "{sv}", "State", g_variant_new_string("live"));
	return g_variant_builder_end(&builder);
}

static void set(struct panel *panel, const char *property, GVariant *value)
{
	fake_hub_set(panel->hub, HUB, SMI_INTERFACE_HUB, property, value);
}

static void start_hub(struct panel *panel, gint64 power_mw)
{
	panel->hub = fake_hub_new(g_test_dbus_get_bus_address(panel->bus));
	set(panel, "Name", g_variant_new_string("Test home"));
	set(panel, "TimeUs", g_variant_new_int64(G_GINT64_CONSTANT(1773513730000000)));
	set(panel, "PowerMw", g_variant_new_int64(power_mw));
	set(panel, "PowerKnown", g_variant_new_boolean(TRUE));
	fake_hub_add(panel->hub, KETTLE, SMI_INTERFACE_DEVICE, device("Kettle", 1985000));
	fake_hub_appear(panel->hub, SMI_INTERFACE_HUB);
}

static int open_panel(void **state)
{
	struct panel *panel = g_new0(struct panel, 1);

	panel->bus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(panel->bus);
	g_setenv("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address(panel->bus), TRUE);
	panel->model = smi_hub_model_new();
	panel->client = smi_hub_client_new(panel->model, NULL);
	smi_hub_client_set_ping_ms(panel->client, 200);
	panel->window = smi_window_new(NULL, panel->model);
	gtk_window_present(GTK_WINDOW(panel->window));
	*state = panel;
	return 0;
}

static int close_panel(void **state)
{
	struct panel *panel = *state;

	gtk_window_destroy(GTK_WINDOW(panel->window));
	g_object_unref(panel->client);
	g_object_unref(panel->model);
	if (panel->hub != NULL)
		fake_hub_free(panel->hub);
	while (g_main_context_iteration(NULL, FALSE))
		;
	/* Not g_test_dbus_down(): it waits for a shared connection, and there is none. */
	g_test_dbus_stop(panel->bus);
	g_object_unref(panel->bus);
	g_free(panel);
	return 0;
}

static void panel_finds_a_hub_that_comes_later(void **state)
{
	struct panel *panel = *state;

	expect_text(panel, "Looking for the hub");
	start_hub(panel, 2412000);
	expect_text(panel, "2,412");
	expect_text(panel, "Test home");
	expect_text(panel, "Kettle");
	expect_text(panel, "1,985" W);
}

static void panel_follows_changes(void **state)
{
	struct panel *panel = *state;

	start_hub(panel, 1000);
	expect_text(panel, "1");
	set(panel, "PowerMw", g_variant_new_int64(3456000));
	expect_text(panel, "3,456");
	fake_hub_add(panel->hub, HUB "/device/Lamp", SMI_INTERFACE_DEVICE, device("Lamp", 23000));
	expect_text(panel, "Lamp");
	fake_hub_remove(panel->hub, HUB "/device/Lamp", SMI_INTERFACE_DEVICE);
	set(panel, "StorageError", g_variant_new_string("No space left on device"));
	expect_text(panel, "Nothing can be stored: No space left on device. Live values continue.");
	assert_false(widget_tree_says(smi_window_frame(panel->window), "Lamp"));
}

static void panel_says_when_the_hub_is_gone_and_goes_on_when_it_is_back(void **state)
{
	struct panel *panel = *state;

	start_hub(panel, 500000);
	expect_text(panel, "500");
	for (int round = 0; round < 3; round++) {
		fake_hub_free(panel->hub);
		panel->hub = NULL;
		expect_text(panel, "The hub is not answering. Trying again.");
		assert_true(widget_tree_says(smi_window_frame(panel->window), "Kettle"));
		start_hub(panel, 600000 + round * 1000);
		expect_text(panel, round == 0 ? "600" : round == 1 ? "601" : "602");
		assert_int_equal(smi_hub_model_link(panel->model), SMI_LINK_ANSWERING);
	}
}

static void panel_says_when_the_hub_is_stuck(void **state)
{
	struct panel *panel = *state;

	start_hub(panel, 500000);
	expect_text(panel, "500");
	fake_hub_stall(panel->hub, TRUE);
	expect_text(panel, "The hub is not answering. Trying again.");
	fake_hub_stall(panel->hub, FALSE);
	set(panel, "PowerMw", g_variant_new_int64(501000));
	expect_text(panel, "501");
	while (smi_hub_model_link(panel->model) != SMI_LINK_ANSWERING)
		g_main_context_iteration(NULL, TRUE);
}

static void panel_survives_a_hub_of_nonsense(void **state)
{
	struct panel *panel = *state;
	g_autofree char *huge = g_strnfill(1000000, 'A');

	start_hub(panel, 700000);
	expect_text(panel, "700");
	set(panel, "PowerMw", g_variant_new_string("a lot"));
	set(panel, "PowerKnown", g_variant_new_int64(-1));
	set(panel, "TimeUs", g_variant_new_int64(INT64_MAX));
	set(panel, "Speed", g_variant_new_uint32(UINT32_MAX));
	set(panel, "Agreement", g_variant_new_string(huge));
	set(panel, "AgreementText", g_variant_new_string(huge));
	set(panel, "StateText", g_variant_new_string("<b>&markup</i>"));
	set(panel, "State", g_variant_new_string("warning"));
	set(panel, "Alarms", g_variant_new_string("none"));
	set(panel, "Name", g_variant_new_string("\xd8\xa8\xd9\x8a\xd8\xaa\xe2\x80\xae%s%n"));
	for (int k = 0; k < DEVICES; k++) {
		g_autofree char *path = g_strdup_printf(HUB "/device/D%d", k);

		fake_hub_add(panel->hub, path, SMI_INTERFACE_DEVICE,
			     device(k % 2 == 0 ? huge : "", k % 3 == 0 ? INT64_MIN : INT64_MAX));
		fake_hub_set(panel->hub, path, SMI_INTERFACE_DEVICE, "Kind",
			     g_variant_new_string("../../etc/passwd"));
	}
	set(panel, "NotAttributedMw", g_variant_new_int64(INT64_MIN));
	set(panel, "PowerMw", g_variant_new_int64(INT64_MIN));
	expect_text(panel, "\xe2\x88\x92"
			   "999,999");
	expect_text(panel, "<b>&markup</i>");
	assert_int_equal(g_list_model_get_n_items(smi_hub_model_devices(panel->model)),
			 DEVICES + 1);
	set(panel, "PowerMw", g_variant_new_int64(42000));
	expect_text(panel, "42");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(panel_finds_a_hub_that_comes_later, open_panel,
						close_panel),
		cmocka_unit_test_setup_teardown(panel_follows_changes, open_panel, close_panel),
		cmocka_unit_test_setup_teardown(
			panel_says_when_the_hub_is_gone_and_goes_on_when_it_is_back, open_panel,
			close_panel),
		cmocka_unit_test_setup_teardown(panel_says_when_the_hub_is_stuck, open_panel,
						close_panel),
		cmocka_unit_test_setup_teardown(panel_survives_a_hub_of_nonsense, open_panel,
						close_panel),
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
