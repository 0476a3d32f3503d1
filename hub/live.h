/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the home consumes now: the newest live sample of each device and of the main meter. Pure.
 * None of it ever enters a ledger.
 */
#pragma once

#include "clock.h"
#include "drivers/driver.h"
#include "register.h"
#include "view.h"

enum {
	LIVE_PERIOD_US = 1000 * 1000, /**< Of wall time, between two samples of a source. */
	LIVE_STALE_PERIODS = 3,
	LIVE_MAIN = VIEW_DEVICES_MAX, /**< The source that is the main meter, or the node itself. */
	LIVE_SOURCES = VIEW_DEVICES_MAX + 1,
};

/** Newest sample of one source. */
struct live_source {
	bool is_connected;
	bool has_sample; /**< With a power: one of energy alone keeps only the register. */
	int64_t power_mw;
	int64_t time_us;		/**< Reading time of the sample. */
	int64_t sample_monotonic_us;	/**< When it came. */
	int64_t connected_monotonic_us; /**< When the session began or ended. */
	struct energy_register energy;
};

struct live {
	struct live_source sources[LIVE_SOURCES]; /**< Devices by index, then LIVE_MAIN. */
	size_t device_count;
	int64_t speed;
	struct clock_day day;
};

/** The home as its live samples show it. */
struct live_home {
	int64_t power_mw;
	bool is_known;
	int64_t not_attributed_mw; /**< -1 while the main meter tells nothing. */
};

/** @device_count at most VIEW_DEVICES_MAX; @speed of reading time; @power_mw_max of the contract.
 */
void live_init(struct live *live, size_t device_count, int64_t speed, int64_t power_mw_max);

/** A session with device @source stands or has gone. */
void live_connect(struct live *live, unsigned int source, bool is_connected, int64_t monotonic_us);

/** Takes a sample of reading->source that came at @monotonic_us. What its register did. */
enum register_event live_sample(struct live *live, const struct reading *reading,
				int64_t monotonic_us);

/** The local day is @day from now on; the same day again does nothing. */
void live_begin_day(struct live *live, const struct clock_day *day);
/** After a restart within @day_start_us's day: where that source's register stood at its midnight.
 */
void live_resume_day(struct live *live, unsigned int source, int64_t day_start_us, int64_t day_mwh);

enum view_device_state live_state(const struct live *live, unsigned int source,
				  int64_t monotonic_us);

/**
 * The power of the home: what the main meter says, but never less than its live devices together;
 * without a main meter, the sum of the devices.
 */
struct live_home live_home(const struct live *live, int64_t monotonic_us);

/** Fills the live part of the view's devices; name, kind and final readings are others' part. */
void live_show(const struct live *live, int64_t monotonic_us, struct view *view);
