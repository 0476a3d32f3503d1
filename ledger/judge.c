/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The contract's checks of a reading; see judge.h. */
#include "judge.h"

enum {
	/* Time between two readings beyond which the rate is no longer worth checking. */
	JUDGE_SPAN_S_MAX = 10 * 366 * 24 * 3600,
};

static bool is_well_formed(const struct contract *contract, const struct reading_body *reading)
{
	if (reading->end_us <= 0 || reading->start_us < 0 ||
	    reading->end_us % contract->interval_us != 0)
		return false;
	if (reading->start_us >= reading->end_us)
		return false;
	if (reading->observed_us < 0 || reading->observed_us > reading->end_us - reading->start_us)
		return false;
	return true;
}

/** Milliwatt-hours that the connection can carry in @span_us, with a second's grace. */
static int64_t energy_mwh_max(const struct contract *contract, int64_t span_us)
{
	int64_t span_s = span_us / 1000000 + 1;

	if (span_s > JUDGE_SPAN_S_MAX)
		return INT64_MAX;
	return contract->power_mw_max * span_s / 3600 + 1;
}

enum verdict_reason judge_succession(const struct contract *contract,
				     const struct member_state *before,
				     const struct reading_body *reading)
{
	int64_t import_mwh;
	int64_t export_mwh;
	int64_t max_mwh;

	if (!is_well_formed(contract, reading))
		return VERDICT_INTERVAL;
	if (reading->import_mwh < 0 || reading->export_mwh < 0)
		return VERDICT_REGISTER;
	if (!before->has_reading)
		return VERDICT_YES;
	if (reading->end_us <= before->end_us)
		return VERDICT_INTERVAL;
	if (reading->import_mwh < before->import_mwh || reading->export_mwh < before->export_mwh)
		return VERDICT_REGISTER;
	/* Both registers are non-negative and do not run back: the differences cannot overflow. */
	import_mwh = reading->import_mwh - before->import_mwh;
	export_mwh = reading->export_mwh - before->export_mwh;
	max_mwh = energy_mwh_max(contract, reading->end_us - before->end_us);
	if (import_mwh > max_mwh || export_mwh > max_mwh)
		return VERDICT_RATE;
	return VERDICT_YES;
}

static bool is_from_member(const struct contract *contract, const struct judge_view *view)
{
	if (!view->from)
		return true;
	if (!address_same_host(view->from, &view->sender->address))
		return false;
	for (size_t i = 0; i < contract->prefix_count; i++) {
		if (address_in_prefix(view->from, &contract->prefixes[i]))
			return true;
	}
	return contract->prefix_count == 0;
}

enum verdict_reason judge_reading(const struct contract *contract, const struct judge_view *view,
				  const struct reading_body *reading)
{
	struct member_state before = {
		.has_reading = view->has_reading,
		.import_mwh = view->import_mwh,
		.export_mwh = view->export_mwh,
		.end_us = view->end_us,
	};
	enum verdict_reason reason;

	if (!is_from_member(contract, view))
		return VERDICT_ADDRESS;
	reason = judge_succession(contract, &before, reading);
	if (reason != VERDICT_YES)
		return reason;
	if (reading->end_us - contract->skew_us > view->time_us)
		return VERDICT_FUTURE;
	return VERDICT_YES;
}
