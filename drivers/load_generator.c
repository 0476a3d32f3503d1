/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Plans a day of a generated appliance from its kind, its seed and the weather. A day depends on
 * itself and the one before, never on what was asked first, so a restart finds the same register.
 */
#include <assert.h>
#include <errno.h>

#include "load_kinds.h"
#include "load_private.h"
#include "load_weather.h"

enum {
	/* Pieces of LOAD_PIECE_S_MIN all day, and as many again for what phases cut short. */
	DAY_STEPS_MAX = 2 * LOAD_DAY_S / LOAD_PIECE_S_MIN,
	DAYS_REMEMBERED = 512, /* Sums of days, so that a year is added up once. */
	SIZE_MIN_PERMILLE = 900,
	SIZE_MAX_PERMILLE = 1100, /* Two kettles of one kind differ by this. */
	MILD_MDEG = 15000,	  /* People do not use more for the cold above it. */
	CYCLE_JITTER_DIVISOR = 16,
	CYCLE_WAVER_PERMILLE = 30,
	CYCLE_PIECE_S = 30,
	CYCLE_SPREAD_PERMILLE = 120, /* One cycle's on-time from another's at the same weather. */
};

enum purpose {
	PURPOSE_SIZE,
	PURPOSE_OFFSET,
	PURPOSE_USED,
	PURPOSE_START,
	PURPOSE_SECOND,
	PURPOSE_REPEAT,
	PURPOSE_DURATION,
	PURPOSE_WAVER,
	PURPOSE_CYCLE_BEGIN,
	PURPOSE_CYCLE_LENGTH,
};

struct remembered_day {
	int64_t day;
	int64_t sum_mw_s;
	bool is_known;
};

struct load_generator {
	const struct load_kind *kind;
	uint64_t seed;
	uint32_t size_permille;
	bool has_plan;
	int64_t planned_day;
	struct remembered_day days[DAYS_REMEMBERED];
};

/** The day that is being planned; times of events are absolute, in seconds since 1970. */
struct plan {
	const struct load_generator *generator;
	struct load_profile *profile;
	int64_t start_s;
};

static int64_t between(const struct load_generator *generator, enum purpose purpose, int64_t index,
		       int64_t low, int64_t high)
{
	return load_noise_between(generator->seed, purpose, index, low, high);
}

/** Lets @power_mw hold from..to as far as that is within the day and nothing holds there yet. */
static void plan_hold(struct plan *plan, int64_t from_s, int64_t to_s, uint32_t power_mw)
{
	struct load_profile *profile = plan->profile;
	int64_t from = from_s - plan->start_s;
	int64_t to = to_s - plan->start_s;

	if (from < profile->end_s)
		from = profile->end_s;
	if (to > LOAD_DAY_S)
		to = LOAD_DAY_S;
	if (to <= from)
		return;
	load_profile_append(profile, (uint32_t)from, plan->generator->kind->standby_mw);
	load_profile_append(profile, (uint32_t)to, power_mw);
}

static uint32_t sized_mw(const struct plan *plan, int64_t power_w, int64_t waver_permille,
			 int64_t at_s)
{
	int64_t waver = between(plan->generator, PURPOSE_WAVER, at_s, 1000 - waver_permille,
				1000 + waver_permille);

	return (uint32_t)(power_w * plan->generator->size_permille * waver / 1000);
}

/** Holds a power that wavers from piece to piece. */
static void plan_pieces(struct plan *plan, int64_t from_s, int64_t to_s,
			const struct load_phase *phase)
{
	int64_t piece_s = phase->piece_s > 0 ? phase->piece_s : to_s - from_s;

	/* What lies before the day is skipped by whole pieces, so that both days see the same. */
	if (from_s < plan->start_s)
		from_s += (plan->start_s - from_s) / piece_s * piece_s;
	for (int64_t at_s = from_s; at_s < to_s && at_s < plan->start_s + LOAD_DAY_S;
	     at_s += piece_s)
		plan_hold(plan, at_s, at_s + piece_s < to_s ? at_s + piece_s : to_s,
			  sized_mw(plan, phase->power_w, phase->waver_permille, at_s));
}

/** Returns where the phase ends. */
static int64_t plan_phase(struct plan *plan, int64_t at_s, const struct load_phase *phase)
{
	int64_t end_s =
		at_s + between(plan->generator, PURPOSE_DURATION, at_s, phase->min_s, phase->max_s);

	plan_pieces(plan, at_s, end_s, phase);
	return end_s;
}

/** One use, from @at_s on; returns where it ends. */
static int64_t plan_session(struct plan *plan, int64_t at_s, const struct load_sessions *sessions)
{
	int64_t repeats = between(plan->generator, PURPOSE_REPEAT, at_s, sessions->repeat_min,
				  sessions->repeat_max);

	for (unsigned int phase = 0; phase < sessions->repeat_from; phase++)
		at_s = plan_phase(plan, at_s, &sessions->phases[phase]);
	for (int64_t repeat = 0; repeat < repeats; repeat++)
		for (unsigned int phase = sessions->repeat_from; phase < sessions->phase_count;
		     phase++)
			at_s = plan_phase(plan, at_s, &sessions->phases[phase]);
	return at_s;
}

static bool wants_use(const struct load_generator *generator, int64_t day)
{
	return between(generator, PURPOSE_USED, day, 0, 999) <
	       generator->kind->sessions->day_permille;
}

static bool is_weekend(int64_t day)
{
	int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 1 January 1970 was a Thursday; 0 is Sunday. */

	return weekday == 0 || weekday == 6;
}

/** Of 1000, that a use starts at @at_s: the hour's habit, the day, the weather and the last use. */
static int64_t start_chance(const struct load_sessions *sessions, int64_t at_s, int64_t day,
			    int64_t since_use_s)
{
	int64_t hour = (at_s - day * LOAD_DAY_S) / 3600;
	int64_t cold_mdeg = MILD_MDEG - load_weather_temperature(at_s);
	int64_t chance = sessions->start_permille[hour];

	if (sessions->needs_dark && !load_weather_is_dark(at_s))
		return 0;
	if (is_weekend(day))
		chance = chance * sessions->weekend_permille / 1000;
	if (cold_mdeg > 0)
		chance += chance * sessions->cold_permille * cold_mdeg / 1000000;
	if (since_use_s < sessions->recovery_s)
		chance = chance * since_use_s / sessions->recovery_s;
	return chance;
}

/** The uses that begin on @day, as far as they fall into the day that is planned. */
static void plan_uses(struct plan *plan, int64_t day)
{
	const struct load_generator *generator = plan->generator;
	const struct load_sessions *sessions = generator->kind->sessions;
	int64_t used_until_s = (day - 1) * LOAD_DAY_S;

	if (!wants_use(generator, day) ||
	    (sessions->rests_next_day && wants_use(generator, day - 1)))
		return;
	for (int64_t hour = day * LOAD_HOURS; hour < (day + 1) * LOAD_HOURS; hour++) {
		int64_t at_s = hour * 3600 + between(generator, PURPOSE_SECOND, hour, 0, 3599);

		if (at_s < used_until_s)
			continue;
		if (between(generator, PURPOSE_START, hour, 0, 999) <
		    start_chance(sessions, at_s, day, at_s - used_until_s))
			used_until_s = plan_session(plan, at_s, sessions);
	}
}

/** Mean on-time of a cycle that begins at @begin_s. */
static int64_t cycle_mean_s(const struct load_cycles *cycles, int64_t begin_s)
{
	int64_t above_mdeg = load_weather_temperature(begin_s) - cycles->neutral_mdeg;
	int64_t duty = cycles->duty_permille + cycles->duty_per_degree * above_mdeg / 1000;

	if (duty < cycles->duty_min_permille)
		duty = cycles->duty_min_permille;
	if (duty > cycles->duty_max_permille)
		duty = cycles->duty_max_permille;
	return cycles->cycle_s * duty / 1000;
}

/** A cycle cools more, or less, than its mean; the next makes up for a third of that. */
static int64_t cycle_surplus_s(const struct load_generator *generator, int64_t cycle,
			       int64_t mean_s)
{
	return mean_s *
	       between(generator, PURPOSE_CYCLE_LENGTH, cycle, -CYCLE_SPREAD_PERMILLE,
		       CYCLE_SPREAD_PERMILLE) /
	       1000;
}

static void plan_cycle(struct plan *plan, int64_t cycle)
{
	const struct load_generator *generator = plan->generator;
	const struct load_cycles *cycles = generator->kind->cycles;
	const struct load_phase on = {.power_w = cycles->power_w,
				      .waver_permille = CYCLE_WAVER_PERMILLE,
				      .piece_s = CYCLE_PIECE_S};
	int64_t jitter_s = cycles->cycle_s / CYCLE_JITTER_DIVISOR;
	int64_t begin_s = cycle * cycles->cycle_s +
			  between(generator, PURPOSE_OFFSET, 0, 0, cycles->cycle_s) +
			  between(generator, PURPOSE_CYCLE_BEGIN, cycle, 0, jitter_s);
	int64_t mean_s = cycle_mean_s(cycles, begin_s);
	int64_t on_s = mean_s + cycle_surplus_s(generator, cycle, mean_s) -
		       cycle_surplus_s(generator, cycle - 1, mean_s) / 3;

	/* The next begins no sooner than a cycle after this one without its jitter. */
	if (on_s > cycles->cycle_s - jitter_s)
		on_s = cycles->cycle_s - jitter_s;
	plan_hold(plan, begin_s, begin_s + cycles->inrush_s,
		  sized_mw(plan, cycles->inrush_w, CYCLE_WAVER_PERMILLE, begin_s));
	plan_pieces(plan, begin_s + cycles->inrush_s, begin_s + on_s, &on);
}

static void plan_cycles(struct plan *plan)
{
	int64_t cycle_s = plan->generator->kind->cycles->cycle_s;
	int64_t first = plan->start_s / cycle_s - 3; /* Offset, jitter and on-time are under 3. */
	int64_t end = (plan->start_s + LOAD_DAY_S) / cycle_s + 1;

	for (int64_t cycle = first; cycle < end; cycle++)
		plan_cycle(plan, cycle);
}

static void plan_base(struct plan *plan)
{
	const struct load_base *base = plan->generator->kind->base;

	for (int64_t at_s = 0; at_s < LOAD_DAY_S; at_s += base->piece_s) {
		int64_t hour = at_s / 3600;
		int64_t this_w = base->power_w[hour];
		int64_t next_w = base->power_w[(hour + 1) % LOAD_HOURS];
		/* Tenths of a watt, so that the slope between two hours is not a staircase. */
		int64_t power_dw = 10 * this_w + 10 * (next_w - this_w) * (at_s % 3600) / 3600;
		int64_t from_s = plan->start_s + at_s;

		plan_hold(plan, from_s, from_s + base->piece_s,
			  sized_mw(plan, power_dw, base->waver_permille, from_s) / 10);
	}
}

void load_generator_plan(struct load_generator *generator, int64_t day,
			 struct load_profile *profile)
{
	struct plan plan = {.generator = generator, .profile = profile};
	struct remembered_day *remembered;

	if (generator->has_plan && generator->planned_day == day)
		return;
	plan.start_s = day * LOAD_DAY_S;
	load_profile_clear(profile);
	if (generator->kind->sessions) {
		plan_uses(&plan, day - 1); /* What goes on past midnight. */
		plan_uses(&plan, day);
	} else if (generator->kind->cycles) {
		plan_cycles(&plan);
	} else {
		plan_base(&plan);
	}
	load_profile_append(profile, LOAD_DAY_S, generator->kind->standby_mw);
	generator->has_plan = true;
	generator->planned_day = day;
	remembered = &generator->days[(uint64_t)day % DAYS_REMEMBERED];
	*remembered = (struct remembered_day){
		.day = day, .sum_mw_s = profile->total_mw_s, .is_known = true};
}

int64_t load_generator_day_sum(struct load_generator *generator, int64_t day,
			       struct load_profile *profile)
{
	const struct remembered_day *remembered = &generator->days[(uint64_t)day % DAYS_REMEMBERED];

	if (!remembered->is_known || remembered->day != day)
		load_generator_plan(generator, day, profile);
	assert(remembered->is_known && remembered->day == day);
	return remembered->sum_mw_s;
}

void load_generator_free(struct load_generator *generator)
{
	free(generator);
}

/** Two kinds of one seed are two appliances. */
static uint64_t seed_of_kind(uint64_t seed, const char *kind)
{
	for (; *kind != '\0'; kind++)
		seed = load_noise(seed, (uint8_t)*kind, 0);
	return seed;
}

int load_new_generator(const char *kind, uint64_t seed, struct load **ret_load)
{
	const struct load_kind *found = load_kind_find(kind);
	_cleanup_(freep) struct load *load = NULL;
	_cleanup_(freep) struct load_generator *generator = NULL;

	if (!found)
		return -ENOENT;
	load = calloc(1, sizeof(*load));
	generator = calloc(1, sizeof(*generator));
	if (!load || !generator || load_profile_init(&load->profile, DAY_STEPS_MAX) < 0)
		return -ENOMEM;
	generator->kind = found;
	generator->seed = seed_of_kind(seed, kind);
	generator->size_permille =
		(uint32_t)between(generator, PURPOSE_SIZE, 0, SIZE_MIN_PERMILLE, SIZE_MAX_PERMILLE);
	load->generator = TAKE(generator);
	load->length_us = LOAD_DAY_US;
	*ret_load = TAKE(load);
	return 0;
}
