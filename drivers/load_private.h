/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files load*.c share; nobody else includes it. */
#pragma once

#include "load.h"
#include "load_profile.h"

enum {
	LOAD_DAY_S = 24 * 60 * 60,
	LOAD_DAYS_MAX = 366, /**< Of one recording: a mistyped year is refused, not repeated. */
};

#define LOAD_SECOND_US INT64_C(1000000)
#define LOAD_DAY_US    (LOAD_DAY_S * LOAD_SECOND_US)

struct load_generator;

/** A recording, which repeats, or a generator, whose profile is that of one day after the other. */
struct load {
	struct load_profile profile;
	struct load_generator *generator; /**< NULL for a recording. */
	int64_t start_us;		  /**< Midnight of the recording's first day, or 0. */
	int64_t length_us;		  /**< Whole days; one of a generator. */
	unsigned int refused_lines;
};

void load_generator_free(struct load_generator *generator);

/** Fills @profile with the generator's day (days since 1970), unless it holds it already. */
void load_generator_plan(struct load_generator *generator, int64_t day,
			 struct load_profile *profile);

/** Consumption of a whole day in milliwatt-seconds; plans it only if it is not remembered. */
int64_t load_generator_day_sum(struct load_generator *generator, int64_t day,
			       struct load_profile *profile);
