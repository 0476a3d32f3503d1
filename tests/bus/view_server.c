/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Serves a made-up home on the bus and changes it as standard input says, one command a line; each
 * is answered with "done" once the change was handed to the bus.
 */
#include <stdio.h>
#include <sys/epoll.h>

#include "hub/bus.h"

enum {
	LINE_SIZE_MAX = 512,
	MEMBERS = 5,
};

struct server {
	sd_event *loop;
	struct bus *bus;
	struct view view;
	bool is_verify_held; /* Until "verified". */
	unsigned int verify_calls;
	unsigned int verify_cancels;
};

static const char CONTRACT[] = "# The rules of this home.\n[contract]\nlayer = lan\nname = home\n";

/** 2026-10-05 12:00:00 UTC. */
static int64_t start_us(void)
{
	return INT64_C(1791201600) * 1000 * 1000;
}

static void copy_text(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text);
}

static struct view_device *device_find(struct server *server, const char *name)
{
	struct view *view = &server->view;

	for (size_t index = 0; index < view->device_count; index++)
		if (strcmp(view->devices[index].name, name) == 0)
			return &view->devices[index];
	return NULL;
}

static void device_add(struct server *server, const char *name, int64_t power_mw)
{
	struct view_device *device = &server->view.devices[server->view.device_count];

	if (server->view.device_count >= VIEW_DEVICES_MAX)
		return;
	*device = (struct view_device){
		.power_mw = power_mw,
		.energy_mwh = 1234567,
		.energy_today_mwh = 420000,
		.time_us = server->view.time_us,
		.state = VIEW_DEVICE_LIVE,
		.final_sequence = 7,
		.final_time_us = start_us(),
		.final_energy_mwh = 1234000,
	};
	copy_text(device->name, sizeof(device->name), name);
	copy_text(device->kind, sizeof(device->kind), name);
	server->view.device_count++;
}

static void device_remove(struct server *server, const char *name)
{
	struct view_device *device = device_find(server, name);
	struct view_device *last = &server->view.devices[server->view.device_count - 1];

	if (!device)
		return;
	*device = *last;
	server->view.device_count--;
}

static void fill(struct server *server)
{
	static const char *const names[MEMBERS] = {"hub", "kettle", "washer", "dryer", "fridge"};
	struct view *view = &server->view;

	view->role = ROLE_METER;
	view->time_us = start_us();
	view->speed = 1;
	view->power_mw = 2345678;
	view->power_known = true;
	view->not_attributed_mw = 40000;
	view->energy_mwh = INT64_C(1234567890);
	view->energy_today_mwh = 6420000;
	view->first_watt_ms = 321;
	view->contract_text = CONTRACT;
	copy_text(view->name, sizeof(view->name), "hub");
	copy_text(view->state_text, sizeof(view->state_text), "All is well.");
	copy_text(view->agreement_text, sizeof(view->agreement_text), "All readings are agreed.");
	view->ledger.layer = LAYER_LAN;
	memset(&view->ledger.chain, 0xc4, sizeof(view->ledger.chain));
	memset(&view->ledger.head, 0x1d, sizeof(view->ledger.head));
	view->ledger.height = 1234;
	view->ledger.slot = 1240;
	view->ledger.head_time_us = start_us() - INT64_C(8) * 1000 * 1000;
	view->ledger.readings_final = 12345;
	view->ledger.readings_rejected = 3;
	view->ledger.pending = 2;
	view->ledger.own_pending = 1;
	view->ledger.votes_cast = 5000;
	view->ledger.accept = 3;
	view->ledger.member_count = MEMBERS;
	for (size_t index = 0; index < MEMBERS; index++) {
		struct view_member *member = &view->ledger.members[index];

		copy_text(member->name, sizeof(member->name), names[index]);
		member->role = index == 0 ? ROLE_METER : ROLE_APPLIANCE;
		member->is_connected = true;
		member->vote_slot = 1240;
	}
	for (size_t index = 1; index < MEMBERS; index++)
		device_add(server, names[index], (int64_t)index * 500 * 1000);
}

static void alarm_add(struct view *view, const char *who, const char *why)
{
	if (view->alarm_count < VIEW_ALARMS_MAX)
		view->alarm_count++;
	memmove(&view->alarms[1], &view->alarms[0],
		(view->alarm_count - 1) * sizeof(view->alarms[0]));
	view->alarms[0].time_us = view->time_us;
	copy_text(view->alarms[0].who, sizeof(view->alarms[0].who), who);
	copy_text(view->alarms[0].what, sizeof(view->alarms[0].what), "register");
	copy_text(view->alarms[0].why, sizeof(view->alarms[0].why), why);
}

static void refuse(struct view *view, const char *reason, const char *count)
{
	struct view_refusal *refusal = &view->refusals[view->refusal_count];

	if (view->refusal_count >= VIEW_REFUSALS_MAX)
		return;
	copy_text(refusal->reason, sizeof(refusal->reason), reason);
	refusal->count = strtoull(count, NULL, 10);
	view->refusal_count++;
}

static void verified(struct server *server)
{
	char text[VIEW_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "verified %u times, cancelled %u times",
		       server->verify_calls, server->verify_cancels);
	bus_verified(server->bus, server->view.state != VIEW_FAILING, text,
		     server->view.ledger.height);
}

static void on_verify(void *context)
{
	struct server *server = context;

	server->verify_calls++;
	if (!server->is_verify_held)
		verified(server);
}

static void on_verify_cancel(void *context)
{
	struct server *server = context;

	server->verify_cancels++;
}

static void command_verify(struct server *server, const char *verb)
{
	if (strcmp(verb, "hold") == 0)
		server->is_verify_held = true;
	else if (strcmp(verb, "verified") == 0)
		verified(server);
	else if (strcmp(verb, "asked") == 0)
		(void)printf("%u\n", server->verify_calls);
	else if (strcmp(verb, "cancelled") == 0)
		(void)printf("%u\n", server->verify_cancels);
}

static void command_home(struct server *server, const char *verb, const char *first,
			 const char *rest)
{
	struct view *view = &server->view;

	if (strcmp(verb, "time") == 0)
		view->time_us += strtoll(first, NULL, 10) * 1000 * 1000;
	else if (strcmp(verb, "power") == 0)
		view->power_mw = strtoll(first, NULL, 10);
	else if (strcmp(verb, "unknown") == 0)
		view->power_known = false;
	else if (strcmp(verb, "storage") == 0)
		copy_text(view->storage_error, sizeof(view->storage_error), rest);
	else if (strcmp(verb, "state") == 0) {
		view->state = (enum view_state)strtol(first, NULL, 10);
		copy_text(view->state_text, sizeof(view->state_text), rest);
	} else if (strcmp(verb, "alarm") == 0)
		alarm_add(view, first, rest);
	else if (strcmp(verb, "refuse") == 0)
		refuse(view, first, rest);
	else if (strcmp(verb, "height") == 0)
		view->ledger.height = strtoull(first, NULL, 10);
	else if (strcmp(verb, "lost") == 0)
		view->ledger.members[strtoul(first, NULL, 10) % MEMBERS].is_connected = false;
}

static void command_device(struct server *server, const char *verb, const char *name,
			   const char *rest)
{
	struct view_device *device = device_find(server, name);

	if (strcmp(verb, "add") == 0)
		device_add(server, name, strtoll(rest, NULL, 10));
	else if (strcmp(verb, "remove") == 0)
		device_remove(server, name);
	else if (strcmp(verb, "draw") == 0 && device)
		device->power_mw = strtoll(rest, NULL, 10);
	else if (strcmp(verb, "is") == 0 && device)
		device->state = (enum view_device_state)strtol(rest, NULL, 10);
}

/** "VERB WORD REST OF LINE" */
static void command(struct server *server, char *line)
{
	char *rest = line;
	const char *verb = strsep(&rest, " ");
	const char *first = rest ? strsep(&rest, " ") : "";

	command_home(server, verb, first, rest ? rest : "");
	command_device(server, verb, first, rest ? rest : "");
	command_verify(server, verb);
	bus_update(server->bus);
	(void)puts("done");
	(void)fflush(stdout);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct server *server = userdata;
	char line[LINE_SIZE_MAX];

	(void)source, (void)fd, (void)events;
	if (!fgets(line, sizeof(line), stdin))
		return sd_event_exit(server->loop, 0);
	line[strcspn(line, "\n")] = '\0';
	command(server, line);
	return 0;
}

int main(int count, char **arguments)
{
	_cleanup_(freep) struct server *server = calloc(1, sizeof(*server));
	struct bus_handlers handlers = {on_verify, on_verify_cancel, server};
	int r;

	if (!server || count != 2)
		return 64;
	/* Commands come one by one: what is in a buffer would not wake the loop. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	fill(server);
	r = sd_event_new(&server->loop);
	if (r >= 0)
		r = sd_event_add_io(server->loop, NULL, STDIN_FILENO, EPOLLIN, on_input, server);
	if (r >= 0)
		r = bus_open(server->loop, arguments[1], &server->view, &handlers, &server->bus);
	if (r >= 0) {
		(void)puts("ready");
		(void)fflush(stdout);
		r = sd_event_loop(server->loop);
	}
	bus_close(server->bus);
	sd_event_unref(server->loop);
	if (r < 0)
		(void)fprintf(stderr, "view_server: %s\n", strerror(-r));
	return r < 0 ? 1 : 0;
}
