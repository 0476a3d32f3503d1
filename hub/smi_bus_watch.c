/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Follows a node: keeps its snapshot up to date from signals, and through restarts of the daemon.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "smi_bus_client.h"
#include "smi_json.h"

enum {
	DRAW_EVERY_US = 200 * 1000, /* At most; signals in between are drawn together. */
	DRAW_ACCURACY_US = 20 * 1000,
	ASK_AGAIN_US = 1000 * 1000, /* While the daemon is not there. */
	MATCH_MAX = 512,
};

static const char ROOT_MATCH[] = "path_namespace='/org/smihub/Hub1'";

/** Everything anew; without an answer the daemon counts as gone until the next try. */
static void ask_again(struct smi_bus *bus)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	json_t *snapshot = NULL;

	if (smi_bus_ask(bus, &error, &snapshot) < 0)
		snapshot = NULL;
	bus->has_changed |= snapshot != NULL || bus->snapshot != NULL;
	json_decref(bus->snapshot);
	bus->snapshot = snapshot;
	bus->is_wrong = false;
}

static int on_properties(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct smi_bus *bus = userdata;
	_cleanup_(json_decrefp) json_t *changed = NULL;
	json_t *object = json_object_get(bus->snapshot, sd_bus_message_get_path(message));
	const char *interface;
	json_t *properties;
	int r = sd_bus_message_read(message, "s", &interface);

	(void)error;
	if (r < 0 || !smi_json_is_ours(interface))
		return 0;
	properties = json_object_get(object, interface);
	r = smi_json_properties(message, &changed);
	/* Only what is known is replaced: nothing grows, whatever comes. */
	if (r < 0 || !properties || json_object_update_existing(properties, changed) < 0)
		bus->is_wrong = true;
	bus->has_changed = true;
	return 0;
}

static int on_added(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct smi_bus *bus = userdata;
	_cleanup_(json_decrefp) json_t *interfaces = NULL;
	const char *path;
	int r = sd_bus_message_read(message, "o", &path);

	(void)error;
	if (r >= 0)
		r = smi_json_interfaces(message, &interfaces);
	if (r < 0 || json_object_size(bus->snapshot) >= SMI_OBJECTS_MAX ||
	    json_object_set_new(bus->snapshot, path, TAKE(interfaces)) < 0)
		bus->is_wrong = true;
	bus->has_changed = true;
	return 0;
}

static int on_removed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct smi_bus *bus = userdata;
	const char *path;

	(void)error;
	if (sd_bus_message_read(message, "o", &path) < 0 ||
	    json_object_del(bus->snapshot, path) < 0)
		bus->is_wrong = true;
	bus->has_changed = true;
	return 0;
}

static int on_owner(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct smi_bus *bus = userdata;
	const char *name;
	const char *before;
	const char *now;

	(void)error;
	if (sd_bus_message_read(message, "sss", &name, &before, &now) < 0)
		return 0;
	json_decref(bus->snapshot);
	bus->snapshot = NULL;
	bus->has_changed = true;
	bus->is_wrong = now[0] != '\0';
	return 0;
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	(void)userdata, (void)error;
	(void)smi_fail("the system bus has gone");
	return sd_event_exit(sd_bus_get_event(sd_bus_message_get_bus(message)), SMI_FAILING);
}

/** One turn: asks again if need be, shows what has changed, and comes back. */
static int on_draw(sd_event_source *source, uint64_t time_us, void *userdata)
{
	struct smi_bus *bus = userdata;
	const bool is_absent = !bus->snapshot;
	int r;

	(void)time_us;
	if (bus->is_wrong || is_absent)
		ask_again(bus);
	if (bus->has_changed)
		bus->on_changed(bus->snapshot, bus->context);
	bus->has_changed = false;
	r = sd_event_source_set_time_relative(source, bus->snapshot ? DRAW_EVERY_US : ASK_AGAIN_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int match(struct smi_bus *bus, const char *interface, const char *member,
		 sd_bus_message_handler_t handler)
{
	char rule[MATCH_MAX];

	(void)snprintf(rule, sizeof(rule),
		       "type='signal',sender='%s',interface='%s',member='%s',%s", bus->name,
		       interface, member, ROOT_MATCH);
	return sd_bus_add_match(bus->connection, NULL, rule, handler, bus);
}

static int subscribe(struct smi_bus *bus)
{
	char rule[MATCH_MAX];
	int r = match(bus, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_properties);

	if (r >= 0)
		r = match(bus, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added);
	if (r >= 0)
		r = match(bus, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
			  on_removed);
	if (r < 0)
		return r;
	(void)snprintf(rule, sizeof(rule),
		       "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
		       "arg0='%s'",
		       bus->name);
	r = sd_bus_add_match(bus->connection, NULL, rule, on_owner, bus);
	if (r >= 0)
		r = sd_bus_match_signal(bus->connection, NULL, NULL, "/org/freedesktop/DBus/Local",
					"org.freedesktop.DBus.Local", "Disconnected",
					on_disconnected, bus);
	return r;
}

/** SIGINT and SIGTERM end the loop with 0. */
static int end_on_signals(sd_event *loop)
{
	sigset_t signals;
	int r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(loop, NULL, SIGINT, NULL, NULL);
	return r < 0 ? r : sd_event_add_signal(loop, NULL, SIGTERM, NULL, NULL);
}

enum smi_exit smi_bus_watch(struct smi_bus *bus, smi_bus_changed on_changed, void *context)
{
	_cleanup_(sd_event_unrefp) sd_event *loop = NULL;
	enum smi_exit code;
	int r = sd_event_new(&loop);

	bus->on_changed = on_changed;
	bus->context = context;
	if (r >= 0)
		r = end_on_signals(loop);
	/* Signals first: what changes between the answer and them would be lost. */
	if (r >= 0)
		r = subscribe(bus);
	if (r < 0)
		return smi_fail("cannot watch '%s': %s", bus->name, strerror(-r));
	code = smi_bus_snapshot(bus, &bus->snapshot);
	if (code != SMI_GOOD)
		return code;
	bus->has_changed = true;
	r = sd_bus_attach_event(bus->connection, loop, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC, 0, DRAW_ACCURACY_US,
					       on_draw, bus);
	if (r >= 0)
		r = sd_event_loop(loop);
	(void)sd_bus_detach_event(bus->connection);
	if (r < 0)
		return smi_fail("cannot watch '%s': %s", bus->name, strerror(-r));
	return r == 0 ? SMI_GOOD : SMI_FAILING;
}
