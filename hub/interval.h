/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Which interval of a node's own readings has ended and must be submitted, and how much of it was
 * really measured. Pure: both clocks come with each call.
 */
#pragma once

#include "ledger/objects.h"

enum {
	/** Ends this far behind are submitted one by one; more become one long reading. */
	INTERVAL_BACKLOG_MAX = 64,
	/** Wall time after which a last reading that was refused is offered again. */
	INTERVAL_RETRY_US = 1000 * 1000,
};

struct intervals {
	int64_t interval_us;
	int64_t until_us; /**< No interval ends after it. */
	int64_t zero_us;  /**< The register was 0 then; -1: not known. */
	int64_t speed;
	int64_t next_end_us;
	int64_t observed_from_us; /**< Measured without a hole since then. */
	/* When the clocks were last compared. */
	int64_t seen_us;
	int64_t seen_monotonic_us;
	int64_t retry_monotonic_us; /**< Not before this, for the end at until_us. */
};

/** Starts at @now_us; @speed is reading time per monotonic time. */
void intervals_init(struct intervals *intervals, int64_t interval_us, int64_t until_us,
		    int64_t zero_us, int64_t speed, int64_t now_us, int64_t monotonic_us);

/** Compares the clocks: after a jump of the wall clock what was measured begins anew. */
void intervals_watch(struct intervals *intervals, int64_t now_us, int64_t monotonic_us);

/**
 * The oldest reading that is due, its registers still to be filled; false if there is none.
 * @own_end_us: end of the node's newest own reading, 0 before the first.
 */
bool intervals_due(const struct intervals *intervals, int64_t now_us, int64_t monotonic_us,
		   int64_t own_end_us, struct reading_body *ret_reading);

/** The reading that ends at @end_us was handed to the ledger, whatever came of it. */
void intervals_submitted(struct intervals *intervals, int64_t end_us, int64_t monotonic_us);

/** Reading time of the next end; INT64_MAX if there will be none. */
int64_t intervals_next_us(const struct intervals *intervals);
