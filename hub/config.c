/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Sections and keys of a configuration to struct config, by one table; config_check.c judges them.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>

enum key_kind {
	KEY_STRING,  /**< char[size] */
	KEY_INT,     /**< int64_t in min..max */
	KEY_BOOL,    /**< bool */
	KEY_CHOICE,  /**< unsigned int: min and the place of the word in choices */
	KEY_ADDRESS, /**< struct address */
};

/** One key: where it may stand and where its value goes. */
struct config_key {
	const char *section;
	const char *key;
	enum key_kind kind;
	size_t offset; /**< Within struct config, or within the element of a named section. */
	size_t size;
	int64_t min;
	int64_t max;
	const char *choices[2];
};

#define AT(member)   .offset = offsetof(struct config, member)
#define TEXT(member) .kind = KEY_STRING, AT(member), .size = sizeof(((struct config *)NULL)->member)
#define LOAD(member) .offset = offsetof(struct config_load, member)
#define LOAD_TEXT(member)                                                                          \
	.kind = KEY_STRING, LOAD(member), .size = sizeof(((struct config_load *)NULL)->member)

static const struct config_key keys[] = {
	{"node", "name", TEXT(name)},
	{"node", "state", TEXT(state)},
	{"node", "contract", TEXT(contract)},
	{"bus", "name", TEXT(bus_name)},
	{"listen", "address", KEY_ADDRESS, AT(listen)},
	{"listen", "port", KEY_INT, AT(port), .min = 1, .max = UINT16_MAX},
	{"listen", "security", KEY_CHOICE, AT(is_plain), .choices = {"dtls", "none"}},
	{"clock", "epoch_us", KEY_INT, AT(epoch_us), .max = INT64_MAX},
	{"clock", "origin_us", KEY_INT, AT(origin_us), .max = INT64_MAX},
	{"clock", "speed", KEY_INT, AT(speed), .min = 1, .max = CONFIG_SPEED_MAX},
	{"clock", "until_us", KEY_INT, AT(until_us), .max = INT64_MAX},
	{"appliance", "kind", TEXT(appliance.kind)},
	{"appliance", "source", KEY_CHOICE, AT(appliance.source), .min = CONFIG_SOURCE_TRACE,
	 .choices = {"trace", "generator"}},
	{"appliance", "trace", TEXT(appliance.trace)},
	{"appliance", "seed", KEY_INT, AT(appliance.seed), .max = INT64_MAX},
	{"appliance", "start_us", KEY_INT, AT(start_us), .max = INT64_MAX},
	{"meter", "driver", KEY_CHOICE, AT(meter), .min = CONFIG_METER_GPIO,
	 .choices = {"gpio", "simulated"}},
	{"meter", "pulses_per_kwh", KEY_INT, AT(pulses_per_kwh), .min = 1, .max = 1000 * 1000},
	{"meter", "chip", TEXT(chip)},
	{"meter", "line", KEY_INT, AT(gpio_line), .max = 1023},
	{"meter", "bias", TEXT(bias)},
	{"meter", "active_low", KEY_BOOL, AT(active_low)},
	{"meter", "debounce_us", KEY_INT, AT(debounce_us), .max = 100 * 1000},
	{"meter", "start_us", KEY_INT, AT(start_us), .max = INT64_MAX},
	{"load", "trace", LOAD_TEXT(trace)},
	{"load", "kind", LOAD_TEXT(kind)},
	{"load", "seed", KEY_INT, LOAD(seed), .max = INT64_MAX},
	{"peer", "port", KEY_INT, .offset = offsetof(struct config_named, port), .min = 1,
	 .max = UINT16_MAX},
	{"device", "kind", KEY_STRING, .offset = offsetof(struct config_named, kind),
	 .size = VIEW_WORD_MAX},
};

struct config_parser {
	struct config *config;
	void *element; /**< Of the named section that is being read. */
};

#define fail(error, config, entry, ...) text_error_at(error, (config)->file, entry, __VA_ARGS__)

static int config_choose(const struct config *config, const struct config_key *key,
			 const struct text_entry *entry, void *target, struct text_error *error)
{
	for (unsigned int index = 0; index < 2; index++) {
		unsigned int value = (unsigned int)key->min + index;

		if (strcmp(entry->value, key->choices[index]) == 0) {
			memcpy(target, &value, sizeof(value));
			return 0;
		}
	}
	return fail(error, config, entry, "must be '%s' or '%s'", key->choices[0], key->choices[1]);
}

static int config_set(const struct config *config, const struct config_key *key,
		      const struct text_entry *entry, void *target, struct text_error *error)
{
	switch (key->kind) {
	case KEY_STRING:
		return text_value_string(config->file, entry, target, key->size, error);
	case KEY_INT:
		return text_value_int(config->file, entry, key->min, key->max, target, error);
	case KEY_BOOL:
		return text_value_bool(config->file, entry, target, error);
	case KEY_CHOICE:
		return config_choose(config, key, entry, target, error);
	case KEY_ADDRESS:
		if (address_from_text(entry->value, target) < 0)
			return fail(error, config, entry, "must be an IPv4 or IPv6 address");
		return 0;
	}
	return -EINVAL;
}

/** Appends a zeroed element of @size to a list of ours; gives it, or NULL without memory. */
static void *config_append(void *list, size_t count, size_t size, void **ret_list)
{
	uint8_t *grown = reallocarray(list, count + 1, size);

	if (!grown)
		return NULL;
	*ret_list = grown;
	memset(grown + count * size, 0, size);
	return grown + count * size;
}

static int config_begin_named(struct config_parser *parser, const struct text_entry *entry,
			      struct config_named **list, size_t *count)
{
	struct config_named *named;
	void *grown = *list;

	named = config_append(*list, *count, sizeof(*named), &grown);
	*list = grown;
	if (!named)
		return -ENOMEM;
	(*count)++;
	memcpy(named->name, entry->name, sizeof(named->name));
	named->line = entry->line;
	parser->element = named;
	return 0;
}

static int config_begin_load(struct config_parser *parser, const struct text_entry *entry)
{
	struct config *config = parser->config;
	struct config_load *load;
	void *grown = config->loads;

	load = config_append(config->loads, config->load_count, sizeof(*load), &grown);
	config->loads = grown;
	if (!load)
		return -ENOMEM;
	config->load_count++;
	memcpy(load->name, entry->name, sizeof(load->name));
	load->line = entry->line;
	parser->element = load;
	return 0;
}

/** A section's header: is there such a section, and what does its second word mean. */
static int config_begin(struct config_parser *parser, const struct text_entry *entry,
			struct text_error *error)
{
	struct config *config = parser->config;
	const char *section = entry->section;
	bool is_named = strcmp(section, "load") == 0 || strcmp(section, "peer") == 0 ||
			strcmp(section, "device") == 0;

	parser->element = NULL;
	if (strcmp(section, "node") == 0)
		config->name_line = entry->line;
	else if (strcmp(section, "clock") == 0)
		config->clock_line = entry->line;
	else if (strcmp(section, "appliance") == 0)
		config->appliance.line = entry->line;
	else if (strcmp(section, "meter") == 0)
		config->meter_line = entry->line;
	else if (strcmp(section, "listen") == 0)
		config->listen_line = entry->line;
	else if (!is_named && strcmp(section, "bus") != 0)
		return fail(error, config, entry, "there is no such section");
	if (strcmp(section, "meter") == 0 && strcmp(entry->name, "main") != 0)
		return fail(error, config, entry, "the only meter is [meter main]");
	if (strcmp(section, "meter") != 0 && !is_named && entry->name[0] != '\0')
		return fail(error, config, entry, "this section has no second word");
	if (!is_named)
		return 0;
	if (entry->name[0] == '\0' || strlen(entry->name) >= LEDGER_NAME_MAX)
		return fail(error, config, entry, "needs a name of 1..%d bytes",
			    LEDGER_NAME_MAX - 1);
	if (config->load_count == CONFIG_NAMED_MAX || config->peer_count == CONFIG_NAMED_MAX ||
	    config->device_count == CONFIG_NAMED_MAX)
		return fail(error, config, entry, "more than %d of one kind", CONFIG_NAMED_MAX - 1);
	if (strcmp(section, "load") == 0)
		return config_begin_load(parser, entry);
	if (strcmp(section, "peer") == 0)
		return config_begin_named(parser, entry, &config->peers, &config->peer_count);
	return config_begin_named(parser, entry, &config->devices, &config->device_count);
}

static int on_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	struct config_parser *parser = context;
	uint8_t *base = parser->element ? parser->element : (void *)parser->config;

	if (entry->key[0] == '\0')
		return config_begin(parser, entry, error);
	for (size_t index = 0; index < sizeof(keys) / sizeof(keys[0]); index++)
		if (strcmp(keys[index].section, entry->section) == 0 &&
		    strcmp(keys[index].key, entry->key) == 0)
			return config_set(parser->config, &keys[index], entry,
					  base + keys[index].offset, error);
	return fail(error, parser->config, entry, "there is no such key");
}

int config_parse(const char *file, struct bytes text, struct config **ret_config,
		 struct text_error *error)
{
	_cleanup_(config_freep) struct config *config = calloc(1, sizeof(*config));
	struct config_parser parser = {.config = config};
	int r;

	error->message[0] = '\0';
	if (!config)
		return -ENOMEM;
	if (strlen(file) >= sizeof(config->file))
		return text_error_at(error, "config", &(struct text_entry){0},
				     "the file's name is too long");
	memcpy(config->file, file, strlen(file) + 1);
	config->port = CONFIG_PORT;
	config->speed = 1;
	config->epoch_us = config->origin_us = config->until_us = config->start_us = -1;
	config->pulses_per_kwh = 1000;
	config->gpio_line = -1;
	config->debounce_us = 8000; /* Between 5 ms of bounce and 30 ms of pulse, IEC 62053-31. */
	r = text_parse(file, text, on_entry, &parser, error);
	if (r < 0)
		return r;
	for (size_t index = 0; index < config->load_count; index++) {
		struct config_load *load = &config->loads[index];

		load->source =
			load->trace[0] != '\0' ? CONFIG_SOURCE_TRACE : CONFIG_SOURCE_GENERATOR;
	}
	*ret_config = TAKE(config);
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->loads);
	free(config->peers);
	free(config->devices);
	free(config);
}
