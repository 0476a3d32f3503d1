/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a configuration means as a whole and beside its contract; config.c reads the keys. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "drivers/load.h"

/** Second word of the section whose header stands at @line. */
static const char *section_name(const struct config *config, unsigned int line)
{
	for (size_t index = 0; index < config->load_count; index++)
		if (config->loads[index].line == line)
			return config->loads[index].name;
	for (size_t index = 0; index < config->peer_count; index++)
		if (config->peers[index].line == line)
			return config->peers[index].name;
	for (size_t index = 0; index < config->device_count; index++)
		if (config->devices[index].line == line)
			return config->devices[index].name;
	return line > 0 && line == config->meter_line ? "main" : "";
}

/** Fills @error as if @key of @section stood at @line; without a section, at the first line. */
_printf_(6, 7) static int fail(struct text_error *error, const struct config *config,
			       unsigned int line, const char *section, const char *key,
			       const char *format, ...)
{
	struct text_entry entry = {.line = line > 0 ? line : 1};
	char reason[TEXT_ERROR_MAX];
	va_list arguments;

	(void)snprintf(entry.section, sizeof(entry.section), "%s", section);
	(void)snprintf(entry.name, sizeof(entry.name), "%s", section_name(config, line));
	(void)snprintf(entry.key, sizeof(entry.key), "%s", key);
	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return text_error_at(error, config->file, &entry, "%s", reason);
}

static bool is_kind(const char *kind)
{
	const char *const *kinds = load_kinds();

	for (size_t index = 0; kinds[index]; index++)
		if (strcmp(kinds[index], kind) == 0)
			return true;
	return false;
}

static int check_clock(const struct config *config, struct text_error *error)
{
	bool is_scaled = config->epoch_us >= 0 || config->speed != 1;

	if (is_scaled && config->epoch_us < 0)
		return fail(error, config, config->clock_line, "clock", "epoch_us",
			    "is missing: a speed needs to know where it begins");
	if (is_scaled && config->origin_us < 0)
		return fail(error, config, config->clock_line, "clock", "origin_us",
			    "is missing: without it a restart would turn time back");
	if (!is_scaled && config->origin_us >= 0)
		return fail(error, config, config->clock_line, "clock", "origin_us",
			    "means nothing without epoch_us");
	if (config->until_us >= 0 && config->epoch_us > config->until_us)
		return fail(error, config, config->clock_line, "clock", "until_us",
			    "is before epoch_us");
	return 0;
}

static int check_load(const struct config *config, const struct config_load *load,
		      const char *section, struct text_error *error)
{
	if (load->source == CONFIG_SOURCE_TRACE && load->trace[0] == '\0')
		return fail(error, config, load->line, section, "trace", "is missing");
	if (load->source == CONFIG_SOURCE_GENERATOR && load->kind[0] == '\0')
		return fail(error, config, load->line, section, "kind", "is missing");
	if (load->source == CONFIG_SOURCE_GENERATOR && !is_kind(load->kind))
		return fail(error, config, load->line, section, "kind",
			    "there is no generator of '%s'", load->kind);
	return 0;
}

static int check_meter(const struct config *config, struct text_error *error)
{
	unsigned int line = config->meter_line;
	bool knows_start = config->start_us >= 0 || config->epoch_us >= 0;
	int r;

	if (line > 0 && config->meter == CONFIG_METER_NONE)
		return fail(error, config, line, "meter", "driver", "is missing");
	if (config->meter == CONFIG_METER_GPIO && config->chip[0] == '\0')
		return fail(error, config, line, "meter", "chip", "is missing");
	if (config->meter == CONFIG_METER_GPIO && config->gpio_line < 0)
		return fail(error, config, line, "meter", "line", "is missing");
	if (config->meter == CONFIG_METER_SIMULATED && config->load_count == 0)
		return fail(error, config, line, "meter", "driver",
			    "a simulated meter needs a [load NAME] at least");
	if (config->meter == CONFIG_METER_SIMULATED && !knows_start)
		return fail(error, config, line, "meter", "start_us",
			    "is missing: with the wall clock it says when the register was 0");
	if (config->load_count > 0 && config->meter != CONFIG_METER_SIMULATED)
		return fail(error, config, config->loads[0].line, "load", "",
			    "only a simulated meter has loads");
	for (size_t index = 0; index < config->load_count; index++) {
		r = check_load(config, &config->loads[index], "load", error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_bias(const struct config *config, struct text_error *error)
{
	static const char *const words[] = {"", "pull-up", "pull-down", "disabled", "as-is"};

	for (size_t index = 0; index < sizeof(words) / sizeof(words[0]); index++)
		if (strcmp(config->bias, words[index]) == 0)
			return 0;
	return fail(error, config, config->meter_line, "meter", "bias",
		    "must be 'pull-up', 'pull-down', 'disabled' or 'as-is'");
}

int config_check(const struct config *config, struct text_error *error)
{
	bool is_appliance = config->appliance.line > 0;
	int r;

	if (config->name[0] == '\0')
		return fail(error, config, config->name_line, "node", "name", "is missing");
	if (config->state[0] == '\0')
		return fail(error, config, config->name_line, "node", "state", "is missing");
	if (config->contract[0] == '\0')
		return fail(error, config, config->name_line, "node", "contract", "is missing");
	r = check_clock(config, error);
	if (r < 0)
		return r;
	if (is_appliance && config->meter_line > 0)
		return fail(error, config, config->meter_line, "meter", "",
			    "a node is an appliance or has a main meter, not both");
	if (is_appliance && config->appliance.source == CONFIG_SOURCE_NONE)
		return fail(error, config, config->appliance.line, "appliance", "source",
			    "is missing");
	if (is_appliance && config->start_us < 0 && config->epoch_us < 0)
		return fail(error, config, config->appliance.line, "appliance", "start_us",
			    "is missing: with the wall clock it says when the register was 0");
	r = is_appliance ? check_load(config, &config->appliance, "appliance", error) : 0;
	if (r == 0)
		r = check_meter(config, error);
	return r == 0 ? check_bias(config, error) : r;
}

static int check_names(const struct config *config, const struct contract *contract,
		       const struct config_named *list, size_t count, const char *section,
		       struct text_error *error)
{
	for (size_t index = 0; index < count; index++)
		if (contract_find_name(contract, list[index].name) < 0)
			return fail(error, config, list[index].line, section, "",
				    "the contract has no member '%s'", list[index].name);
	return 0;
}

int config_check_contract(const struct config *config, const struct contract *contract,
			  unsigned int *ret_own, struct text_error *error)
{
	int own = contract_find_name(contract, config->name);
	struct address listen;
	bool is_meter;
	int r;

	if (own < 0)
		return fail(error, config, config->name_line, "node", "name",
			    "the contract has no member '%s'", config->name);
	is_meter = contract->members[own].role == ROLE_METER;
	if (!is_meter && contract->members[own].role != ROLE_APPLIANCE)
		return fail(error, config, config->name_line, "node", "name",
			    "this program has no role '%s' yet",
			    role_text(contract->members[own].role));
	if (is_meter && config->appliance.line > 0)
		return fail(error, config, config->appliance.line, "appliance", "",
			    "'%s' is a meter in the contract", config->name);
	if (!is_meter && config->appliance.line == 0)
		return fail(error, config, config->name_line, "appliance", "source",
			    "is missing: '%s' is an appliance in the contract", config->name);
	listen = config_listen(config, contract, (unsigned int)own);
	if (config->is_plain != 0 && !address_is_loopback(&listen))
		return fail(error, config, config->listen_line, "listen", "security",
			    "'none' is for the loopback of a test only");
	if (config->until_us >= 0 && config->until_us % contract->interval_us != 0)
		return fail(error, config, config->clock_line, "clock", "until_us",
			    "must be a multiple of the contract's interval");
	r = check_names(config, contract, config->peers, config->peer_count, "peer", error);
	if (r == 0)
		r = check_names(config, contract, config->devices, config->device_count, "device",
				error);
	if (r == 0)
		*ret_own = (unsigned int)own;
	return r;
}

struct clock_settings config_clock(const struct config *config)
{
	return (struct clock_settings){
		.is_scaled = config->epoch_us >= 0,
		.epoch_us = config->epoch_us,
		.origin_us = config->origin_us,
		.speed = (unsigned int)config->speed,
		.until_us = config->until_us >= 0 ? config->until_us : INT64_MAX,
	};
}

struct address config_listen(const struct config *config, const struct contract *contract,
			     unsigned int own)
{
	static const struct address unspecified = {0};
	struct address listen = config->listen;

	if (address_same_host(&listen, &unspecified))
		listen = contract->members[own].address;
	listen.port = (uint16_t)config->port;
	return listen;
}

uint16_t config_peer_port(const struct config *config, const char *name)
{
	for (size_t index = 0; index < config->peer_count; index++)
		if (strcmp(config->peers[index].name, name) == 0 && config->peers[index].port > 0)
			return (uint16_t)config->peers[index].port;
	return CONFIG_PORT;
}

const char *config_device_kind(const struct config *config, const char *name)
{
	for (size_t index = 0; index < config->device_count; index++)
		if (strcmp(config->devices[index].name, name) == 0 &&
		    config->devices[index].kind[0] != '\0')
			return config->devices[index].kind;
	return is_kind(name) ? name : "appliance";
}
