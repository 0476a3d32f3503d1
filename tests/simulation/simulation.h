/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Inside of a simulation: simulator.c moves it, checkers.c looks after every effect. */
#pragma once

#include "simulator.h"

enum happening_kind {
	HAPPENING_MESSAGE,
	HAPPENING_TICK,
	HAPPENING_START,
	HAPPENING_HEAL,
};

struct happening {
	int64_t time_us;
	uint64_t order;
	enum happening_kind kind;
	unsigned int member;
	unsigned int sender;
	uint8_t *data;
	size_t size;
};

/** What one node's key signed in one slot, over all its lives. */
struct signed_slot {
	bool is_stored; /**< Its record was put before. */
	bool has_notar;
	bool has_skip;
	bool has_final;
	struct hash notar;
	struct hash final;
};

struct node_run {
	struct fixture_records records;
	struct ledger *ledger; /**< NULL: it does not run. */
	bool is_dying;
	bool crash_soon;
	bool is_away;		   /**< A crash is for good, until it is started by hand. */
	int64_t tick_us;	   /**< A TICK is on its way for this time; 0: none. */
	int64_t import_mwh;	   /**< Register of the newest submission. */
	uint64_t height;	   /**< Of the newest final block it stored. */
	uint64_t durable_sequence; /**< Newest own transaction that was stored. */
	struct signed_slot *slots;
	size_t slot_count;
};

struct simulation {
	struct simulation_settings settings;
	struct fixture fixture;
	struct node_run nodes[SIMULATION_MEMBERS_MAX];
	uint64_t random;
	int64_t now_us;
	uint64_t side;
	bool is_faulty;
	bool expects_rejections;
	enum verdict_reason rejection;
	struct happening *queue;
	size_t queue_count;
	size_t queue_capacity;
	uint64_t order;
	/* The one chain that all finalised blocks must lie on. */
	struct hash *chain;
	size_t chain_count;
	struct simulation_counts counts;
	char violation[SIMULATION_TEXT_MAX];
};

/** Looks at one effect of a step that was carried out so far. */
void check_effect(struct simulation *simulation, unsigned int member,
		  const struct ledger_effect *effect);
/** Everything settled, every stored ledger verifies, energy is where it was measured. */
void check_end(struct simulation *simulation);
/** Gives a node its records back; what it knew to be final must still be. */
void simulation_restore(struct simulation *simulation, unsigned int member);
