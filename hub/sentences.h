/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The two sentences that a homeowner reads: are the readings agreed, and is all well. Pure. */
#pragma once

#include "view.h"

enum {
	SENTENCES_WAITING_US = 10 * 1000 * 1000, /**< A reading that waits longer is waited for. */
	SENTENCES_STOPPED_US = 120 * 1000 * 1000,
};

/** What the agreement is judged by; times are wall time. */
struct agreement_facts {
	enum role role;
	size_t member_count;
	bool has_ledger;      /**< False while nothing can be stored. */
	unsigned int pending; /**< Readings that are known and not final. */
	int64_t waiting_us;   /**< How long the oldest of them waits; 0: none. */
	uint64_t readings_final;
	int64_t final_age_us; /**< Since the newest became final; -1: before this start. */
};

/** Fills view->agreement and its text. */
void sentences_agreement(const struct agreement_facts *facts, struct view *view);

/** What the state is judged by, beside what is in the view already. */
struct state_facts {
	const char *verify_error; /**< What the last check of the record found, or NULL. */
	bool is_meter_silent;
	const struct view_alarm *alarm; /**< The newest that is still news, or NULL. */
};

/** Fills view->state and its text from the facts, the storage error, the devices, the agreement. */
void sentences_state(const struct state_facts *facts, struct view *view);
