/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the last minutes of one power; pure, and draws nothing. */
#include "ui/power_history.h"

#include <assert.h>

enum {
	GAP_PARTS = 20, /* a pause of a twentieth of the span breaks the line */
};

static struct smi_history_point *point_at(struct smi_history *history, size_t index)
{
	return &history->points[(history->first + index) % SMI_HISTORY_POINTS_MAX];
}

void smi_history_init(struct smi_history *history, int64_t span_us)
{
	assert(span_us >= SMI_HISTORY_POINTS_MAX);
	*history = (struct smi_history){.span_us = span_us};
}

static void forget_old(struct smi_history *history, int64_t time_us)
{
	while (history->count > 0 && (point_at(history, 0)->time_us < time_us - history->span_us ||
				      history->count == SMI_HISTORY_POINTS_MAX)) {
		history->first = (history->first + 1) % SMI_HISTORY_POINTS_MAX;
		history->count--;
	}
}

void smi_history_add(struct smi_history *history, int64_t time_us, int64_t power_mw)
{
	const int64_t step_us = history->span_us / SMI_HISTORY_POINTS_MAX;

	if (time_us < history->span_us)
		return;
	if (history->count > 0) {
		struct smi_history_point *newest = point_at(history, history->count - 1);

		if (time_us < newest->time_us) {
			history->count = 0;
		} else if (time_us / step_us == newest->time_us / step_us) {
			*newest = (struct smi_history_point){time_us, power_mw};
			return;
		}
	}
	forget_old(history, time_us);
	*point_at(history, history->count) = (struct smi_history_point){time_us, power_mw};
	history->count++;
}

const struct smi_history_point *smi_history_at(const struct smi_history *history, size_t index)
{
	assert(index < history->count);
	return &history->points[(history->first + index) % SMI_HISTORY_POINTS_MAX];
}

int64_t smi_history_peak_mw(const struct smi_history *history)
{
	int64_t peak = 0;

	for (size_t k = 0; k < history->count; k++) {
		if (smi_history_at(history, k)->power_mw > peak)
			peak = smi_history_at(history, k)->power_mw;
	}
	return peak;
}

int64_t smi_history_gap_us(const struct smi_history *history)
{
	return history->span_us / GAP_PARTS;
}
