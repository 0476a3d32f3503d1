/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The power of the home over the last minutes, for the line under the big number. A ring of fixed
 * size; forgets what is older than its span.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SMI_HISTORY_POINTS_MAX = 300,
};

struct smi_history_point {
	int64_t time_us;
	int64_t power_mw;
};

struct smi_history {
	int64_t span_us;
	size_t first;
	size_t count;
	struct smi_history_point points[SMI_HISTORY_POINTS_MAX];
};

/** Starts an empty history of `span_us` microseconds, at least one for each point. */
void smi_history_init(struct smi_history *history, int64_t span_us);

/**
 * Adds a point. Points closer together than the span divided by the ring replace one another; a
 * time before the newest point starts the history afresh.
 */
void smi_history_add(struct smi_history *history, int64_t time_us, int64_t power_mw);

/** Returns point `index`, oldest first; borrowed until the next call that changes the history. */
const struct smi_history_point *smi_history_at(const struct smi_history *history, size_t index);

/** Returns the largest power of the history, at least 0. */
int64_t smi_history_peak_mw(const struct smi_history *history);

/** Returns the longest pause between points that still counts as one line. */
int64_t smi_history_gap_us(const struct smi_history *history);
