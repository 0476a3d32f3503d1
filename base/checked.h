/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Arithmetic on int64_t that refuses to overflow instead of wrapping. */
#pragma once

#include <errno.h>
#include <stdint.h>

#include "cleanup.h"

/** Sum of two registers, powers or times. Errors: -ERANGE, *ret_sum untouched. */
_must_check_ static inline int checked_add(int64_t a, int64_t b, int64_t *ret_sum)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return -ERANGE;
	*ret_sum = sum;
	return 0;
}

/** a - b. Errors: -ERANGE, *ret_difference untouched. */
_must_check_ static inline int checked_subtract(int64_t a, int64_t b, int64_t *ret_difference)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return -ERANGE;
	*ret_difference = difference;
	return 0;
}

/** a * b. Errors: -ERANGE, *ret_product untouched. */
_must_check_ static inline int checked_multiply(int64_t a, int64_t b, int64_t *ret_product)
{
	int64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return -ERANGE;
	*ret_product = product;
	return 0;
}
