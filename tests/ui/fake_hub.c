/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speaks the object manager's protocol with any content; checks none of it. */
#include "fake_hub.h"

#define ROOT	"/org/smihub/Hub1"
#define MANAGER "org.freedesktop.DBus.ObjectManager"

struct fake_hub {
	GDBusConnection *connection;
	GHashTable *objects; /* path to a table of interface to a{sv} */
	guint registration;
	gint is_stalled; /* read by the connection's thread */
};

static GVariant *describe(struct fake_hub *hub)
{
	GVariantBuilder objects;
	GHashTableIter iter;
	gpointer path;
	gpointer interfaces;

	g_variant_builder_init(&objects, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
	g_hash_table_iter_init(&iter, hub->objects);
	while (g_hash_table_iter_next(&iter, &path, &interfaces)) {
		GHashTableIter inner;
		gpointer interface;
		gpointer properties;

		g_variant_builder_open(&objects, G_VARIANT_TYPE("{oa{sa{sv}}}"));
		g_variant_builder_add(&objects, "o", path);
		g_variant_builder_open(&objects, G_VARIANT_TYPE("a{sa{sv}}"));
		g_hash_table_iter_init(&inner, interfaces);
		while (g_hash_table_iter_next(&inner, &interface, &properties))
			g_variant_builder_add(&objects, "{s@a{sv}}", interface, properties);
		g_variant_builder_close(&objects);
		g_variant_builder_close(&objects);
	}
	return g_variant_new("(a{oa{sa{sv}}})", &objects);
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
		    const char *interface, const char *method, GVariant *parameters,
		    GDBusMethodInvocation *invocation, gpointer data)
{
	(void)connection;
	(void)sender;
	(void)path;
	(void)interface;
	(void)method;
	(void)parameters;
	g_dbus_method_invocation_return_value(invocation, describe(data));
}

static GDBusMessage *on_message(GDBusConnection *connection, GDBusMessage *message,
				gboolean is_incoming, gpointer data)
{
	struct fake_hub *hub = data;

	(void)connection;
	if (is_incoming && g_atomic_int_get(&hub->is_stalled) != 0)
		g_clear_object(&message);
	return message;
}

void fake_hub_stall(struct fake_hub *hub, gboolean is_stalled)
{
	g_atomic_int_set(&hub->is_stalled, is_stalled);
}

struct fake_hub *fake_hub_new(const char *address)
{
	static const char xml[] =
		"<node><interface name='" MANAGER "'><method name='GetManagedObjects'>"
		"<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface></node>";
	static const GDBusInterfaceVTable table = {.method_call = on_call};
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml(xml, &error);
	struct fake_hub *hub = g_new0(struct fake_hub, 1);

	g_assert_no_error(error);
	hub->connection = g_dbus_connection_new_for_address_sync(
		address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, &error);
	g_assert_no_error(error);
	g_dbus_connection_add_filter(hub->connection, on_message, hub, NULL);
	hub->objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     (GDestroyNotify)g_hash_table_unref);
	hub->registration = g_dbus_connection_register_object(
		hub->connection, ROOT, info->interfaces[0], &table, hub, NULL, &error);
	g_assert_no_error(error);
	return hub;
}

void fake_hub_free(struct fake_hub *hub)
{
	g_dbus_connection_unregister_object(hub->connection, hub->registration);
	g_dbus_connection_close_sync(hub->connection, NULL, NULL);
	g_object_unref(hub->connection);
	g_hash_table_unref(hub->objects);
	g_free(hub);
}

void fake_hub_appear(struct fake_hub *hub, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		hub->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "RequestName", g_variant_new("(su)", name, 4U), NULL,
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

	(void)answer;
	g_assert_no_error(error);
}

static void emit(struct fake_hub *hub, const char *path, const char *interface, const char *signal,
		 GVariant *parameters)
{
	g_autoptr(GError) error = NULL;

	g_dbus_connection_emit_signal(hub->connection, NULL, path, interface, signal, parameters,
				      &error);
	g_assert_no_error(error);
}

static GHashTable *object_at(struct fake_hub *hub, const char *path)
{
	GHashTable *interfaces = g_hash_table_lookup(hub->objects, path);

	if (interfaces == NULL) {
		interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						   (GDestroyNotify)g_variant_unref);
		g_hash_table_insert(hub->objects, g_strdup(path), interfaces);
	}
	return interfaces;
}

void fake_hub_set(struct fake_hub *hub, const char *path, const char *interface,
		  const char *property, GVariant *value)
{
	GHashTable *interfaces = object_at(hub, path);
	GVariant *old = g_hash_table_lookup(interfaces, interface);
	g_autoptr(GVariant) owned = g_variant_ref_sink(value);
	GVariantDict properties;
	GVariantBuilder changed;

	g_variant_dict_init(&properties, old);
	g_variant_dict_insert_value(&properties, property, owned);
	g_hash_table_insert(interfaces, g_strdup(interface),
			    g_variant_ref_sink(g_variant_dict_end(&properties)));
	g_variant_builder_init(&changed, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&changed, "{sv}", property, owned);
	emit(hub, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
	     g_variant_new("(sa{sv}as)", interface, &changed, NULL));
}

void fake_hub_add(struct fake_hub *hub, const char *path, const char *interface,
		  GVariant *properties)
{
	GVariantBuilder interfaces;
	GVariant *owned = g_variant_ref_sink(properties);

	g_hash_table_insert(object_at(hub, path), g_strdup(interface), owned);
	g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
	g_variant_builder_add(&interfaces, "{s@a{sv}}", interface, owned);
	emit(hub, ROOT, MANAGER, "InterfacesAdded",
	     g_variant_new("(oa{sa{sv}})", path, &interfaces));
}

void fake_hub_remove(struct fake_hub *hub, const char *path, const char *interface)
{
	const char *const interfaces[] = {interface, NULL};

	g_hash_table_remove(hub->objects, path);
	emit(hub, ROOT, MANAGER, "InterfacesRemoved", g_variant_new("(o^as)", path, interfaces));
}
