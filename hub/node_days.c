/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Days of registers, and the pulse count, over a restart. */
#include "node_parts.h"

#include <errno.h>

enum { SAVE_PERIOD_US = 10 * 1000 * 1000 };

/** The name under which a source's midnight is kept. */
static const char *source_name(const struct node *node, unsigned int source)
{
	return node_member_name(node,
				source == LIVE_MAIN ? node->settings.own : node->member_of[source]);
}

static bool is_source(const struct node *node, unsigned int source)
{
	return source < node->live.device_count || source == LIVE_MAIN;
}

void node_days_load(struct node *node)
{
	const char *directory = node->settings.config->state;
	struct text_error error;
	int r = register_file_load(directory, &node->saved, &error);

	if (r < 0 && r != -ENOENT)
		log_warning("The registers kept in '%s' cannot be read: %s; today begins anew.",
			    directory, r == -EBADMSG ? error.message : strerror(-r));
	for (unsigned int source = 0; source < LIVE_SOURCES; source++) {
		for (size_t index = 0; index < node->saved.day_count; index++) {
			const struct saved_day *day = &node->saved.days[index];

			if (is_source(node, source) &&
			    strcmp(day->name, source_name(node, source)) == 0)
				live_resume_day(&node->live, source, node->saved.day_start_us,
						day->midnight_mwh);
		}
	}
}

/** A load's register at midnight is known, however late it is asked for. */
static void own_day_begin(struct node *node)
{
	int64_t midnight_mwh;

	if (node->meter && node->settings.config->meter != CONFIG_METER_GPIO &&
	    meter_register_at(node->meter, node->live.day.start_us, false, &midnight_mwh) == 0)
		live_resume_day(&node->live, LIVE_MAIN, node->live.day.start_us, midnight_mwh);
}

void node_days_begin(struct node *node)
{
	struct clock_day day = clock_local_day(clock_reading_us(node->settings.clock));

	live_begin_day(&node->live, &day);
	own_day_begin(node);
}

void node_days_watch(struct node *node)
{
	int64_t now_us = clock_reading_us(node->settings.clock);

	if (now_us < node->live.day.start_us || now_us >= node->live.day.end_us)
		node_days_begin(node);
	node_days_save(node, false);
}

static void days_collect(const struct node *node, struct saved_registers *saved)
{
	*saved = (struct saved_registers){
		.pulses = node->meter ? meter_pulses(node->meter) : node->saved.pulses,
		.day_start_us = node->live.day.start_us,
	};
	for (unsigned int source = 0; source < LIVE_SOURCES; source++) {
		const struct energy_register *energy = &node->live.sources[source].energy;
		struct saved_day *day = &saved->days[saved->day_count];

		if (!is_source(node, source) || energy->day_start_us != saved->day_start_us)
			continue;
		memcpy(day->name, source_name(node, source), sizeof(day->name));
		day->midnight_mwh = energy->day_mwh;
		saved->day_count++;
	}
}

void node_days_save(struct node *node, bool has_pulses)
{
	struct saved_registers saved;
	int64_t now_us = clock_monotonic_us();
	bool is_due = has_pulses && node->settings.config->meter == CONFIG_METER_GPIO;
	uint64_t suppressed;
	int r;

	if (!is_due && now_us - node->saved_us < SAVE_PERIOD_US)
		return;
	days_collect(node, &saved);
	node->saved_us = now_us;
	if (saved.pulses == node->saved.pulses && saved.day_start_us == node->saved.day_start_us &&
	    saved.day_count == node->saved.day_count &&
	    memcmp(saved.days, node->saved.days, saved.day_count * sizeof(saved.days[0])) == 0)
		return;
	r = register_file_save(node->settings.config->state, &saved);
	if (r == 0)
		node->saved = saved;
	else if (log_limit_pass(&node->save_limit, now_us, 6 * NODE_LOG_PERIOD_US, &suppressed))
		log_error("The registers cannot be kept in '%s': %s; they are counted on.",
			  node->settings.config->state, strerror(-r));
}
