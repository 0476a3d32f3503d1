/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Lets the n-th malloc, calloc or realloc of the linked static libraries fail (linker --wrap). The
 * count lives in a pipe on a descriptor of its own, so that there is no variable to share.
 *
 *	for (unsigned int n = 1;; n++) {
 *		allocation_fail_at(n);
 *		r = operation();
 *		if (!allocation_has_failed())
 *			break;          - fewer than n allocations: r is 0
 *		assert_int_equal(r, -ENOMEM);
 *	}
 */
#pragma once

#include <stdbool.h>

/** From 1. */
void allocation_fail_at(unsigned int n);

/** True if that allocation was reached; none fails any more. */
bool allocation_has_failed(void);
