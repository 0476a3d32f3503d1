/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Calls of a node on the bus, with errors in words that say what to do. */
#include "smi_bus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bus_path.h"
#include "smi_bus_client.h"
#include "smi_format.h"
#include "smi_json.h"

enum {
	CONNECT_TIMEOUT_US = 5 * 1000 * 1000,
	ANSWER_TIMEOUT_US = 5 * 1000 * 1000,
	VERIFY_SILENCE_US = 2 * 1000 * 1000, /* Then somebody at a terminal is told to wait. */
};

static const char HUB_NAME[] = "org.smihub.Hub1";

enum smi_exit smi_bus_open(const char *node, struct smi_bus **ret_bus)
{
	_cleanup_(smi_bus_closep) struct smi_bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return smi_fail("out of memory");
	r = snprintf(bus->name, sizeof(bus->name), "%s%s%s", HUB_NAME, node ? "." : "",
		     node ? node : "");
	if (r < 0 || (size_t)r >= sizeof(bus->name) || !sd_bus_service_name_is_valid(bus->name)) {
		(void)smi_fail("--node: '%s' cannot be the name of a node", node ? node : "");
		return SMI_USAGE;
	}
	r = sd_bus_open_system(&bus->connection);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus->connection, CONNECT_TIMEOUT_US);
	if (r >=
	    0) /* The greeting of the bus itself, so that a dead one is not blamed on the daemon. */
		r = sd_bus_get_unique_name(bus->connection, &(const char *){NULL});
	if (r < 0)
		return smi_fail("the system bus does not answer: %s. Is D-Bus running "
				"(systemctl status dbus)?",
				strerror(-r));
	*ret_bus = TAKE(bus);
	return SMI_GOOD;
}

void smi_bus_close(struct smi_bus *bus)
{
	if (!bus)
		return;
	json_decref(bus->snapshot);
	sd_bus_flush_close_unref(bus->connection);
	free(bus);
}

bool smi_bus_is_absence(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	       sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
	       sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.Disconnected");
}

/** Says why a call has failed, and what to do about it. */
static enum smi_exit fail_call(const struct smi_bus *bus, const sd_bus_error *error, int r)
{
	char why[SMI_PROBLEM_MAX];

	if (smi_bus_is_absence(error))
		return smi_fail("no daemon answers as '%s' on the system bus. "
				"See 'systemctl status smid'; other nodes: --node NAME",
				bus->name);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
		return smi_fail("you may not ask '%s': it takes root, or a member of the groups "
				"smi-owner, smi-installer or smi-technician",
				bus->name);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) || r == -ETIMEDOUT)
		return smi_fail("'%s' is there and does not answer. See 'journalctl -u smid'",
				bus->name);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_LIMITS_EXCEEDED)) {
		smi_line_clean(error->message, why, sizeof(why));
		return smi_fail("'%s' is busy: %s", bus->name, why);
	}
	smi_line_clean(error->message ? error->message : strerror(-r), why, sizeof(why));
	return smi_fail("'%s' did not answer as expected: %s", bus->name, why);
}

static int call_new(struct smi_bus *bus, const char *path, const char *interface,
		    const char *method, sd_bus_message **ret_call)
{
	int r = sd_bus_message_new_method_call(bus->connection, ret_call, bus->name, path,
					       interface, method);

	return r < 0 ? r : sd_bus_message_set_auto_start(*ret_call, false);
}

int smi_bus_ask(struct smi_bus *bus, sd_bus_error *error, json_t **ret_snapshot)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = call_new(bus, BUS_ROOT_PATH, "org.freedesktop.DBus.ObjectManager",
			 "GetManagedObjects", &message);

	if (r >= 0)
		r = sd_bus_call(bus->connection, message, ANSWER_TIMEOUT_US, error, &reply);
	return r < 0 ? r : smi_json_objects(reply, ret_snapshot);
}

enum smi_exit smi_bus_snapshot(struct smi_bus *bus, json_t **ret_snapshot)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = smi_bus_ask(bus, &error, ret_snapshot);

	return r < 0 ? fail_call(bus, &error, r) : SMI_GOOD;
}

static int on_verified(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	sd_bus_message **ret_reply = userdata;

	(void)error;
	*ret_reply = sd_bus_message_ref(reply);
	return 1;
}

/** Without a time-out: a ledger of years takes minutes, and the bus answers for a daemon that ends.
 */
static int wait_verified(struct smi_bus *bus, sd_bus_message *const *reply)
{
	bool is_said = isatty(STDERR_FILENO) == 0;
	int r = 0;

	while (r >= 0 && !*reply) {
		r = sd_bus_process(bus->connection, NULL);
		if (r != 0)
			continue;
		r = sd_bus_wait(bus->connection, is_said ? UINT64_MAX : VERIFY_SILENCE_US);
		if (r == 0 && !is_said) {
			(void)fputs("verifying...\n", stderr);
			is_said = true;
		}
		if (r == -EINTR)
			r = 0;
	}
	return r < 0 ? r : 0;
}

enum smi_exit smi_bus_verify(struct smi_bus *bus, bool *ret_is_good, char *text, size_t size,
			     uint64_t *ret_blocks)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *said;
	int is_good;
	uint64_t blocks;
	int r = call_new(bus, BUS_LEDGER_PATH "/lan", "org.smihub.Ledger1", "Verify", &message);

	if (r >= 0)
		r = sd_bus_call_async(bus->connection, NULL, message, on_verified, &reply,
				      UINT64_MAX);
	if (r >= 0)
		r = wait_verified(bus, &reply);
	if (r >= 0 && sd_bus_message_is_method_error(reply, NULL) > 0)
		r = -sd_bus_error_get_errno(sd_bus_message_get_error(reply));
	if (r >= 0)
		r = sd_bus_message_read(reply, "bst", &is_good, &said, &blocks);
	if (r < 0) {
		if (reply)
			(void)sd_bus_error_copy(&error, sd_bus_message_get_error(reply));
		/* There is no time-out: the bus says this of a daemon that has gone. */
		if (sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY))
			return smi_fail("'%s' has ended before it answered. "
					"See 'journalctl -u smid'",
					bus->name);
		return fail_call(bus, &error, r);
	}
	smi_line_clean(said, text, size);
	*ret_is_good = is_good != 0;
	*ret_blocks = blocks;
	return SMI_GOOD;
}
