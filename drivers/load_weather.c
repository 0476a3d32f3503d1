/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Noise, temperature and daylight in integer arithmetic; a model of weather, not a forecast. */
#include "load_weather.h"

#include "load_private.h"

enum {
	MONTHS = 12,
	SUNSET_WINTER_S = 16 * 3600 + 1200,
	SUNSET_SUMMER_S = 21 * 3600,
	SUNRISE_WINTER_S = 8 * 3600 + 1200,
	SUNRISE_SUMMER_S = 4 * 3600 + 1200,
	COLDEST_S = 5 * 3600,
	WARMEST_S = 15 * 3600,
	DAY_SWING = 3500,	      /* Thousandths of a degree up and down within a day. */
	DAY_DEVIATION = 5000,	      /* Of a warm or cold day from its season. */
	SOLSTICE_S = 10 * LOAD_DAY_S, /* From 22 December to the turn of the year. */
};

#define YEAR_S	 INT64_C(31556952) /* Mean Gregorian year. */
#define SKY_SEED UINT64_C(0x5ea50f51a11f0ca1)

enum purpose { PURPOSE_DAY };

uint64_t load_noise(uint64_t seed, uint64_t purpose, int64_t index)
{
	uint64_t value = seed + purpose * UINT64_C(0xd1342543de82ef95) +
			 (uint64_t)index * UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

int64_t load_noise_between(uint64_t seed, uint64_t purpose, int64_t index, int64_t low,
			   int64_t high)
{
	uint64_t range = (uint64_t)(high - low) + 1;

	return low + (int64_t)(load_noise(seed, purpose, index) % range);
}

static int64_t floor_rest(int64_t value, int64_t divisor)
{
	int64_t rest = value % divisor;

	return rest < 0 ? rest + divisor : rest;
}

/** On the line from @from (at 0) to @to (at @length). */
static int64_t between(int64_t from, int64_t to, int64_t position, int64_t length)
{
	return from + (to - from) * position / length;
}

/** Mean of the season: the months' means stand at their middles. */
static int64_t season_temperature(int64_t time_s)
{
	static const int16_t means[MONTHS] = {1000,  1800,  5500,  9700,  14200, 17300,
					      19200, 18900, 14800, 10200, 5500,	 2200};
	int64_t month_s = YEAR_S / MONTHS;
	int64_t position = floor_rest(time_s - month_s / 2, YEAR_S);
	int64_t month = position / month_s % MONTHS;

	return between(means[month], means[(month + 1) % MONTHS], position % month_s, month_s);
}

static int64_t day_swing(int64_t second)
{
	int64_t rise_s = WARMEST_S - COLDEST_S;
	int64_t since_coldest = floor_rest(second - COLDEST_S, LOAD_DAY_S);

	if (since_coldest <= rise_s)
		return between(-DAY_SWING, DAY_SWING, since_coldest, rise_s);
	return between(DAY_SWING, -DAY_SWING, since_coldest - rise_s, LOAD_DAY_S - rise_s);
}

static int64_t deviation(int64_t day)
{
	return load_noise_between(SKY_SEED, PURPOSE_DAY, day, -DAY_DEVIATION, DAY_DEVIATION);
}

int32_t load_weather_temperature(int64_t time_s)
{
	int64_t second = floor_rest(time_s, LOAD_DAY_S);
	int64_t day = (time_s - second) / LOAD_DAY_S;

	return (int32_t)(season_temperature(time_s) + day_swing(second) +
			 between(deviation(day), deviation(day + 1), second, LOAD_DAY_S));
}

bool load_weather_is_dark(int64_t time_s)
{
	int64_t second = floor_rest(time_s, LOAD_DAY_S);
	int64_t since_solstice = floor_rest(time_s + SOLSTICE_S, YEAR_S);
	int64_t half = YEAR_S / 2;
	int64_t from_winter = since_solstice < half ? since_solstice : YEAR_S - since_solstice;

	return second < between(SUNRISE_WINTER_S, SUNRISE_SUMMER_S, from_winter, half) ||
	       second >= between(SUNSET_WINTER_S, SUNSET_SUMMER_S, from_winter, half);
}
