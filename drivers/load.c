/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reading time to a place in a profile, and energy in exact parts; parses and plans nothing. */
#include "load.h"

#include <assert.h>

#include "base/checked.h"
#include "load_private.h"

#define HOUR_S	      INT64_C(3600)
#define MW_US_PER_MWH (HOUR_S * LOAD_SECOND_US)

/** Which repetition of the recording (which day of a generator) a time is in, and where in it. */
struct place {
	int64_t period;
	uint32_t second;
	int64_t rest_us;
};

static int64_t floor_divide(int64_t value, int64_t divisor, int64_t *ret_rest)
{
	int64_t quotient = value / divisor;
	int64_t rest = value % divisor;

	if (rest < 0) {
		rest += divisor;
		quotient--;
	}
	*ret_rest = rest;
	return quotient;
}

static struct place find_place(const struct load *load, int64_t time_us)
{
	struct place place;
	int64_t offset_us;

	place.period = floor_divide(time_us - load->start_us, load->length_us, &offset_us);
	place.second = (uint32_t)floor_divide(offset_us, LOAD_SECOND_US, &place.rest_us);
	return place;
}

static uint32_t power_at(struct load *load, const struct place *place)
{
	if (load->generator)
		load_generator_plan(load->generator, place->period, &load->profile);
	return load_profile_power(&load->profile, place->second);
}

/** Adds parts of either sign. */
static void add_parts(struct energy *energy, int64_t mwh, int64_t mw_us)
{
	int64_t carry =
		floor_divide(energy->rest_mw_us + mw_us, MW_US_PER_MWH, &energy->rest_mw_us);
	int r = checked_add(energy->mwh, mwh + carry, &energy->mwh);

	/* A megawatt over all of int64_t time stays below int64_t milliwatt-hours. */
	assert(r == 0);
}

/** Adds @count times @mw_s milliwatt-seconds; @count may be negative. */
static void add_sums(struct energy *energy, int64_t mw_s, int64_t count)
{
	add_parts(energy, mw_s / HOUR_S * count, mw_s % HOUR_S * LOAD_SECOND_US * count);
}

/** Adds (@sign 1) or takes away (-1) what was consumed from the start of its period to a place. */
static void add_until(struct load *load, const struct place *place, int sign, struct energy *energy)
{
	int64_t power = power_at(load, place);

	if (power == LOAD_PROFILE_GAP)
		power = 0;
	add_sums(energy, load_profile_sum(&load->profile, place->second), sign);
	add_parts(energy, 0, sign * power * place->rest_us);
}

void load_add_energy(struct load *load, int64_t from_us, int64_t to_us, struct energy *energy)
{
	struct place from = find_place(load, from_us);
	struct place to = find_place(load, to_us);

	assert(from_us <= to_us);
	add_until(load, &from, -1, energy);
	if (load->generator)
		for (int64_t day = from.period; day < to.period; day++)
			add_sums(energy,
				 load_generator_day_sum(load->generator, day, &load->profile), 1);
	else
		add_sums(energy, load->profile.total_mw_s, to.period - from.period);
	add_until(load, &to, 1, energy);
}

int64_t load_power_mw(struct load *load, int64_t time_us)
{
	struct place place = find_place(load, time_us);
	uint32_t power = power_at(load, &place);

	return power == LOAD_PROFILE_GAP ? 0 : power;
}

bool load_is_observed(struct load *load, int64_t time_us)
{
	struct place place = find_place(load, time_us);

	return power_at(load, &place) != LOAD_PROFILE_GAP;
}

unsigned int load_refused_lines(const struct load *load)
{
	return load->refused_lines;
}

void load_recording(const struct load *load, int64_t *ret_start_us, int64_t *ret_length_us)
{
	*ret_start_us = load->start_us;
	*ret_length_us = load->generator ? 0 : load->length_us;
}

void load_free(struct load *load)
{
	if (!load)
		return;
	load_profile_finish(&load->profile);
	load_generator_free(load->generator);
	free(load);
}
