/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Runs one ledger on its store: feeds events, makes what they ask for durable in one commit a loop
 * turn, and only then sends. When the disk takes nothing, the ledger rests and is made anew from
 * its records later; nothing that was not stored is ever sent.
 *
 *   receive, submit, peer, tick --> ledger_step --> PUT DELETE -> staged --.
 *                                        |          SEND READING -> queued |
 *                                        |                                 v   end of the turn
 *                                     REFUSED -> told at once         one commit
 *                                                                      |      |
 *                                              sent, told in order <-- ok   failed --> storage
 * error, retry in 2 .. 10 s
 */
#pragma once

#include <systemd/sd-event.h>

#include "clock.h"
#include "ledger/store.h"
#include "ledger/verify.h"

enum {
	RUNNER_RETRY_S = 2, /**< Doubles up to RUNNER_RETRY_S_MAX. */
	RUNNER_RETRY_S_MAX = 10,
	/** Queued messages of one turn in bytes, beyond which the commit goes before other events.
	 */
	RUNNER_QUEUE_HIGH = 1024 * 1024,
	/** Beyond which messages are dropped: the ledger repeats. */
	RUNNER_QUEUE_MAX = 4 * 1024 * 1024,
};

/** Everything here is borrowed until runner_close(). */
struct runner_settings {
	sd_event *loop;
	const struct clock_settings *clock;
	const struct contract *contract;
	unsigned int own;      /**< This node's member. */
	const char *directory; /**< The state directory. */
	struct signer signer;
	struct verifier verifier;
};

/** The owner's side; all are called from the loop, never from within another runner_ call. */
struct runner_handlers {
	/** What was to be durable first is. LEDGER_MEMBERS_MAX: to all others. */
	void (*send)(unsigned int member, struct bytes message, void *context);
	/** A LEDGER_EFFECT_READING, durable. */
	void (*on_reading)(const struct ledger_effect *effect, void *context);
	/** A turn has ended: views of the ledger or the storage error may have changed. */
	void (*on_turn)(void *context);
	/** A LEDGER_EFFECT_REFUSED; the only one that is called within runner_receive() and others.
	 */
	void (*on_refused)(const struct ledger_effect *effect, void *context);
	void *context;
};

struct runner;

/**
 * Opens the store and restores the ledger. A store that cannot be used now is no error: the runner
 * then tries again, see runner_storage_error().
 * Errors: -EBUSY (another process has it), -EUCLEAN (another chain's or another device's, or
 * damaged), -ENOMEM, -errno of the loop.
 */
_must_check_ int runner_open(const struct runner_settings *settings,
			     const struct runner_handlers *handlers, struct runner **ret_runner);
/** Commits what is gathered and closes; NULL is allowed. */
void runner_close(struct runner *runner);
DEFINE_CLEANUP(struct runner *, runner_close);

/** A message of member @sender over the session from @from. */
void runner_receive(struct runner *runner, unsigned int sender, const struct address *from,
		    struct bytes message);
/** A session with @member stands or has gone; remembered for a ledger that is made anew. */
void runner_peer(struct runner *runner, unsigned int member, bool is_up);
/** The node's own registers. -EAGAIN while nothing can be stored: offer the reading again. */
_must_check_ int runner_submit(struct runner *runner, const struct reading_body *reading);

/** The ledger for its views; NULL while nothing can be stored. Borrowed until the loop turns. */
const struct ledger *runner_ledger(const struct runner *runner);
/** False while the ledger's memory is ahead of the disk: what it then says is not to be shown. */
bool runner_is_durable(const struct runner *runner);
/** Empty, or why nothing can be stored, as the system says it. */
const char *runner_storage_error(const struct runner *runner);
/** Durable commits since the start. */
uint64_t runner_commits(const struct runner *runner);

/**
 * Begins to verify the stored ledger from its first block; one that was begun before is forgotten.
 * Errors: -EAGAIN while nothing can be stored, -ENOMEM.
 */
_must_check_ int runner_verify_begin(struct runner *runner);
/**
 * Verifies at most @blocks_max further blocks; the loop stands still as long as it takes. 1: there
 * may be more; 0: @ret_report is filled. Errors: -ECANCELED (none was begun, or the store was
 * closed since), -ENOMEM, -errno of reading. After anything but 1 the verification has ended.
 */
_must_check_ int runner_verify_step(struct runner *runner, uint64_t blocks_max,
				    struct verify_report *ret_report);
/** Forgets it, if one was begun. */
void runner_verify_end(struct runner *runner);
