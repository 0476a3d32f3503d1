/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * When to dial a peer, when to ask whether it is still there, when to give a session up: the clock
 * of one pair. Pure state machine; endpoint_session.c carries its actions out.
 *
 * UDP tells nobody that the far side has died. The side that dials asks for a sign of life after a
 * second of silence, and three unanswered questions later it dials again, beside the old session,
 * which stays until the new one stands: a false alarm costs a handshake and nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	ENDPOINT_BACKOFF_MIN_US = 100000,
	ENDPOINT_BACKOFF_MAX_US = 5000000,
	ENDPOINT_ATTEMPT_MAX_US = 8000000, /**< Room for three lost ClientHellos. */
	ENDPOINT_PROBE_AFTER_US = 1000000, /**< Of silence. */
	ENDPOINT_PROBE_GAP_US = 200000,
	ENDPOINT_PROBES_MAX = 3,      /**< Unanswered: then dial beside it. */
	ENDPOINT_LOST_US = 6000000,   /**< Of silence: the session is over. */
	ENDPOINT_STEADY_US = 2000000, /**< A session this old makes the back-off start anew. */
};

/** What is to be done now; several at once. */
enum endpoint_dial_action {
	ENDPOINT_DIAL_START = 1 << 0,	/**< Begin a handshake; report up, failed. */
	ENDPOINT_DIAL_ABANDON = 1 << 1, /**< End the handshake under way: it took too long. */
	ENDPOINT_DIAL_PROBE = 1 << 2,	/**< Send a question. */
	ENDPOINT_DIAL_LOST = 1 << 3,	/**< End the session: nobody is there. */
};

struct endpoint_dial {
	uint64_t random; /**< State of the jitter. */
	bool is_wanted;	 /**< We dial; the far side does not. */
	bool is_trying;	 /**< A handshake of ours is under way. */
	bool is_up;
	bool is_suspect;     /**< The network says that nobody is there. */
	unsigned int probes; /**< Asked since something was heard. */
	uint64_t attempt_us, attempt_max_us;
	uint64_t retry_us; /**< Not before. */
	uint64_t backoff_us;
	uint64_t up_us, heard_us;
	uint64_t asked_us, probe_us; /**< First and last of those probes. */
	uint64_t answer_us;	     /**< How long an answer takes, smoothed. */
};

void endpoint_dial_init(struct endpoint_dial *dial, uint64_t seed);
/** Dial from now on, at once (also after a change of address). */
void endpoint_dial_want(struct endpoint_dial *dial, uint64_t now_us);
void endpoint_dial_unwant(struct endpoint_dial *dial);
/** The handshake that START asked for could not be begun, or ended without a session. */
void endpoint_dial_failed(struct endpoint_dial *dial, uint64_t now_us);
/** A session stands, whoever began it. */
void endpoint_dial_up(struct endpoint_dial *dial, uint64_t now_us);
void endpoint_dial_down(struct endpoint_dial *dial, uint64_t now_us);
/** Something came from the peer over its session. */
void endpoint_dial_heard(struct endpoint_dial *dial, uint64_t now_us);
/** A hint that the peer is not there, such as an ICMP message: dial beside the session. */
void endpoint_dial_suspect(struct endpoint_dial *dial);

/** Returns the actions due at @now_us; *ret_wake_us is when to ask again (UINT64_MAX: never). */
unsigned int endpoint_dial_step(struct endpoint_dial *dial, uint64_t now_us, uint64_t *ret_wake_us);
