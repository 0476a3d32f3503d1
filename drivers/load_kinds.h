/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What each kind of generated appliance does: numbers only, how they become a day is the
 * generator's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOAD_PHASES_MAX = 8,
	LOAD_HOURS = 24,
	LOAD_PIECE_S_MIN = 10, /**< Shortest stretch that wavers. */
};

/** One part of a programme, for example the heating of a washing machine. */
struct load_phase {
	uint32_t power_w;
	uint32_t min_s;
	uint32_t max_s;
	uint16_t waver_permille; /**< How far each piece strays from the phase's power. */
	uint16_t piece_s;	 /**< Length of a piece; 0: one for the whole phase. */
};

/** Used by people, a programme at a time. */
struct load_sessions {
	uint16_t start_permille[LOAD_HOURS]; /**< Chance of a start in each hour of the day. */
	uint16_t weekend_permille;	     /**< That chance on a Saturday or Sunday, of 1000. */
	uint16_t day_permille;		     /**< Chance that it is used at all on a day. */
	bool rests_next_day;		     /**< What was used yesterday is not used today. */
	bool needs_dark;
	int16_t cold_permille; /**< More starts for each degree below 15 degrees Celsius. */
	uint32_t recovery_s;   /**< After a use the chance comes back over this long. */
	struct load_phase phases[LOAD_PHASES_MAX];
	uint8_t phase_count;
	uint8_t repeat_from; /**< From this phase on the programme is repeated ... */
	uint8_t repeat_min;  /**< ... this often in all. */
	uint8_t repeat_max;
};

/** Switched by a thermostat: on for a part of each cycle. */
struct load_cycles {
	uint32_t power_w;
	uint32_t cycle_s;
	uint32_t inrush_w; /**< For the first seconds of a start. */
	uint32_t inrush_s;
	int32_t duty_permille;	 /**< At @neutral_mdeg. */
	int32_t duty_per_degree; /**< Change for each degree above it, of 1000. */
	int32_t neutral_mdeg;
	int32_t duty_min_permille;
	int32_t duty_max_permille;
};

/** Always on. */
struct load_base {
	uint16_t power_w[LOAD_HOURS];
	uint16_t waver_permille;
	uint16_t piece_s;
};

/** Exactly one of the three is set. */
struct load_kind {
	const char *name;
	uint32_t standby_mw; /**< Between sessions or cycles. */
	const struct load_sessions *sessions;
	const struct load_cycles *cycles;
	const struct load_base *base;
};

/** NULL if there is no kind of this name. */
const struct load_kind *load_kind_find(const char *name);
