/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A loop, a clock that the test sets, and a sink that keeps readings: what a driver is started on.
 */
#pragma once

#include "drivers/driver.h"

enum { BENCH_READINGS_MAX = 256 };

struct driver_bench {
	struct driver_context context;
	int64_t now_us;	 /**< What the driver's clock says. */
	int64_t step_us; /**< Added each time it is asked. */
	struct reading readings[BENCH_READINGS_MAX];
	unsigned int count;
};

/** Fills @bench, source 3; the loop is freed by driver_bench_finish(). */
void driver_bench_init(struct driver_bench *bench, int64_t now_us);
void driver_bench_finish(struct driver_bench *bench);

/** Lets the loop run until so many readings have come; fails after a second without one. */
void driver_bench_run(struct driver_bench *bench, unsigned int readings);
