/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The pulse drivers: edges from a GPIO line (libgpiod 2) or from a simulated main meter. */
#pragma once

#include "driver.h"
#include "load.h"
#include "pulse_counter.h"

/** Config of pulse_gpio_driver: readings carry energy, and power once two pulses were seen. */
struct pulse_gpio_config {
	const char *chip; /**< "/dev/gpiochip0" */
	unsigned int line;
	bool active_low;
	const char *bias; /**< "pull-up", "pull-down", "disabled" or "as-is". */
	struct pulse_settings settings;
	int64_t start_pulses; /**< Counted before this start, from the state directory. */
};

/**
 * Config of pulse_simulated_driver: edges of the summed loads, through the same counter. A reading
 * comes at each whole minute of reading time, and ten times a second while pulses do; its register
 * is the floor of the loads' energy at its time_us. settings.debounce_us is shortened where the
 * fastest pulses need it: these edges do not bounce.
 */
struct pulse_simulated_config {
	struct load *const *loads; /**< Borrowed until stop. */
	unsigned int load_count;
	int64_t start_us; /**< Reading time at which the register of the simulated meter was 0. */
	struct pulse_settings settings;
};

extern const struct driver pulse_gpio_driver;
extern const struct driver pulse_simulated_driver;

/** Walks the running simulated meter to now without waiting for its tick, and sends a reading. */
void pulse_simulated_advance(void *state);
