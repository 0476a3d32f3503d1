/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Register arithmetic: dips and jumps wait for two more samples before they mean anything. */
#include "register.h"

#include <assert.h>

#include "base/checked.h"

static const int64_t hour_us = INT64_C(3600) * 1000 * 1000;

/** True if @mwh within @span_us is no more than the connection carries. */
static bool is_plausible(const struct energy_register *reg, int64_t mwh, int64_t span_us)
{
	int64_t product;

	/* Milliwatt-hours an hour are milliwatts; beyond the range is a span of years at full load.
	 */
	if (checked_add(span_us, reg->slack_us, &span_us) < 0 ||
	    checked_multiply(span_us / 1000, reg->power_mw_max, &product) < 0)
		return true;
	return mwh <= product / (hour_us / 1000) + 1;
}

void register_init(struct energy_register *reg, int64_t power_mw_max, int64_t slack_us)
{
	assert(power_mw_max > 0 && slack_us >= 0);
	*reg = (struct energy_register){.power_mw_max = power_mw_max, .slack_us = slack_us};
}

static enum register_event accept(struct energy_register *reg, int64_t added_mwh,
				  int64_t source_mwh, int64_t time_us, enum register_event event)
{
	int64_t energy_mwh;

	if (checked_add(reg->energy_mwh, added_mwh, &energy_mwh) < 0)
		return REGISTER_OVERFLOW;
	reg->energy_mwh = energy_mwh;
	reg->source_mwh = source_mwh;
	reg->time_us = time_us;
	reg->held_count = 0;
	return event;
}

/** A dip or jump that stayed: energy only if the source can have counted it since it was good. */
static enum register_event confirm(struct energy_register *reg, int64_t source_mwh, int64_t time_us)
{
	bool is_reset = source_mwh < reg->source_mwh &&
			is_plausible(reg, source_mwh, time_us - reg->time_us);

	return accept(reg, is_reset ? source_mwh : 0, source_mwh, time_us,
		      is_reset ? REGISTER_RESET : REGISTER_REBASED);
}

/** Holds a sample that does not follow the last good one. */
static enum register_event hold(struct energy_register *reg, int64_t source_mwh, int64_t time_us,
				enum register_event event)
{
	bool follows = reg->held_count > 0 && source_mwh >= reg->held_mwh &&
		       is_plausible(reg, source_mwh - reg->held_mwh, time_us - reg->held_time_us);

	reg->held_count = follows ? reg->held_count + 1 : 1;
	reg->held_mwh = source_mwh;
	reg->held_time_us = time_us;
	if (reg->held_count >= REGISTER_CONFIRM_SAMPLES)
		return confirm(reg, source_mwh, time_us);
	return event;
}

enum register_event register_sample(struct energy_register *reg, int64_t source_mwh,
				    int64_t time_us)
{
	if (source_mwh < 0)
		return REGISTER_OVERFLOW;
	if (!reg->is_known) {
		reg->is_known = true;
		reg->energy_mwh = 0;
		return accept(reg, source_mwh, source_mwh, time_us, REGISTER_FIRST);
	}
	if (time_us < reg->time_us)
		return REGISTER_STEP;
	if (source_mwh < reg->source_mwh)
		return hold(reg, source_mwh, time_us, REGISTER_DIP);
	if (!is_plausible(reg, source_mwh - reg->source_mwh, time_us - reg->time_us))
		return hold(reg, source_mwh, time_us, REGISTER_JUMP);
	return accept(reg, source_mwh - reg->source_mwh, source_mwh, time_us, REGISTER_STEP);
}

void register_begin_day(struct energy_register *reg, int64_t day_start_us)
{
	register_resume_day(reg, day_start_us, reg->energy_mwh);
}

void register_resume_day(struct energy_register *reg, int64_t day_start_us, int64_t day_mwh)
{
	reg->day_start_us = day_start_us;
	reg->day_mwh = day_mwh;
}

int64_t register_today_mwh(const struct energy_register *reg)
{
	if (!reg->is_known || reg->energy_mwh < reg->day_mwh)
		return 0;
	return reg->energy_mwh - reg->day_mwh;
}

bool register_event_is_alarming(enum register_event event)
{
	switch (event) {
	case REGISTER_FIRST:
	case REGISTER_STEP:
	case REGISTER_DIP:
		return false;
	case REGISTER_JUMP:
	case REGISTER_RESET:
	case REGISTER_REBASED:
	case REGISTER_OVERFLOW:
		break;
	}
	return true;
}

const char *register_event_text(enum register_event event)
{
	switch (event) {
	case REGISTER_FIRST:
		return "the register is seen for the first time";
	case REGISTER_STEP:
		return "the register goes on";
	case REGISTER_DIP:
		return "the register fell and is held until it is confirmed";
	case REGISTER_JUMP:
		return "the register rose faster than the connection can carry and is held";
	case REGISTER_RESET:
		return "the register began anew at zero";
	case REGISTER_REBASED:
		return "the register moved without energy that explains it; nothing was added";
	case REGISTER_OVERFLOW:
		return "the register is out of range";
	}
	return "unknown";
}
