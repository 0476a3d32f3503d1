/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Power over a span of whole seconds as steps, with sums that are found without adding all of them.
 * What recorded and generated loads have in common; knows no dates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/** Power of a stretch that nothing was recorded of. */
#define LOAD_PROFILE_GAP UINT32_MAX

enum { LOAD_PROFILE_STRIDE = 32 }; /**< Steps between two stored sums. */

/** Holds from start_s to the next step's. */
struct load_step {
	uint32_t start_s;
	uint32_t power_mw;
};

/**
 * Eight bytes a step and a sum each LOAD_PROFILE_STRIDE steps: a recorded day of the worst
 * appliance stays below half a megabyte.
 */
struct load_profile {
	struct load_step *steps;
	int64_t *sums_mw_s; /**< [i] is what was consumed before step i * LOAD_PROFILE_STRIDE. */
	size_t count;
	size_t capacity;
	uint32_t end_s;	    /**< Up to where steps were appended. */
	int64_t total_mw_s; /**< At 1 MW and 2^32 s below 2^62. */
};

/** Errors: -ENOMEM. */
_must_check_ int load_profile_init(struct load_profile *profile, size_t capacity);
void load_profile_finish(struct load_profile *profile);
/** Empties it; what was allocated stays. */
void load_profile_clear(struct load_profile *profile);
/** Gives back what was allocated and not used. */
void load_profile_shrink(struct load_profile *profile);

/** Lets the power hold from where the profile ends to @end_s; the room must be there. */
void load_profile_append(struct load_profile *profile, uint32_t end_s, uint32_t power_mw);

/** Power in the second @time_s, LOAD_PROFILE_GAP in a gap; @time_s < end_s. */
uint32_t load_profile_power(const struct load_profile *profile, uint32_t time_s);

/** Consumption from 0 to @time_s (<= end_s) in milliwatt-seconds. */
int64_t load_profile_sum(const struct load_profile *profile, uint32_t time_s);
