/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What `smid --config FILE` was told, checked; README.md of this folder has one of each key. */
#pragma once

#include "base/address.h"
#include "base/text.h"
#include "clock.h"
#include "ledger/contract.h"
#include "view.h"

enum {
	CONFIG_PATH_MAX = 512,
	CONFIG_BUS_NAME_MAX = 128,
	CONFIG_NAMED_MAX = 256, /**< Sections [peer X], [device X] and [load X], each. */
	CONFIG_PORT = 5684,	/**< coaps (RFC 7252 section 6.2). */
	CONFIG_SPEED_MAX = CLOCK_SPEED_MAX,
};

enum config_source {
	CONFIG_SOURCE_NONE,
	CONFIG_SOURCE_TRACE,
	CONFIG_SOURCE_GENERATOR,
};

enum config_meter {
	CONFIG_METER_NONE,
	CONFIG_METER_GPIO,
	CONFIG_METER_SIMULATED,
};

/** A load that is replayed or generated: an appliance's own, or one behind a simulated meter. */
struct config_load {
	char name[LEDGER_NAME_MAX];
	unsigned int line;   /**< Of its section's header, for errors found later. */
	unsigned int source; /**< enum config_source. */
	char trace[CONFIG_PATH_MAX];
	char kind[VIEW_WORD_MAX];
	int64_t seed;
};

/** [peer X] or [device X]: what the hub is told of another member. */
struct config_named {
	char name[LEDGER_NAME_MAX];
	unsigned int line;
	int64_t port;		  /**< Of a peer; 0: not said. */
	char kind[VIEW_WORD_MAX]; /**< Of a device; empty: not said. */
};

struct config {
	char file[CONFIG_PATH_MAX];
	char name[LEDGER_NAME_MAX];
	unsigned int name_line;
	char state[CONFIG_PATH_MAX];
	char contract[CONFIG_PATH_MAX];
	char bus_name[CONFIG_BUS_NAME_MAX]; /**< Empty: by role and name. */
	struct address listen;		    /**< All zero: the member's address in the contract. */
	unsigned int listen_line;
	int64_t port;
	unsigned int is_plain;
	/* [clock], -1 where it is not said. */
	int64_t epoch_us;
	int64_t origin_us;
	int64_t speed;
	int64_t until_us;
	unsigned int clock_line;
	/* [appliance] */
	struct config_load appliance;
	int64_t start_us; /**< Register 0 at this reading time; of the simulated meter too. */
	/* [meter main] */
	unsigned int meter; /**< enum config_meter. */
	unsigned int meter_line;
	int64_t pulses_per_kwh;
	char chip[CONFIG_PATH_MAX];
	int64_t gpio_line;
	char bias[VIEW_WORD_MAX];
	bool active_low;
	int64_t debounce_us;
	/* Lists, owned; grown section by section. */
	struct config_load *loads;
	size_t load_count;
	struct config_named *peers;
	size_t peer_count;
	struct config_named *devices;
	size_t device_count;
};

/**
 * Reads a configuration from memory; @file is named in errors. Nothing but @text is looked at.
 * Errors: -EINVAL, -EFBIG (too many sections), -ENOMEM, with @error filled.
 */
_must_check_ int config_parse(const char *file, struct bytes text, struct config **ret_config,
			      struct text_error *error);

/** Checks what only all keys together show, after the command line had its word. -EINVAL. */
_must_check_ int config_check(const struct config *config, struct text_error *error);

/**
 * Checks the names against @contract and gives the member that this node is. -EINVAL with @error.
 */
_must_check_ int config_check_contract(const struct config *config, const struct contract *contract,
				       unsigned int *ret_own, struct text_error *error);

void config_free(struct config *config);
DEFINE_CLEANUP(struct config *, config_free);

/** The clock it describes. */
struct clock_settings config_clock(const struct config *config);
/** Where this node listens: as told, else the address of its member @own. */
struct address config_listen(const struct config *config, const struct contract *contract,
			     unsigned int own);
/** Port hint of a member, CONFIG_PORT if none was given. */
uint16_t config_peer_port(const struct config *config, const char *name);
/** Kind of a device for its icon: as told, else its name if that is a kind, else "appliance". */
const char *config_device_kind(const struct config *config, const char *name);
