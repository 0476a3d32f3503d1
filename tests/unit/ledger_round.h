/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A few ledgers that hear one another at once and in order: whole rounds for tests that need what a
 * good network says. What one member is told can be recorded, to be told to another ledger of the
 * same member. tests/simulation has the bad networks.
 */
#pragma once

#include "ledger_fixture.h"

enum { ROUND_MEMBERS_MAX = 16 };

/** One event of one member; a message is owned. */
struct round_event {
	struct ledger_event event;
	unsigned int member;
	uint8_t *data;
};

struct round_events {
	struct round_event *list;
	size_t count;
	size_t capacity;
};

struct round {
	struct fixture fixture;
	struct verifier verifier; /**< The fixture's, counted. */
	uint64_t verifications;
	unsigned int count;
	struct ledger *ledgers[ROUND_MEMBERS_MAX];
	struct fixture_records records[ROUND_MEMBERS_MAX];
	int64_t now_us;
	int64_t end_us; /**< Of the newest interval. */
	uint64_t steps;
	struct round_events queue;
	size_t delivered; /**< Of the queue. */
	bool is_recording;
	unsigned int watched;
	struct round_events recording; /**< Of the watched member. */
	/** If set: of every step of the watched member, in place of its records. */
	void (*on_effects)(void *context, const struct ledger_effects *effects);
	void *context;
};

/** Starts @count members that see one another. */
void round_init(struct round *round, size_t count, enum fixture_keys keys,
		const char *contract_lines);
void round_finish(struct round *round);

/** One interval passes: every member submits its reading. */
void round_submit(struct round *round);
/** Delivers all messages and lets time pass until every reading is final everywhere. */
void round_settle(struct round *round);

/** Carries out PUT and DELETE. */
void round_keep(struct fixture_records *records, const struct ledger_effects *effects);
/** Gives a new ledger all that was kept. Errors: as ledger_restore(). */
int round_restore(struct ledger *ledger, const struct fixture_records *records);
