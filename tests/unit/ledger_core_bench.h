/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One real ledger and the hands of all the others: says anything in their names. */
#pragma once

#include "ledger_fixture.h"

enum { CORE_KINDS = LEDGER_EFFECT_REFUSED + 1 };

struct core {
	struct fixture fixture;
	struct ledger *ledger;
	unsigned int own; /**< An appliance. */
	unsigned int hub;
	unsigned int other; /**< Another appliance. */
	struct fixture_records records;
	struct ledger_state *state; /**< The genesis, to build on. */
	int64_t now_us;
	uint64_t verifications;
	struct ledger_effects effects; /**< Of the newest event. */
	uint8_t *message;
};

/** @own leads no slot below 3. */
void core_init(struct core *core, size_t members, const char *contract_lines);
void core_finish(struct core *core);
/** Frees the ledger and makes it anew from its records. */
void core_restart(struct core *core);

void core_step(struct core *core, struct ledger_event *event);
/** Lets time pass and ticks once. */
void core_pass(struct core *core, int64_t span_us);
void core_submit(struct core *core, int64_t import_mwh);
void core_hear(struct core *core, unsigned int sender, struct bytes message);

/* Each is told by @sender, at the time that stands. */
void core_hear_transaction(struct core *core, unsigned int sender,
			   const struct transaction *transaction);
void core_hear_words(struct core *core, unsigned int sender, const struct verdict_batch *batch);
void core_hear_vote(struct core *core, unsigned int sender, const struct vote *vote);
void core_hear_certificate(struct core *core, unsigned int sender,
			   const struct certificate *certificate);
void core_hear_candidate(struct core *core, unsigned int sender, const struct block *block,
			 struct bytes justification);
void core_hear_status(struct core *core, unsigned int sender, const struct status *status);
void core_hear_block(struct core *core, unsigned int sender, const struct block *block,
		     const struct certificate *certificate);

/** Effects of this kind in the newest event. */
size_t core_count(const struct core *core, enum ledger_effect_kind kind);
/** Votes of this kind sent in the newest event. */
size_t core_votes(const struct core *core, enum vote_kind kind);
/** Index of the first record put into @table, or SIZE_MAX. */
size_t core_first_put(const struct core *core, enum ledger_table table);
struct ledger_view core_view(const struct core *core);

/** The array of no certificates. */
struct bytes core_no_justification(void);
/** A reading of member @each in @block, judged by all, proposed for @slot by its leader: good. */
void core_candidate(struct core *core, uint64_t slot, struct block *block);
/** Seals it again after a change; the proposer is slot's leader. */
void core_seal(struct core *core, struct block *block, struct bytes justification);
