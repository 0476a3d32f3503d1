/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What an appliance consumes over reading time, recorded or generated: a pure function of time, so
 * that a restarted meter finds the register where physics left it.
 */
#pragma once

#include "base/bytes.h"

enum {
	LOAD_SAMPLES_MAX = 1 << 20,	 /**< Of one recorded trace. */
	LOAD_TRACE_SIZE_MAX = 64 << 20,	 /**< Bytes of one trace, uncompressed. */
	LOAD_HOLD_US = 60 * 1000 * 1000, /**< A sample holds at most this long: beyond is a gap. */
	LOAD_ERROR_MAX = 256,
	LOAD_POWER_MW_MAX = 1000 * 1000 * 1000, /**< 1 MW: beyond is not a home's appliance. */
};

/** Energy in exact parts, so that sums of many short spans lose nothing. */
struct energy {
	int64_t mwh;
	int64_t rest_mw_us; /**< 0 .. 3,599,999,999: milliwatt-microseconds towards the next. */
};

struct load;

/** Why a trace was refused ("LINE 17: watts 'x' are not a number"). */
struct load_error {
	char message[LOAD_ERROR_MAX];
};

/**
 * Reads a recorded trace: lines `day/month/year hour:minute:second;watts[;more]`, the first watt
 * column counts, the last of equal time stamps wins, out-of-order lines are sorted, lines that are
 * wrong are counted and left out. Times are taken as UTC. The recording repeats with a period of
 * whole days (at most 366) from midnight of its first day, so that any reading time finds its time
 * of day. The last sample does not hold over the period's end.
 *
 * @text: the uncompressed bytes, borrowed for the call.
 * Errors: -EBADMSG (not one good line), -EFBIG (a bound above), -ENOMEM; @error says what.
 */
_must_check_ int load_new_trace(struct bytes text, struct load **ret_load,
				struct load_error *error);

/**
 * A generated load after the paper (section IV): time of day, weather and the appliance's own
 * history, seeded, in steps of one second.
 * @kind: "kettle", "refrigerator", ...; load_kinds() lists them.
 * Errors: -ENOENT (unknown), -ENOMEM.
 */
_must_check_ int load_new_generator(const char *kind, uint64_t seed, struct load **ret_load);

/** Zero-terminated list of the generator's kinds. */
const char *const *load_kinds(void);

void load_free(struct load *load);

/** Lines of a trace that were left out; 0 for a generator. */
unsigned int load_refused_lines(const struct load *load);

/** The recording's first midnight and its whole days; of a generator 0 and 0. */
void load_recording(const struct load *load, int64_t *ret_start_us, int64_t *ret_length_us);

/** Power at a time in milliwatts; 0 within a gap. */
int64_t load_power_mw(struct load *load, int64_t time_us);

/** True if a sample holds at this time: false within a gap of the recording. */
bool load_is_observed(struct load *load, int64_t time_us);

/** Adds the energy of from_us..to_us (from_us <= to_us), exact to the milliwatt-microsecond. */
void load_add_energy(struct load *load, int64_t from_us, int64_t to_us, struct energy *energy);
