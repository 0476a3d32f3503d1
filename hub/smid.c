/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The daemon: reads what it is told, opens what it needs, runs, and undoes it in reverse. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "config.h"
#include "file.h"
#include "meter.h"
#include "node.h"

enum {
	EXIT_GOOD = 0,
	EXIT_FAILING = 2,
	EXIT_USAGE = 64, /* EX_USAGE: the command line, the configuration or the contract. */
};

DEFINE_CLEANUP(struct keys *, keys_free);

/** What the command line says. */
struct options {
	const char *config_file;
	bool is_check;
	int64_t epoch_us; /* -1: not said. */
	int64_t origin_us;
	int64_t speed;
	int64_t until_us;
};

static const char usage[] = "Usage: smid --config FILE [--check]\n"
			    "\n"
			    "  --config FILE        run as FILE says\n"
			    "  --check              only read FILE, its contract and its traces\n"
			    "  --epoch-us, --origin-us, --speed, --until-us NUMBER\n"
			    "                       in place of the same key of [clock]\n"
			    "  --version, --help\n";

/** A number of the command line, with the words of the configuration's own numbers. */
static int parse_number(const char *option, const char *text, int64_t min, int64_t *ret_value)
{
	struct text_entry entry = {.line = 1};
	struct text_error error = {0};

	(void)snprintf(entry.value, sizeof(entry.value), "%s", text);
	if (text_value_int("", &entry, min, INT64_MAX, ret_value, &error) == 0)
		return 0;
	log_error("--%s: '%s' is not a number of %lld or more.", option, text, (long long)min);
	return -EINVAL;
}

enum option_number {
	OPTION_CONFIG = 1,
	OPTION_CHECK,
	OPTION_EPOCH,
	OPTION_ORIGIN,
	OPTION_SPEED,
	OPTION_UNTIL,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"epoch-us", required_argument, NULL, OPTION_EPOCH},
	{"origin-us", required_argument, NULL, OPTION_ORIGIN},
	{"speed", required_argument, NULL, OPTION_SPEED},
	{"until-us", required_argument, NULL, OPTION_UNTIL},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, OPTION_HELP},
	{0},
};

/** One option; 1 if the program has said all it was asked for. */
static int parse_option(int option, struct options *options)
{
	switch (option) {
	case OPTION_CONFIG:
		options->config_file = optarg;
		return 0;
	case OPTION_CHECK:
		options->is_check = true;
		return 0;
	case OPTION_EPOCH:
		return parse_number("epoch-us", optarg, 0, &options->epoch_us);
	case OPTION_ORIGIN:
		return parse_number("origin-us", optarg, 0, &options->origin_us);
	case OPTION_SPEED:
		return parse_number("speed", optarg, 1, &options->speed);
	case OPTION_UNTIL:
		return parse_number("until-us", optarg, 0, &options->until_us);
	case OPTION_VERSION:
		(void)puts("smid " SMI_VERSION);
		return 1;
	case OPTION_HELP:
		(void)fputs(usage, stdout);
		return 1;
	default:
		(void)fputs(usage, stderr);
		return -EINVAL;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	int option;
	int r;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		r = parse_option(option, options);
		if (r != 0)
			return r;
	}
	if (optind != argc || !options->config_file) {
		(void)fputs(usage, stderr);
		return -EINVAL;
	}
	return 0;
}

static int load_config(const struct options *options, struct config **ret_config)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(freep) char *text = NULL;
	struct text_error error;
	size_t size;
	int r;

	r = file_read(options->config_file, TEXT_SIZE_MAX, &text, &size);
	if (r < 0) {
		log_error("%s: %s.", options->config_file, strerror(-r));
		return r;
	}
	r = config_parse(options->config_file, BYTES((const uint8_t *)text, size), &config, &error);
	if (r == 0) {
		if (options->epoch_us >= 0)
			config->epoch_us = options->epoch_us;
		if (options->origin_us >= 0)
			config->origin_us = options->origin_us;
		if (options->speed > 0)
			config->speed = options->speed < CONFIG_SPEED_MAX ? options->speed
									  : CONFIG_SPEED_MAX;
		if (options->until_us >= 0)
			config->until_us = options->until_us;
		r = config_check(config, &error);
	}
	if (r < 0) {
		log_error("%s.", error.message[0] != '\0' ? error.message : strerror(-r));
		return r;
	}
	*ret_config = TAKE(config);
	return 0;
}

static int load_contract(const struct config *config, struct contract **ret_contract,
			 char **ret_text, unsigned int *ret_own)
{
	_cleanup_(contract_freep) struct contract *contract = NULL;
	_cleanup_(freep) char *text = NULL;
	struct text_error error = {0};
	size_t size;
	int r;

	r = file_read(config->contract, TEXT_SIZE_MAX, &text, &size);
	if (r < 0) {
		log_error("%s: %s.", config->contract, strerror(-r));
		return r;
	}
	r = contract_parse(config->contract, BYTES((const uint8_t *)text, size), &contract, &error);
	if (r == 0)
		r = config_check_contract(config, contract, ret_own, &error);
	if (r < 0) {
		log_error("%s.", error.message[0] != '\0' ? error.message : strerror(-r));
		return r;
	}
	*ret_contract = TAKE(contract);
	*ret_text = TAKE(text);
	return 0;
}

/** Makes and loads the keys in STATE/keys. */
static int load_keys(const char *directory, struct keys **ret_keys)
{
	int r = keys_make(directory);

	if (r < 0) {
		log_error("The keys in '%s' cannot be made: %s.", directory, strerror(-r));
		return r;
	}
	r = keys_load(directory, ret_keys);
	if (r < 0)
		log_error("The keys in '%s' cannot be used: %s%s.", directory, strerror(-r),
			  r == -EPERM ? " (others may read them)" : "");
	return r;
}

/** The keys of this node, if they are those that the contract gives its member. */
static int load_own_keys(const struct config *config, const struct member *member,
			 struct keys **ret_keys)
{
	_cleanup_(keys_freep) struct keys *keys = NULL;
	char directory[CONFIG_PATH_MAX + 16];
	struct device_id id;

	if (mkdir(config->state, 0700) < 0 && errno != EEXIST) {
		log_error("The state directory '%s' cannot be made: %s.", config->state,
			  strerror(errno));
		return EXIT_FAILING;
	}
	(void)snprintf(directory, sizeof(directory), "%s/keys", config->state);
	if (load_keys(directory, &keys) < 0)
		return EXIT_FAILING;
	id = keys_device_id(keys_sign_key(keys));
	if (!bytes_equal(BYTES_OF(id), BYTES_OF(member->id)) ||
	    !bytes_equal(keys_spki(keys), BYTES(member->spki, member->spki_size))) {
		log_error("The keys in '%s' are not those of the member '%s' in '%s'; "
			  "`smi keys make` prints what the contract must say.",
			  directory, config->name, config->contract);
		return EXIT_USAGE;
	}
	*ret_keys = TAKE(keys);
	return EXIT_GOOD;
}

/** Runs until SIGTERM or SIGINT. */
static int run(const struct node_settings *settings)
{
	_cleanup_(node_closep) struct node *node = NULL;
	char error[NODE_ERROR_MAX];
	int r;

	r = node_open(settings, &node, error);
	if (r < 0) {
		log_error("'%s' cannot start: %s.", settings->config->name, error);
		return EXIT_FAILING;
	}
	(void)sd_notify(0, "READY=1");
	log_info("'%s' runs as %s of '%s', %zu members.", settings->config->name,
		 role_text(settings->contract->members[settings->own].role),
		 settings->contract->name, settings->contract->member_count);
	r = sd_event_loop(settings->loop);
	(void)sd_notify(0, "STOPPING=1");
	log_info("'%s' ends.", settings->config->name);
	if (r < 0)
		log_error("The event loop broke: %s.", strerror(-r));
	return r < 0 ? EXIT_FAILING : EXIT_GOOD;
}

static int open_loop(sd_event **ret_loop)
{
	_cleanup_(sd_event_unrefp) sd_event *loop = NULL;
	int r;

	r = sd_event_new(&loop);
	if (r >= 0)
		r = sd_event_add_signal(loop, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(loop, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(loop, true);
	if (r < 0) {
		log_error("The event loop cannot be made: %s.", strerror(-r));
		return r;
	}
	*ret_loop = TAKE(loop);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {.epoch_us = -1, .origin_us = -1, .until_us = -1};
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(contract_freep) struct contract *contract = NULL;
	_cleanup_(freep) char *contract_text = NULL;
	struct clock_settings clock;
	_cleanup_(meter_closep) struct meter *meter = NULL;
	_cleanup_(keys_freep) struct keys *keys = NULL;
	_cleanup_(sd_event_unrefp) sd_event *loop = NULL;
	struct node_settings settings = {.started_us = clock_monotonic_us(), .clock = &clock};
	char error[METER_ERROR_MAX];
	int r = parse_options(argc, argv, &options);

	if (r != 0)
		return r < 0 ? EXIT_USAGE : EXIT_GOOD;
	if (load_config(&options, &config) < 0 ||
	    load_contract(config, &contract, &contract_text, &settings.own) < 0)
		return EXIT_USAGE;
	clock = config_clock(config);
	r = meter_open(config, &clock, &meter, error);
	if (r < 0) {
		log_error("%s.", error[0] != '\0' ? error : strerror(-r));
		return EXIT_USAGE;
	}
	if (options.is_check) {
		(void)printf("%s: good\n", options.config_file);
		return EXIT_GOOD;
	}
	r = load_own_keys(config, &contract->members[settings.own], &keys);
	if (r != EXIT_GOOD)
		return r;
	if (open_loop(&loop) < 0)
		return EXIT_FAILING;
	settings.loop = loop;
	settings.config = config;
	settings.contract = contract;
	settings.contract_text = contract_text;
	settings.keys = keys;
	settings.meter = meter;
	return run(&settings);
}
