/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What every unit test needs: cmocka with its prerequisites, a case's shape, seeded numbers. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** A case is a function whose name is a sentence. */
#define UNIT_TEST(sentence) static void sentence(void **unit_state __attribute__((unused)))

/** Numbers that are the same in every run (splitmix64). */
static inline uint64_t seeded_next(uint64_t *seed)
{
	uint64_t value = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/** Within low..high, both included. */
static inline int64_t seeded_between(uint64_t *seed, int64_t low, int64_t high)
{
	return low + (int64_t)(seeded_next(seed) % ((uint64_t)(high - low) + 1));
}
