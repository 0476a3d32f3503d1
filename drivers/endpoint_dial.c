/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Back-off, signs of life and loss of one pair's session. */
#include "endpoint_dial.h"

/** splitmix64: jitter only, nothing secret. */
static uint64_t next_random(struct endpoint_dial *dial)
{
	uint64_t mixed = dial->random += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return mixed ^ mixed >> 31;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/** The next attempt, three quarters to five quarters of the back-off from now. */
static void schedule_retry(struct endpoint_dial *dial, uint64_t now_us)
{
	uint64_t jitter_us = next_random(dial) % (dial->backoff_us / 2 + 1);

	dial->retry_us = now_us + dial->backoff_us * 3 / 4 + jitter_us;
	dial->backoff_us = smaller(dial->backoff_us * 2, ENDPOINT_BACKOFF_MAX_US);
}

void endpoint_dial_init(struct endpoint_dial *dial, uint64_t seed)
{
	*dial = (struct endpoint_dial){
		.random = seed,
		.backoff_us = ENDPOINT_BACKOFF_MIN_US,
		.attempt_max_us = ENDPOINT_ATTEMPT_MAX_US,
	};
}

void endpoint_dial_want(struct endpoint_dial *dial, uint64_t now_us)
{
	dial->is_wanted = true;
	dial->is_trying = false;
	dial->backoff_us = ENDPOINT_BACKOFF_MIN_US;
	dial->retry_us = now_us;
}

void endpoint_dial_unwant(struct endpoint_dial *dial)
{
	dial->is_wanted = false;
	dial->is_trying = false;
}

void endpoint_dial_failed(struct endpoint_dial *dial, uint64_t now_us)
{
	if (!dial->is_trying)
		return;
	dial->is_trying = false;
	schedule_retry(dial, now_us);
}

void endpoint_dial_up(struct endpoint_dial *dial, uint64_t now_us)
{
	dial->is_up = true;
	dial->is_trying = false;
	dial->up_us = now_us;
	endpoint_dial_heard(dial, now_us);
}

void endpoint_dial_down(struct endpoint_dial *dial, uint64_t now_us)
{
	if (!dial->is_up)
		return;
	dial->is_up = false;
	dial->is_suspect = false;
	dial->probes = 0;
	if (now_us - dial->up_us >= ENDPOINT_STEADY_US)
		dial->backoff_us = ENDPOINT_BACKOFF_MIN_US;
	if (!dial->is_trying)
		schedule_retry(dial, now_us);
}

void endpoint_dial_heard(struct endpoint_dial *dial, uint64_t now_us)
{
	if (dial->probes > 0 && now_us > dial->asked_us)
		dial->answer_us += (now_us - dial->asked_us) / 4 - dial->answer_us / 4;
	dial->heard_us = now_us;
	dial->probes = 0;
	dial->is_suspect = false;
}

void endpoint_dial_suspect(struct endpoint_dial *dial)
{
	if (dial->is_up)
		dial->is_suspect = true;
}

/** How long after the last sign of life a dialler begins another handshake. */
static uint64_t suspect_after_us(const struct endpoint_dial *dial)
{
	uint64_t wait_us = (uint64_t)ENDPOINT_PROBES_MAX * ENDPOINT_PROBE_GAP_US;

	if (wait_us < 3 * dial->answer_us)
		wait_us = 3 * dial->answer_us;
	return ENDPOINT_PROBE_AFTER_US + smaller(wait_us, ENDPOINT_LOST_US / 2);
}

static unsigned int start_if_due(struct endpoint_dial *dial, uint64_t now_us, uint64_t *wake_us)
{
	if (dial->is_trying)
		return 0;
	if (now_us < dial->retry_us) {
		*wake_us = smaller(*wake_us, dial->retry_us);
		return 0;
	}
	dial->is_trying = true;
	dial->attempt_us = now_us;
	*wake_us = smaller(*wake_us, now_us + dial->attempt_max_us);
	return ENDPOINT_DIAL_START;
}

static unsigned int step_up(struct endpoint_dial *dial, uint64_t now_us, uint64_t *wake_us)
{
	uint64_t silence_us = now_us > dial->heard_us ? now_us - dial->heard_us : 0;
	uint64_t suspect_us = suspect_after_us(dial);
	unsigned int actions = 0;

	*wake_us = smaller(*wake_us, dial->heard_us + ENDPOINT_LOST_US);
	if (!dial->is_wanted)
		return 0;
	if (silence_us < ENDPOINT_PROBE_AFTER_US) {
		*wake_us = smaller(*wake_us, dial->heard_us + ENDPOINT_PROBE_AFTER_US);
	} else if (dial->probes == 0 || now_us - dial->probe_us >= ENDPOINT_PROBE_GAP_US) {
		actions |= ENDPOINT_DIAL_PROBE;
		if (dial->probes++ == 0)
			dial->asked_us = now_us;
		dial->probe_us = now_us;
		*wake_us = smaller(*wake_us, now_us + ENDPOINT_PROBE_GAP_US);
	} else {
		*wake_us = smaller(*wake_us, dial->probe_us + ENDPOINT_PROBE_GAP_US);
	}
	if (dial->is_suspect || silence_us >= suspect_us)
		actions |= start_if_due(dial, now_us, wake_us);
	return actions;
}

unsigned int endpoint_dial_step(struct endpoint_dial *dial, uint64_t now_us, uint64_t *ret_wake_us)
{
	unsigned int actions = 0;
	uint64_t wake_us = UINT64_MAX;

	if (dial->is_trying && now_us - dial->attempt_us >= dial->attempt_max_us) {
		actions |= ENDPOINT_DIAL_ABANDON;
		endpoint_dial_failed(dial, now_us);
	}
	if (dial->is_trying)
		wake_us = dial->attempt_us + dial->attempt_max_us;
	if (dial->is_up && now_us >= dial->heard_us + ENDPOINT_LOST_US) {
		actions |= ENDPOINT_DIAL_LOST;
		endpoint_dial_down(dial, now_us);
	}
	if (dial->is_up)
		actions |= step_up(dial, now_us, &wake_us);
	else if (dial->is_wanted)
		actions |= start_if_due(dial, now_us, &wake_us);
	*ret_wake_us = wake_us;
	return actions;
}
