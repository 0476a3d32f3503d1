/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Opens the parts in the order in which they need one another, closes them in reverse. */
#include "node_parts.h"

#include <errno.h>
#include <stdio.h>

static void on_submitted(void *context)
{
	struct node *node = context;

	node_days_save(node, true);
	node_changed(node, false);
}

static int on_second(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct node *node = userdata;

	(void)usec;
	if (node->meter)
		meter_check(node->meter);
	node_days_watch(node);
	node_try_bus(node);
	node_changed(node, false);
	return sd_event_source_set_time_relative(source, CLOCK_SECOND_US);
}

const char *node_member_name(const struct node *node, unsigned int member)
{
	const struct contract *contract = node->settings.contract;

	return member < contract->member_count ? contract->members[member].name : "?";
}

void node_alarm(struct node *node, const char *who, const char *what, const char *why)
{
	bool is_new = alarms_raise(&node->alarms, clock_reading_us(node->settings.clock),
				   clock_monotonic_us(), who, what, why);
	uint64_t suppressed;

	if (is_new && log_limit_pass(&node->alarms_limit, clock_monotonic_us(), NODE_NEWS_PERIOD_US,
				     &suppressed))
		log_warning("Alarm: '%s': %s: %s; %llu more since the last line.", who, what, why,
			    (unsigned long long)suppressed);
	node_changed(node, is_new);
}

/** The hub shows the appliances of its contract, in its order; others show themselves alone. */
static void node_find_devices(struct node *node)
{
	const struct contract *contract = node->settings.contract;
	size_t count = 0;

	for (unsigned int member = 0; member < contract->member_count; member++) {
		node->device_of[member] = NODE_NO_DEVICE;
		if (node->role != ROLE_METER || member == node->settings.own ||
		    contract->members[member].role != ROLE_APPLIANCE || count == VIEW_DEVICES_MAX)
			continue;
		node->device_of[member] = (int)count;
		node->member_of[count++] = member;
	}
	live_init(&node->live, count,
		  node->settings.clock->is_scaled ? node->settings.clock->speed : 1,
		  contract->power_mw_max);
}

static int node_open_runner(struct node *node, char error[static NODE_ERROR_MAX])
{
	const struct node_settings *settings = &node->settings;
	struct runner_handlers handlers = node_runner_handlers(node);
	struct runner_settings runner = {
		.loop = settings->loop,
		.clock = settings->clock,
		.contract = settings->contract,
		.own = settings->own,
		.directory = settings->config->state,
		.signer = keys_signer(settings->keys),
		.verifier = keys_verifier(),
	};
	int r = runner_open(&runner, &handlers, &node->runner);

	if (r == -EBUSY)
		(void)snprintf(error, NODE_ERROR_MAX, "'%s' is in use by another smid",
			       settings->config->state);
	else if (r == -EUCLEAN)
		(void)snprintf(error, NODE_ERROR_MAX,
			       "the ledger in '%s' is damaged, or belongs to another contract or "
			       "another device; nothing was changed",
			       settings->config->state);
	else if (r < 0)
		(void)snprintf(error, NODE_ERROR_MAX, "the ledger in '%s': %s",
			       settings->config->state, strerror(-r));
	return r;
}

static int node_open_peers(struct node *node, char error[static NODE_ERROR_MAX])
{
	const struct node_settings *settings = &node->settings;
	struct peers_handlers handlers = node_peers_handlers(node);
	struct peers_settings peers = {
		.loop = settings->loop,
		.config = settings->config,
		.contract = settings->contract,
		.own = settings->own,
		.key_file = keys_dtls_file(settings->keys),
		.spki = keys_spki(settings->keys),
	};
	int r = peers_open(&peers, &handlers, &node->peers);

	if (r < 0)
		(void)snprintf(error, NODE_ERROR_MAX, "the endpoint at port %lld: %s",
			       (long long)settings->config->port, strerror(-r));
	return r;
}

/** A lost pulse file costs nothing that the ledger knows: the count begins at its register. */
static int64_t node_start_pulses(const struct node *node)
{
	const struct ledger *ledger = runner_ledger(node->runner);
	int64_t constant = node->settings.config->pulses_per_kwh;
	int64_t ledger_pulses;
	struct ledger_member_view own;

	if (!ledger)
		return node->saved.pulses;
	ledger_view_member(ledger, node->settings.own, &own);
	/* Rounded up, so that the register does not run back by a part of a pulse. */
	ledger_pulses = own.import_mwh / 1000000 * constant +
			(own.import_mwh % 1000000 * constant + 999999) / 1000000;
	return node->saved.pulses > ledger_pulses ? node->saved.pulses : ledger_pulses;
}

static int node_start_meter(struct node *node)
{
	const struct node_settings *settings = &node->settings;
	struct meter_start start = {
		.loop = settings->loop,
		.start_pulses = node_start_pulses(node),
		.sink = node_on_reading,
		.sink_context = node,
		.source = LIVE_MAIN,
	};
	struct measuring_settings measuring = {
		.loop = settings->loop,
		.clock = settings->clock,
		.contract = settings->contract,
		.meter = node->meter,
		.runner = node->runner,
		.on_submitted = on_submitted,
		.context = node,
	};
	int r;

	if (!node->meter)
		return 0;
	r = meter_start(node->meter, &start);
	return r < 0 ? r : measuring_start(&measuring, &node->measuring);
}

int node_open(const struct node_settings *settings, struct node **ret_node,
	      char error[static NODE_ERROR_MAX])
{
	_cleanup_(node_closep) struct node *node = calloc(1, sizeof(*node));
	int r;

	if (!node)
		return -ENOMEM;
	error[0] = '\0';
	node->settings = *settings;
	node->meter = settings->meter;
	node->role = settings->contract->members[settings->own].role;
	node_find_devices(node);
	node_days_load(node);
	r = node_show_start(node);
	if (r == 0)
		r = node_open_runner(node, error);
	if (r == 0)
		r = verifying_new(settings->loop, node->runner, node_on_verified, node,
				  &node->verifying);
	if (r == 0)
		r = node_open_peers(node, error);
	if (r == 0)
		r = node_start_meter(node);
	if (r == 0)
		r = sd_event_add_time_relative(settings->loop, &node->second, CLOCK_MONOTONIC,
					       CLOCK_SECOND_US, 0, on_second, node);
	if (r >= 0)
		r = sd_event_source_set_enabled(node->second, SD_EVENT_ON);
	if (r < 0) {
		if (error[0] == '\0')
			(void)snprintf(error, NODE_ERROR_MAX, "%s", strerror(-r));
		return r;
	}
	node_days_begin(node);
	node_try_bus(node);
	node_changed(node, true);
	*ret_node = TAKE(node);
	return 0;
}

void node_close(struct node *node)
{
	if (!node)
		return;
	if (node->meter)
		node_days_save(node, true);
	sd_event_source_disable_unref(node->second);
	measuring_stop(node->measuring);
	if (node->meter)
		meter_stop(node->meter);
	verifying_cancel(node->verifying, "the daemon is being stopped");
	bus_close(node->bus);
	peers_close(node->peers);
	verifying_free(node->verifying);
	runner_close(node->runner);
	node_show_stop(node);
	free(node);
}
