/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The table of generated appliances, after typical European ones; nothing of a measured home. */
#include "load_kinds.h"

#include <string.h>

#include "load.h"

/* Hours of the day:  0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 */

static const struct load_sessions kettle = {
	.start_permille = {0,	0,   0,	  0,   5,   60,	 400, 450, 250, 150, 120, 100,
			   150, 120, 120, 250, 200, 120, 150, 200, 150, 120, 50,  10},
	.weekend_permille = 1100,
	.day_permille = 1000,
	.cold_permille = 15,
	.recovery_s = 3600,
	.phases = {{2000, 110, 240, 8, 20}},
	.phase_count = 1,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions coffee_maker = {
	.start_permille = {0,  0,  0,  0,   5,	 50, 450, 500, 300, 150, 80, 50,
			   80, 90, 80, 250, 150, 60, 20,  10,  5,   0,	 0,  0},
	.weekend_permille = 1000,
	.day_permille = 970,
	.recovery_s = 3 * 3600,
	.phases = {{1150, 60, 100, 10, 20}, {850, 200, 420, 10, 20}, {65, 300, 1500, 60, 30}},
	.phase_count = 3,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions toaster = {
	.start_permille = {0,  0,  0,  0,  0,  30, 250, 350, 250, 100, 30, 20,
			   30, 20, 10, 10, 10, 20, 60,	50,  20,  5,   0,  0},
	.weekend_permille = 1200,
	.day_permille = 900,
	.recovery_s = 1800,
	.phases = {{850, 90, 180, 8, 20}},
	.phase_count = 1,
	.repeat_min = 1,
	.repeat_max = 2,
};

static const struct load_sessions oven = {
	.start_permille = {0,  0,  0,  0,  0,  0,   0,	 10,  20, 20, 60, 120,
			   80, 20, 20, 40, 80, 200, 250, 100, 20, 0,  0,  0},
	.weekend_permille = 1300,
	.day_permille = 600,
	.cold_permille = 5,
	.recovery_s = 6 * 3600,
	.phases = {{2400, 420, 720, 6, 30}, {2400, 30, 60, 6, 0}, {40, 50, 110, 20, 0}},
	.phase_count = 3,
	.repeat_from = 1,
	.repeat_min = 12,
	.repeat_max = 24,
};

static const struct load_sessions dishwasher = {
	.start_permille = {0,  0,  0,  0,  0,  0,  5,  20,  60,	 60,  40, 30,
			   30, 90, 90, 40, 20, 20, 60, 250, 300, 180, 20, 0},
	.weekend_permille = 1100,
	.day_permille = 750,
	.recovery_s = 18 * 3600,
	.phases = {{60, 420, 540, 120, 20},
		   {2050, 720, 1020, 8, 20},
		   {70, 1500, 2100, 150, 20},
		   {2050, 540, 780, 8, 20},
		   {60, 600, 900, 100, 20},
		   {15, 1200, 1800, 50, 30}},
	.phase_count = 6,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions washing_machine = {
	.start_permille = {0,  0,  0,  0,  0,  0,   20,	 100, 200, 200, 150, 100,
			   80, 80, 80, 80, 80, 120, 150, 120, 20,  0,	0,   0},
	.weekend_permille = 1500,
	.day_permille = 550,
	.rests_next_day = true,
	.recovery_s = 8 * 3600,
	.phases = {{90, 240, 300, 200, 20},
		   {2050, 720, 1140, 10, 20},
		   {160, 1500, 2400, 450, 15},
		   {90, 600, 900, 500, 15},
		   {420, 360, 540, 250, 15}},
	.phase_count = 5,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions laundry_dryer = {
	.start_permille = {0,  0,  0,	0,   0,	  0,   0,   0,	 20, 100, 150, 150,
			   80, 80, 100, 100, 100, 120, 150, 200, 80, 0,	  0,   0},
	.weekend_permille = 1400,
	.day_permille = 400,
	.rests_next_day = true,
	.cold_permille = 20,
	.recovery_s = 8 * 3600,
	.phases = {{2400, 1500, 2100, 12, 20}, {2400, 200, 320, 12, 20}, {230, 80, 160, 60, 20}},
	.phase_count = 3,
	.repeat_from = 1,
	.repeat_min = 4,
	.repeat_max = 7,
};

static const struct load_sessions television = {
	.start_permille = {0,  0,  0,  0,  0,  0,  40,	60,  20,  20,  20, 20,
			   60, 40, 30, 30, 60, 80, 250, 450, 500, 200, 60, 20},
	.weekend_permille = 1200,
	.day_permille = 940,
	.cold_permille = 8,
	.recovery_s = 3600,
	.phases = {{115, 3600, 12600, 160, 20}},
	.phase_count = 1,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions desktop_pc = {
	.start_permille = {0,	0,  0,	0,  0,	 0,   10,  60,	200, 200, 100, 60,
			   100, 80, 80, 80, 150, 200, 250, 300, 200, 80,  20,  5},
	.weekend_permille = 1100,
	.day_permille = 850,
	.recovery_s = 2 * 3600,
	.phases = {{115, 2400, 12000, 280, 15}},
	.phase_count = 1,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions laptop = {
	.start_permille = {0,	0,   0,	 0,  0,	  0,   40,  100, 250, 200, 100, 80,
			   120, 120, 80, 80, 120, 150, 200, 300, 300, 120, 30,	5},
	.weekend_permille = 900,
	.day_permille = 900,
	.recovery_s = 2 * 3600,
	.phases = {{52, 1800, 5400, 250, 20}, {24, 1800, 7200, 350, 20}},
	.phase_count = 2,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_sessions lamp = {
	.start_permille = {0, 0, 0, 0, 0,   60,	 500, 400, 200, 50,  20,  0,
			   0, 0, 0, 0, 300, 500, 700, 800, 800, 500, 150, 20},
	.weekend_permille = 1000,
	.day_permille = 980,
	.needs_dark = true,
	.recovery_s = 900,
	.phases = {{60, 3600, 14400, 0, 0}},
	.phase_count = 1,
	.repeat_min = 1,
	.repeat_max = 1,
};

static const struct load_cycles refrigerator = {
	.power_w = 82,
	.cycle_s = 2900,
	.inrush_w = 640,
	.inrush_s = 2,
	.duty_permille = 360,
	.duty_per_degree = 11,
	.neutral_mdeg = 12000,
	.duty_min_permille = 240,
	.duty_max_permille = 700,
};

static const struct load_cycles freezer = {
	.power_w = 96,
	.cycle_s = 4100,
	.inrush_w = 780,
	.inrush_s = 2,
	.duty_permille = 420,
	.duty_per_degree = 9,
	.neutral_mdeg = 12000,
	.duty_min_permille = 300,
	.duty_max_permille = 750,
};

/* Heats the house below its limit of 15 degrees; above it only the tank, the least duty. */
static const struct load_cycles heat_pump = {
	.power_w = 1250,
	.cycle_s = 2330, /* Divides no day: it must not be off at each 20:00. */
	.inrush_w = 1900,
	.inrush_s = 3,
	.duty_permille = 60,
	.duty_per_degree = -42,
	.neutral_mdeg = 15000,
	.duty_min_permille = 60,
	.duty_max_permille = 950,
};

static const struct load_base router = {
	.power_w = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 9, 9},
	.waver_permille = 60,
	.piece_s = 60,
};

static const struct load_base rest_of_home = {
	.power_w = {105, 90,  85,  82,	82,  90,  130, 160, 150, 130, 120, 125,
		    140, 130, 120, 120, 130, 180, 250, 290, 300, 280, 210, 150},
	.waver_permille = 120,
	.piece_s = 30,
};

static const struct load_kind kinds[] = {
	{.name = "base", .base = &rest_of_home},
	{.name = "coffee-maker", .standby_mw = 300, .sessions = &coffee_maker},
	{.name = "desktop-pc", .standby_mw = 2000, .sessions = &desktop_pc},
	{.name = "dishwasher", .standby_mw = 500, .sessions = &dishwasher},
	{.name = "freezer", .cycles = &freezer},
	{.name = "heat-pump", .standby_mw = 12000, .cycles = &heat_pump},
	{.name = "kettle", .sessions = &kettle},
	{.name = "lamp", .sessions = &lamp},
	{.name = "laptop", .standby_mw = 400, .sessions = &laptop},
	{.name = "laundry-dryer", .standby_mw = 600, .sessions = &laundry_dryer},
	{.name = "oven", .standby_mw = 1500, .sessions = &oven},
	{.name = "refrigerator", .standby_mw = 900, .cycles = &refrigerator},
	{.name = "router", .base = &router},
	{.name = "television", .standby_mw = 400, .sessions = &television},
	{.name = "toaster", .sessions = &toaster},
	{.name = "washing-machine", .standby_mw = 500, .sessions = &washing_machine},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

const struct load_kind *load_kind_find(const char *name)
{
	for (size_t index = 0; index < KIND_COUNT; index++)
		if (strcmp(kinds[index].name, name) == 0)
			return &kinds[index];
	return NULL;
}

const char *const *load_kinds(void)
{
	static const char *const names[KIND_COUNT + 1] = {
		"base",	   "coffee-maker",  "desktop-pc", "dishwasher",
		"freezer", "heat-pump",	    "kettle",	  "lamp",
		"laptop",  "laundry-dryer", "oven",	  "refrigerator",
		"router",  "television",    "toaster",	  "washing-machine",
	};

	return names;
}
