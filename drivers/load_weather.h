/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The weather of generated loads and the noise that all their chances come from: pure functions of
 * their arguments in integers, so that every machine and every restart finds the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** A number that looks random, of a seed, what it is for, and which one (splitmix64's finish). */
uint64_t load_noise(uint64_t seed, uint64_t purpose, int64_t index);

/** Evenly spread in low..high, both included; low <= high. */
int64_t load_noise_between(uint64_t seed, uint64_t purpose, int64_t index, int64_t low,
			   int64_t high);

/**
 * Outside temperature in thousandths of a degree Celsius, @time_s in seconds since 1970: a year of
 * central Europe by months, a day that is warmest at 15:00, and warm and cold days. The whole
 * neighbourhood lives under one sky, so no home's seed enters.
 */
int32_t load_weather_temperature(int64_t time_s);

/** True where lamps are lit: before sunrise and after sunset of the season. */
bool load_weather_is_dark(int64_t time_s);
