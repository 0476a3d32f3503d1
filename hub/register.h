/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A monotone register out of a source's register: what looks like running back is typed, not
 * guessed, and held until it is confirmed. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { REGISTER_CONFIRM_SAMPLES = 3 }; /* The one that was held and two that follow it. */

/** What a sample of the source was. */
enum register_event {
	REGISTER_FIRST,	  /**< The first: the register begins where the source stands. */
	REGISTER_STEP,	  /**< It went on, or stands still. */
	REGISTER_DIP,	  /**< Less than before: held, the register stays. */
	REGISTER_JUMP,	  /**< More than the connection can carry: held, the register stays. */
	REGISTER_RESET,	  /**< A dip confirmed: the source began anew at zero and counts from there.
			   */
	REGISTER_REBASED, /**< A dip or jump confirmed that no energy explains: nothing is added. */
	REGISTER_OVERFLOW, /**< A value that cannot be added: ignored. */
};

/** Cumulative energy of one source. Nothing in here runs backwards but what a day restarts. */
struct energy_register {
	int64_t power_mw_max; /**< What the connection can carry. */
	int64_t slack_us;     /**< Of the time between two samples. */
	bool is_known;
	int64_t energy_mwh;
	int64_t source_mwh; /**< The source's own register at the newest good sample. */
	int64_t time_us;    /**< Of that sample, on the caller's clock of samples. */
	/* The sample that waits for confirmation, and how many have said the same. */
	unsigned int held_count;
	int64_t held_mwh;
	int64_t held_time_us;
	/* Since local midnight. */
	int64_t day_start_us;
	int64_t day_mwh; /**< The register when the day began, or when it was first seen in it. */
};

/**
 * An empty register. @power_mw_max: from the contract; @slack_us: by how much the time between two
 * samples may be wrong, since samples and registers are not taken at the same moment.
 */
void register_init(struct energy_register *reg, int64_t power_mw_max, int64_t slack_us);

/**
 * Takes the source's register at @time_us (samples in time order; an earlier one is a REGISTER_STEP
 * without effect). Samples of the same source only.
 */
enum register_event register_sample(struct energy_register *reg, int64_t source_mwh,
				    int64_t time_us);

/** The local day has begun at @day_start_us: today's energy counts from the register as it is. */
void register_begin_day(struct energy_register *reg, int64_t day_start_us);

/** As register_begin_day(), after a restart within the day: from what was remembered. */
void register_resume_day(struct energy_register *reg, int64_t day_start_us, int64_t day_mwh);

/** Energy since the day began, or since it was first seen; 0 before that. */
int64_t register_today_mwh(const struct energy_register *reg);

/** True for what a person should hear of. */
bool register_event_is_alarming(enum register_event event);
/** A sentence for alarms. */
const char *register_event_text(enum register_event event);
