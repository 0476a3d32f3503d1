/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Many ledgers in one process, in virtual time, from one seed: a network that delays, loses,
 * doubles and parts, nodes that crash between any two effects, and checkers that look after every
 * step.
 */
#pragma once

#include "tests/unit/ledger_fixture.h"

enum {
	SIMULATION_MEMBERS_MAX = 32,
	SIMULATION_TEXT_MAX = 256,
};

/** What may go wrong, and how long it lasts. Probabilities in thousandths. */
struct simulation_settings {
	uint64_t seed;
	size_t members;
	enum fixture_keys keys;
	unsigned int intervals; /**< Readings that each member submits. */
	unsigned int loss;
	unsigned int duplication;
	int64_t delay_us_max;
	unsigned int crash;	/**< Of each interval, that one node crashes in it. */
	unsigned int partition; /**< Of each interval, that the network parts in it. */
	const char *contract_lines;
};

struct simulation_counts {
	uint64_t steps;
	uint64_t messages;
	uint64_t lost;
	uint64_t duplicated;
	uint64_t crashes;
	uint64_t partitions;
	uint64_t blocks;
	uint64_t readings_accepted;
	uint64_t readings_rejected;
	int64_t healed_us; /**< From the last fault to the last reading final everywhere. */
};

struct simulation;

/** Makes the members with empty records; asserts that memory suffices. */
struct simulation *simulation_new(const struct simulation_settings *settings);
void simulation_free(struct simulation *simulation);

/** Lets virtual time pass; stops at the first violation. */
void simulation_run_for(struct simulation *simulation, int64_t span_us);
/** Readings, faults and healing as the settings say, to the end; true if every check held. */
bool simulation_run(struct simulation *simulation);

/* For scenarios with a script of their own. */
void simulation_submit(struct simulation *simulation, unsigned int member, int64_t import_mwh);
void simulation_submit_all(struct simulation *simulation);
/** Members may have been told of readings that were voted down: then that is no violation. */
void simulation_expect_rejections(struct simulation *simulation);
/** Of the newest rejection anywhere; VERDICT_YES: none yet. */
enum verdict_reason simulation_rejection(const struct simulation *simulation);
/** A signed reading of @member's chain, of whatever content, to all others: for liars. */
void simulation_lie(struct simulation *simulation, unsigned int member, uint64_t sequence,
		    const struct reading_body *body, struct hash *previous);
void simulation_crash(struct simulation *simulation, unsigned int member);
void simulation_start(struct simulation *simulation, unsigned int member);
/** Members whose bit is set in @side hear only one another, the others likewise; 0 heals. */
void simulation_part(struct simulation *simulation, uint64_t side);
/** A crashed member stays away until simulation_start(). */
void simulation_keep_away(struct simulation *simulation, unsigned int member);
/** True once every submitted reading is final on every member that runs. */
bool simulation_is_settled(const struct simulation *simulation);
void simulation_view(const struct simulation *simulation, unsigned int member,
		     struct ledger_view *ret_view);
void simulation_view_member(const struct simulation *simulation, unsigned int member,
			    unsigned int of, struct ledger_member_view *ret_view);
int64_t simulation_now_us(const struct simulation *simulation);
unsigned int simulation_authority(const struct simulation *simulation);

/** Why it stopped ("member 3 voted twice in slot 17"), or NULL. */
const char *simulation_violation(const struct simulation *simulation);
const struct simulation_counts *simulation_counts(const struct simulation *simulation);
