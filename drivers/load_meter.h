/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The driver of an appliance that measures its own load: power and a register each period. */
#pragma once

#include "driver.h"
#include "load.h"

struct load_meter_config {
	struct load *load;  /**< Borrowed until stop. */
	int64_t start_us;   /**< Reading time at which the appliance's register was 0. */
	uint64_t period_us; /**< Of the wall clock: how often a live reading goes to the sink. */
};

extern const struct driver load_meter_driver;

/** The register at a time of the running driver, for the reading at an interval's end. */
int64_t load_meter_energy_mwh(void *state, int64_t time_us);
