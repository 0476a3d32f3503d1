/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Owns the hub's name and answers every call with something no daemon of ours would say; the first
 * argument chooses what. For what smi makes of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

enum {
	OBJECTS = 5000,
	PROPERTIES = 1000,
	STRING_SIZE = 1024 * 1024,
};

typedef int (*fill_properties)(sd_bus_message *reply);

/** One object with one interface, within a{oa{sa{sv}}}; @fill appends the properties' entries. */
static int append_object(sd_bus_message *reply, const char *path, const char *interface,
			 fill_properties fill)
{
	int r = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");

	if (r >= 0)
		r = sd_bus_message_append(reply, "o", path);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "{sa{sv}}");
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'e', "sa{sv}");
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", interface);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "{sv}");
	if (r >= 0)
		r = fill(reply);
	for (int level = 0; r >= 0 && level < 4; level++)
		r = sd_bus_message_close_container(reply);
	return r;
}

static int fill_nothing(sd_bus_message *reply)
{
	(void)reply;
	return 0;
}

static int fill_many(sd_bus_message *reply)
{
	int r = 0;

	for (int index = 0; r >= 0 && index < PROPERTIES; index++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "P%d", index);
		r = sd_bus_message_append(reply, "{sv}", name, "x", (int64_t)index);
	}
	return r;
}

static int fill_long(sd_bus_message *reply)
{
	char *text = malloc(STRING_SIZE);
	int r;

	if (!text)
		return -1;
	memset(text, 'x', STRING_SIZE);
	text[STRING_SIZE - 1] = '\0';
	r = sd_bus_message_append(reply, "{sv}", "Name", "s", text);
	free(text);
	return r;
}

static int fill_strange(sd_bus_message *reply)
{
	int r = sd_bus_message_append(reply, "{sv}", "Name", "s", "\x1b[2J");

	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "Deep", "a{sa{sv}}", 1, "x", 1, "y", "v",
					  "v", "d", 1.5);
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "Mixed", "a(s(xx))", 1, "x", INT64_C(1),
					  INT64_C(2));
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}", "Large", "t", UINT64_MAX);
	return r;
}

static int answer_objects(sd_bus_message *reply, const char *what)
{
	const char *root = "/org/smihub/Hub1";
	const char *interface = "org.smihub.Hub1";

	if (strcmp(what, "empty") == 0)
		return 0;
	if (strcmp(what, "bare") == 0)
		return append_object(reply, root, interface, fill_nothing);
	if (strcmp(what, "many-properties") == 0)
		return append_object(reply, root, interface, fill_many);
	if (strcmp(what, "long") == 0)
		return append_object(reply, root, interface, fill_long);
	if (strcmp(what, "strange") == 0)
		return append_object(reply, root, interface, fill_strange);
	for (int index = 0; index < OBJECTS; index++) {
		char path[64];
		int r;

		(void)snprintf(path, sizeof(path), "%s/device/d%d", root, index);
		r = append_object(reply, path, "org.smihub.Device1", fill_nothing);
		if (r < 0)
			return r;
	}
	return 0;
}

static int on_call(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *what = userdata;
	sd_bus_message *reply = NULL;
	int r;

	if (strcmp(what, "silent") == 0)
		return 1;
	if (strcmp(what, "error") == 0)
		return sd_bus_error_set(error, "org.example.Error", "\x1b[31mred\nline");
	if (strcmp(what, "number") == 0)
		return sd_bus_reply_method_return(call, "u", 42);
	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");
	if (r >= 0)
		r = answer_objects(reply, what);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

int main(int count, char **arguments)
{
	sd_bus *bus = NULL;
	int r = count == 2 ? sd_bus_open_system(&bus) : -1;

	if (r >= 0)
		r = sd_bus_add_fallback(bus, NULL, "/", on_call, arguments[1]);
	if (r >= 0)
		r = sd_bus_request_name(bus, "org.smihub.Hub1", 0);
	if (r >= 0) {
		(void)puts("ready");
		(void)fflush(stdout);
	}
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_unref(bus);
	return r < 0 ? 1 : 0;
}
