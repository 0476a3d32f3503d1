/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Steps of power and their sums; a step is found by halving, a sum by the stored one before it. */
#include "load_profile.h"

#include <assert.h>
#include <errno.h>

static size_t sum_count(size_t steps)
{
	return steps / LOAD_PROFILE_STRIDE + 1;
}

int load_profile_init(struct load_profile *profile, size_t capacity)
{
	_cleanup_(freep) struct load_step *steps = calloc(capacity, sizeof(*steps));
	_cleanup_(freep) int64_t *sums = calloc(sum_count(capacity), sizeof(*sums));

	if (!steps || !sums)
		return -ENOMEM;
	*profile = (struct load_profile){.capacity = capacity};
	profile->steps = TAKE(steps);
	profile->sums_mw_s = TAKE(sums);
	return 0;
}

void load_profile_finish(struct load_profile *profile)
{
	free(profile->steps);
	free(profile->sums_mw_s);
	*profile = (struct load_profile){0};
}

void load_profile_clear(struct load_profile *profile)
{
	profile->count = 0;
	profile->end_s = 0;
	profile->total_mw_s = 0;
}

void load_profile_shrink(struct load_profile *profile)
{
	struct load_step *steps;
	int64_t *sums;

	if (profile->count == 0)
		return;
	steps = realloc(profile->steps, profile->count * sizeof(*steps));
	if (steps) {
		profile->steps = steps;
		profile->capacity = profile->count;
	}
	sums = realloc(profile->sums_mw_s, sum_count(profile->count) * sizeof(*sums));
	if (sums)
		profile->sums_mw_s = sums;
}

static int64_t consumption(uint32_t power_mw, uint32_t duration_s)
{
	return power_mw == LOAD_PROFILE_GAP ? 0 : (int64_t)power_mw * duration_s;
}

void load_profile_append(struct load_profile *profile, uint32_t end_s, uint32_t power_mw)
{
	bool goes_on =
		profile->count > 0 && profile->steps[profile->count - 1].power_mw == power_mw;

	assert(end_s >= profile->end_s);
	if (end_s == profile->end_s)
		return;
	if (!goes_on) {
		assert(profile->count < profile->capacity);
		if (profile->count % LOAD_PROFILE_STRIDE == 0)
			profile->sums_mw_s[profile->count / LOAD_PROFILE_STRIDE] =
				profile->total_mw_s;
		profile->steps[profile->count++] =
			(struct load_step){.start_s = profile->end_s, .power_mw = power_mw};
	}
	profile->total_mw_s += consumption(power_mw, end_s - profile->end_s);
	profile->end_s = end_s;
}

/** The step that holds at @time_s. */
static size_t find_step(const struct load_profile *profile, uint32_t time_s)
{
	size_t low = 0;
	size_t high = profile->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (profile->steps[middle].start_s <= time_s)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint32_t load_profile_power(const struct load_profile *profile, uint32_t time_s)
{
	assert(time_s < profile->end_s);
	return profile->steps[find_step(profile, time_s)].power_mw;
}

int64_t load_profile_sum(const struct load_profile *profile, uint32_t time_s)
{
	const struct load_step *steps = profile->steps;
	size_t last;
	size_t index;
	int64_t sum;

	assert(time_s <= profile->end_s);
	if (time_s == profile->end_s)
		return profile->total_mw_s;
	last = find_step(profile, time_s);
	index = last - last % LOAD_PROFILE_STRIDE;
	sum = profile->sums_mw_s[index / LOAD_PROFILE_STRIDE];
	for (; index < last; index++)
		sum += consumption(steps[index].power_mw,
				   steps[index + 1].start_s - steps[index].start_s);
	return sum + consumption(steps[last].power_mw, time_s - steps[last].start_s);
}
