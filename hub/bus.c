/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The connection to the bus: claims the name, says what has changed, comes back when the bus does.
 * What the objects are is in bus_hub.c, bus_device.c and bus_ledger.c.
 */
#include <assert.h>
#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "bus_object.h"
#include "bus_path.h"
#include "ledger/contract.h"

enum {
	RECONNECT_US = 2 * 1000 * 1000,
	RECONNECT_ACCURACY_US = 100 * 1000,
	CALL_TIMEOUT_US = 2 * 1000 * 1000, /* Of our own calls, which the loop waits for. */
	QUEUED_MESSAGES_MAX = 512,	   /* Beyond it the bus is slow: differences wait for it. */
	PRIORITY = SD_EVENT_PRIORITY_NORMAL + 10, /* Readings first, then who looks at them. */
};

struct bus {
	sd_event *loop;
	sd_bus *connection; /* NULL while there is none. */
	sd_event_source *reconnect;
	char *name;
	const struct view *view;
	struct bus_shown shown; /* What the bus was last told; getters read it. */
	struct view before;	/* Of the update that is on its way out. */
};

typedef char *names[BUS_FIELDS_MAX + 2];

static const struct view_device *device_find(const struct view *view, const char *name)
{
	for (size_t index = 0; index < view->device_count; index++)
		if (strcmp(view->devices[index].name, name) == 0)
			return &view->devices[index];
	return NULL;
}

/* sd-bus asks these for what lies below a prefix. */

static int find_device(sd_bus *connection, const char *path, const char *interface, void *userdata,
		       void **ret_found, sd_bus_error *error)
{
	struct bus *bus = userdata;
	struct view *view = &bus->shown.view;
	char device_path[BUS_PATH_MAX];

	(void)connection, (void)interface, (void)error;
	for (size_t index = 0; index < view->device_count; index++) {
		if (bus_path_make(BUS_DEVICE_PATH, view->devices[index].name, device_path) < 0 ||
		    strcmp(device_path, path) != 0)
			continue;
		*ret_found = &view->devices[index];
		return 1;
	}
	return 0;
}

static int find_layer(struct bus *bus, const char *prefix, const char *path, void **ret_found)
{
	char layer_path[BUS_PATH_MAX];

	if (bus_path_make(prefix, layer_text(bus->shown.view.ledger.layer), layer_path) < 0 ||
	    strcmp(layer_path, path) != 0)
		return 0;
	*ret_found = &bus->shown;
	return 1;
}

static int find_ledger(sd_bus *connection, const char *path, const char *interface, void *userdata,
		       void **ret_found, sd_bus_error *error)
{
	(void)connection, (void)interface, (void)error;
	return find_layer(userdata, BUS_LEDGER_PATH, path, ret_found);
}

static int find_contract(sd_bus *connection, const char *path, const char *interface,
			 void *userdata, void **ret_found, sd_bus_error *error)
{
	(void)connection, (void)interface, (void)error;
	return find_layer(userdata, BUS_CONTRACT_PATH, path, ret_found);
}

static int append_path(char **paths, size_t *count, const char *prefix, const char *name)
{
	char path[BUS_PATH_MAX];
	int r = bus_path_make(prefix, name, path);

	if (r < 0)
		return r;
	paths[*count] = strdup(path);
	if (!paths[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

/** The node itself is listed too: GetManagedObjects is then all there is to know. */
static int enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes,
		     sd_bus_error *error)
{
	enum { OTHER_OBJECTS = 3 };
	struct bus *bus = userdata;
	const struct view *view = &bus->shown.view;
	const char *layer = layer_text(view->ledger.layer);
	char **paths = calloc(view->device_count + OTHER_OBJECTS + 1, sizeof(*paths));
	size_t count = 0;
	int r;

	(void)connection, (void)prefix, (void)error;
	if (!paths)
		return -ENOMEM;
	paths[count] = strdup(BUS_ROOT_PATH);
	r = paths[count] ? 0 : -ENOMEM;
	count += paths[count] ? 1 : 0;
	if (r == 0)
		r = append_path(paths, &count, BUS_LEDGER_PATH, layer);
	if (r == 0)
		r = append_path(paths, &count, BUS_CONTRACT_PATH, layer);
	for (size_t index = 0; r == 0 && index < view->device_count; index++)
		r = append_path(paths, &count, BUS_DEVICE_PATH, view->devices[index].name);
	if (r < 0) {
		while (count > 0)
			free(paths[--count]);
		free(paths);
		return r;
	}
	*ret_nodes = paths;
	return 0;
}

static int serve(struct bus *bus)
{
	const struct bus_interface *hub = bus_hub_interface();
	const struct bus_interface *device = bus_device_interface();
	const struct bus_interface *ledger = bus_ledger_interface();
	const struct bus_interface *contract = bus_contract_interface();
	int r = sd_bus_add_object_manager(bus->connection, NULL, BUS_ROOT_PATH);

	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->connection, NULL, BUS_ROOT_PATH, hub->name,
					     hub->vtable, &bus->shown);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_DEVICE_PATH, device->name,
					       device->vtable, find_device, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_LEDGER_PATH, ledger->name,
					       ledger->vtable, find_ledger, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_CONTRACT_PATH,
					       contract->name, contract->vtable, find_contract,
					       bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(bus->connection, NULL, BUS_ROOT_PATH, enumerate,
					       bus);
	return r < 0 ? r : 0;
}

static int on_reconnect(sd_event_source *source, uint64_t time_us, void *userdata);

static int reconnect_later(struct bus *bus)
{
	bus->reconnect = sd_event_source_disable_unref(bus->reconnect);
	return sd_event_add_time_relative(bus->loop, &bus->reconnect, CLOCK_MONOTONIC, RECONNECT_US,
					  RECONNECT_ACCURACY_US, on_reconnect, bus);
}

/** The connection is closed by the timer: sd-bus still holds it while it calls us. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)message, (void)error;
	log_warning("The D-Bus system bus has gone; '%s' comes back when it does", bus->name);
	if (bus->shown.callers.count > 0) {
		bus_callers_drop(&bus->shown.callers);
		bus->shown.handlers.verify_cancel(bus->shown.handlers.context);
	}
	return reconnect_later(bus);
}

static int connect_bus(struct bus *bus)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *connection = NULL;
	int r = sd_bus_open_system(&connection);

	if (r < 0)
		return r;
	bus->shown.view = *bus->view;
	bus->connection = connection;
	r = serve(bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(connection, CALL_TIMEOUT_US);
	if (r >= 0) /* By bus_close(): until then who waits is answered. */
		r = sd_bus_set_close_on_exit(connection, false);
	if (r >= 0)
		r = sd_bus_match_signal(connection, NULL, NULL, "/org/freedesktop/DBus/Local",
					"org.freedesktop.DBus.Local", "Disconnected",
					on_disconnected, bus);
	if (r >= 0)
		r = sd_bus_request_name(connection, bus->name, 0);
	if (r >= 0)
		r = sd_bus_attach_event(connection, bus->loop, PRIORITY);
	if (r < 0) {
		bus->connection = NULL;
		return r;
	}
	(void)TAKE(connection);
	return 0;
}

static int on_reconnect(sd_event_source *source, uint64_t time_us, void *userdata)
{
	struct bus *bus = userdata;
	int r;

	(void)source, (void)time_us;
	bus->connection = sd_bus_close_unref(bus->connection);
	r = connect_bus(bus);
	if (r < 0)
		return reconnect_later(bus);
	bus->reconnect = sd_event_source_disable_unref(bus->reconnect);
	log_info("On the D-Bus system bus again as '%s'", bus->name);
	return 0;
}

int bus_open(sd_event *loop, const char *bus_name, const struct view *view,
	     const struct bus_handlers *handlers, struct bus **ret_bus)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->loop = sd_event_ref(loop);
	bus->view = view;
	bus->shown.handlers = *handlers;
	bus->name = strdup(bus_name);
	r = bus->name ? connect_bus(bus) : -ENOMEM;
	if (r < 0) {
		bus_close(bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

void bus_close(struct bus *bus)
{
	if (!bus)
		return;
	sd_event_source_disable_unref(bus->reconnect);
	bus_callers_drop(&bus->shown.callers);
	sd_bus_flush_close_unref(bus->connection);
	sd_event_unref(bus->loop);
	free(bus->name);
	free(bus);
}

/** Names of the fields that differ, ended by NULL; there is room for one more. */
static size_t differences(const struct bus_interface *interface, const void *before,
			  const void *now, names changed)
{
	size_t count = 0;

	assert(interface->field_count <= BUS_FIELDS_MAX);
	for (size_t index = 0; index < interface->field_count; index++) {
		const struct bus_field *field = &interface->fields[index];

		if (field->differs((const char *)before + field->offset,
				   (const char *)now + field->offset))
			changed[count++] =
				(char *)(uintptr_t)field->name; /* sd-bus wants a strv. */
	}
	changed[count] = NULL;
	return count;
}

/*
 * A signal that cannot be sent is dropped without a word: either the connection has gone, then
 * everything is read anew, or there is no memory, then the next change says it.
 */

static bool tell_changes(struct bus *bus, const char *path, const struct bus_interface *interface,
			 const void *before, const void *now)
{
	names changed;

	if (differences(interface, before, now, changed) == 0)
		return false;
	(void)sd_bus_emit_properties_changed_strv(bus->connection, path, interface->name, changed);
	return true;
}

static bool tell_devices(struct bus *bus)
{
	const struct bus_interface *interface = bus_device_interface();
	const struct view *before = &bus->before;
	const struct view *now = &bus->shown.view;
	char path[BUS_PATH_MAX];
	bool has_changed = false;

	for (size_t index = 0; index < before->device_count; index++) {
		const char *name = before->devices[index].name;

		if (device_find(now, name) || bus_path_make(BUS_DEVICE_PATH, name, path) < 0)
			continue;
		(void)sd_bus_emit_interfaces_removed(bus->connection, path, interface->name, NULL);
		has_changed = true;
	}
	for (size_t index = 0; index < now->device_count; index++) {
		const struct view_device *device = &now->devices[index];
		const struct view_device *old_device = device_find(before, device->name);

		if (bus_path_make(BUS_DEVICE_PATH, device->name, path) < 0)
			continue;
		if (old_device) {
			has_changed |= tell_changes(bus, path, interface, old_device, device);
			continue;
		}
		(void)sd_bus_emit_interfaces_added(bus->connection, path, interface->name, NULL);
		has_changed = true;
	}
	return has_changed;
}

static bool tell_layer(struct bus *bus, const char *prefix, const struct bus_interface *interface)
{
	char path[BUS_PATH_MAX];

	if (bus_path_make(prefix, layer_text(bus->shown.view.ledger.layer), path) < 0)
		return false;
	return tell_changes(bus, path, interface, &bus->before, &bus->shown.view);
}

void bus_update(struct bus *bus)
{
	const struct bus_interface *hub = bus_hub_interface();
	names changed;
	uint64_t queued;
	size_t count;
	bool has_changed;

	if (!bus || sd_bus_is_open(bus->connection) <= 0)
		return;
	if (sd_bus_get_n_queued_write(bus->connection, &queued) < 0 || queued > QUEUED_MESSAGES_MAX)
		return;
	bus->before = bus->shown.view;
	bus->shown.view = *bus->view;
	has_changed = tell_devices(bus);
	has_changed |= tell_layer(bus, BUS_LEDGER_PATH, bus_ledger_interface());
	has_changed |= tell_layer(bus, BUS_CONTRACT_PATH, bus_contract_interface());
	count = differences(hub, &bus->before, &bus->shown.view, changed);
	if (count == 0 && !has_changed)
		return;
	changed[count++] = (char *)(uintptr_t) "TimeUs";
	changed[count] = NULL;
	(void)sd_bus_emit_properties_changed_strv(bus->connection, BUS_ROOT_PATH, hub->name,
						  changed);
}

void bus_verified(struct bus *bus, bool is_good, const char *text, uint64_t blocks)
{
	char clean[BUS_TEXT_MAX];

	if (!bus)
		return;
	bus_text_clean(text, clean);
	bus_callers_answer(&bus->shown.callers, is_good, clean, blocks);
}
