/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Follows one hub on the bus, for ever; decides nothing about what its values mean. */
#include "ui/hub_client.h"

#define HUB_PATH "/org/smihub/Hub1"

enum {
	RETRY_MS = 2000,
	PING_MS = 5000,
};

struct _SmiHubClient {
	GObject parent;
	SmiHubModel *model;
	char *bus_name;
	GCancellable *cancellable; /* of the connection in use; a new one for each */
	GDBusConnection *connection;
	GDBusObjectManager *manager;
	guint watch;
	guint retry_source;
	guint ping_source;
	guint ping_ms;
	gboolean is_pinging;
};

G_DEFINE_TYPE(SmiHubClient, smi_hub_client, G_TYPE_OBJECT)

static void connect_to_bus(SmiHubClient *self);

static void lose_hub(SmiHubClient *self)
{
	g_clear_handle_id(&self->ping_source, g_source_remove);
	if (self->manager != NULL)
		g_signal_handlers_disconnect_by_data(self->manager, self);
	g_clear_object(&self->manager);
	if (smi_hub_model_link(self->model) == SMI_LINK_ANSWERING)
		smi_hub_model_set_link(self->model, SMI_LINK_LOST);
}

static void lose_bus(SmiHubClient *self)
{
	lose_hub(self);
	g_cancellable_cancel(self->cancellable);
	g_clear_object(&self->cancellable);
	g_clear_handle_id(&self->watch, g_bus_unwatch_name);
	if (self->connection != NULL)
		g_signal_handlers_disconnect_by_data(self->connection, self);
	g_clear_object(&self->connection);
	self->is_pinging = FALSE;
}

static gboolean on_retry(gpointer data)
{
	SmiHubClient *self = data;

	self->retry_source = 0;
	connect_to_bus(self);
	return G_SOURCE_REMOVE;
}

static void retry_later(SmiHubClient *self)
{
	lose_bus(self);
	if (self->retry_source == 0)
		self->retry_source = g_timeout_add(RETRY_MS, on_retry, self);
}

static void take_interface(SmiHubClient *self, GDBusProxy *proxy)
{
	g_auto(GStrv) names = g_dbus_proxy_get_cached_property_names(proxy);

	for (size_t k = 0; names != NULL && names[k] != NULL; k++) {
		g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, names[k]);

		if (value != NULL)
			smi_hub_model_put(self->model, g_dbus_proxy_get_object_path(proxy),
					  g_dbus_proxy_get_interface_name(proxy), names[k], value);
	}
}

static void take_object(SmiHubClient *self, GDBusObject *object)
{
	GList *interfaces = g_dbus_object_get_interfaces(object);

	for (GList *at = interfaces; at != NULL; at = at->next)
		take_interface(self, at->data);
	g_list_free_full(interfaces, g_object_unref);
}

static void on_properties_changed(GDBusObjectManagerClient *manager, GDBusObjectProxy *object,
				  GDBusProxy *proxy, GVariant *changed, const char *const *gone,
				  gpointer data)
{
	SmiHubClient *self = data;
	GVariantIter iter;
	const char *name;
	GVariant *value;

	(void)manager;
	(void)object;
	(void)gone;
	g_variant_iter_init(&iter, changed);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		smi_hub_model_put(self->model, g_dbus_proxy_get_object_path(proxy),
				  g_dbus_proxy_get_interface_name(proxy), name, value);
}

static void on_object_added(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
	(void)manager;
	take_object(data, object);
}

static void on_object_removed(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
	SmiHubClient *self = data;
	g_autofree char *owner =
		g_dbus_object_manager_client_get_name_owner(G_DBUS_OBJECT_MANAGER_CLIENT(manager));

	/* Without an owner the hub itself is gone, and its last values stay on the screen. */
	if (owner != NULL)
		smi_hub_model_remove(self->model, g_dbus_object_get_object_path(object));
}

static void on_interface_added(GDBusObjectManager *manager, GDBusObject *object,
			       GDBusInterface *interface, gpointer data)
{
	(void)manager;
	(void)object;
	take_interface(data, G_DBUS_PROXY(interface));
}

static void on_interface_removed(GDBusObjectManager *manager, GDBusObject *object,
				 GDBusInterface *interface, gpointer data)
{
	if (g_str_equal(g_dbus_proxy_get_interface_name(G_DBUS_PROXY(interface)),
			SMI_INTERFACE_DEVICE))
		on_object_removed(manager, object, data);
}

static void on_ping_answered(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) answer =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	SmiHubClient *self = data;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	self->is_pinging = FALSE;
	if (self->manager == NULL)
		return;
	smi_hub_model_set_link(self->model, answer != NULL ? SMI_LINK_ANSWERING : SMI_LINK_LOST);
}

/* A hub can keep its name and yet be stuck; then its values are old and must look it. */
static gboolean on_ping_due(gpointer data)
{
	SmiHubClient *self = data;

	if (!self->is_pinging) {
		self->is_pinging = TRUE;
		g_dbus_connection_call(self->connection, self->bus_name, HUB_PATH,
				       "org.freedesktop.DBus.Peer", "Ping", NULL, NULL,
				       G_DBUS_CALL_FLAGS_NO_AUTO_START, (int)self->ping_ms,
				       self->cancellable, on_ping_answered, self);
	}
	return G_SOURCE_CONTINUE;
}

static void on_manager_ready(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusObjectManager) manager =
		g_dbus_object_manager_client_new_finish(result, &error);
	SmiHubClient *self = data;
	g_autofree char *owner = NULL;
	GList *objects;

	(void)source;
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (manager == NULL) {
		g_message("Cannot read '%s': %s; trying again", self->bus_name, error->message);
		retry_later(self);
		return;
	}
	owner = g_dbus_object_manager_client_get_name_owner(G_DBUS_OBJECT_MANAGER_CLIENT(manager));
	if (owner == NULL)
		return; /* gone again while it was read */
	lose_hub(self);
	self->manager = g_steal_pointer(&manager);
	g_signal_connect(self->manager, "object-added", G_CALLBACK(on_object_added), self);
	g_signal_connect(self->manager, "object-removed", G_CALLBACK(on_object_removed), self);
	g_signal_connect(self->manager, "interface-added", G_CALLBACK(on_interface_added), self);
	g_signal_connect(self->manager, "interface-removed", G_CALLBACK(on_interface_removed),
			 self);
	g_signal_connect(self->manager, "interface-proxy-properties-changed",
			 G_CALLBACK(on_properties_changed), self);
	smi_hub_model_clear(self->model);
	objects = g_dbus_object_manager_get_objects(self->manager);
	for (GList *at = objects; at != NULL; at = at->next)
		take_object(self, at->data);
	g_list_free_full(objects, g_object_unref);
	smi_hub_model_set_link(self->model, SMI_LINK_ANSWERING);
	self->ping_source = g_timeout_add(self->ping_ms, on_ping_due, self);
}

static void on_name_appeared(GDBusConnection *connection, const char *name, const char *owner,
			     gpointer data)
{
	SmiHubClient *self = data;

	(void)owner;
	g_dbus_object_manager_client_new(
		connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, name, HUB_PATH,
		NULL, NULL, NULL, self->cancellable, on_manager_ready, self);
}

static void on_name_vanished(GDBusConnection *connection, const char *name, gpointer data)
{
	(void)connection;
	(void)name;
	lose_hub(data);
}

static void on_connection_closed(GDBusConnection *connection, gboolean vanished, GError *error,
				 gpointer data)
{
	(void)connection;
	(void)vanished;
	(void)error;
	retry_later(data);
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) connection =
		g_dbus_connection_new_for_address_finish(result, &error);
	SmiHubClient *self = data;

	(void)source;
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (connection == NULL) {
		g_message("Cannot reach the system bus: %s; trying again", error->message);
		retry_later(self);
		return;
	}
	self->connection = g_steal_pointer(&connection);
	g_signal_connect(self->connection, "closed", G_CALLBACK(on_connection_closed), self);
	self->watch = g_bus_watch_name_on_connection(
		self->connection, self->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, on_name_appeared,
		on_name_vanished, self, NULL);
}

static void connect_to_bus(SmiHubClient *self)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);

	if (address == NULL) {
		g_message("No system bus: %s; trying again", error->message);
		retry_later(self);
		return;
	}
	self->cancellable = g_cancellable_new();
	g_dbus_connection_new_for_address(address,
					  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
						  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
					  NULL, self->cancellable, on_connected, self);
}

static void smi_hub_client_dispose(GObject *object)
{
	SmiHubClient *self = SMI_HUB_CLIENT(object);

	g_clear_handle_id(&self->retry_source, g_source_remove);
	if (self->model != NULL)
		lose_bus(self);
	g_clear_object(&self->model);
	g_clear_pointer(&self->bus_name, g_free);
	G_OBJECT_CLASS(smi_hub_client_parent_class)->dispose(object);
}

static void smi_hub_client_class_init(SmiHubClientClass *class)
{
	G_OBJECT_CLASS(class)->dispose = smi_hub_client_dispose;
}

static void smi_hub_client_init(SmiHubClient *self)
{
	self->ping_ms = PING_MS;
}

SmiHubClient *smi_hub_client_new(SmiHubModel *model, const char *node)
{
	SmiHubClient *self = g_object_new(SMI_TYPE_HUB_CLIENT, NULL);

	self->model = g_object_ref(model);
	self->bus_name = node == NULL ? g_strdup(SMI_INTERFACE_HUB)
				      : g_strdup_printf("%s.%s", SMI_INTERFACE_HUB, node);
	connect_to_bus(self);
	return self;
}

void smi_hub_client_set_ping_ms(SmiHubClient *self, guint ping_ms)
{
	self->ping_ms = ping_ms;
}
