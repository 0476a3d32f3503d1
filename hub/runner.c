/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Events in, one commit a turn, messages out; no rule of the protocol is in here. */
#include "runner.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "queue.h"

enum {
	RUNNER_ERROR_TEXT_MAX = 128,
	/** After everything else of a turn; before it when much is queued. */
	RUNNER_PRIORITY_LAST = SD_EVENT_PRIORITY_NORMAL + 10,
	RUNNER_PRIORITY_FIRST = SD_EVENT_PRIORITY_NORMAL - 10,
	RUNNER_STAGED_HIGH = STORE_BATCH_MAX / 8,
};

struct runner {
	struct runner_settings settings;
	struct runner_handlers handlers;
	struct store *store; /* Both or neither. */
	struct ledger *ledger;
	struct verification *verification; /* Reads the store; NULL: none was begun. */
	struct queue queue;		   /* SEND and READING effects that wait for the commit. */
	size_t staged;
	sd_event_source *turn;
	sd_event_source *tick;
	sd_event_source *retry;
	unsigned int retry_s;
	uint64_t commits; /* Of stores that were closed. */
	char storage_error[RUNNER_ERROR_TEXT_MAX];
	bool is_up[LEDGER_MEMBERS_MAX];
};

/** Nothing can be stored now: forgets what memory knew beyond the disk, and tries again later. */
static void runner_fail(struct runner *runner, int error)
{
	uint64_t commits = 0;
	uint64_t bytes;

	if (runner->store) {
		store_counters(runner->store, &commits, &bytes);
		store_discard(runner->store);
	}
	runner->commits += commits;
	queue_clear(&runner->queue);
	runner->staged = 0;
	runner_verify_end(runner);
	ledger_free(TAKE(runner->ledger));
	store_close(TAKE(runner->store));
	(void)sd_event_source_set_enabled(runner->tick, SD_EVENT_OFF);
	(void)snprintf(runner->storage_error, sizeof(runner->storage_error), "%s",
		       strerror(-error));
	log_error("Nothing can be stored in '%s': %s; live values go on, trying again in %u s.",
		  runner->settings.directory, runner->storage_error, runner->retry_s);
	(void)sd_event_source_set_time_relative(runner->retry,
						(uint64_t)runner->retry_s * CLOCK_SECOND_US);
	(void)sd_event_source_set_enabled(runner->retry, SD_EVENT_ONESHOT);
	runner->retry_s *= 2;
	if (runner->retry_s > RUNNER_RETRY_S_MAX)
		runner->retry_s = RUNNER_RETRY_S_MAX;
}

static void runner_arm_tick(struct runner *runner)
{
	int64_t next_us = runner->ledger ? ledger_next_tick_us(runner->ledger) : INT64_MAX;

	if (next_us == INT64_MAX) {
		(void)sd_event_source_set_enabled(runner->tick, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(runner->tick, next_us > 0 ? (uint64_t)next_us : 0);
	(void)sd_event_source_set_enabled(runner->tick, SD_EVENT_ONESHOT);
}

/** The turn's end is asked for; it comes before other events when much is gathered. */
static void runner_arm_turn(struct runner *runner)
{
	bool is_much =
		runner->staged >= RUNNER_STAGED_HIGH || runner->queue.size >= RUNNER_QUEUE_HIGH;

	(void)sd_event_source_set_priority(runner->turn,
					   is_much ? RUNNER_PRIORITY_FIRST : RUNNER_PRIORITY_LAST);
	(void)sd_event_source_set_enabled(runner->turn, SD_EVENT_ONESHOT);
}

/** Gathers one effect; a refusal is told at once, since nothing of it is stored. */
static int runner_take(struct runner *runner, const struct ledger_effect *effect)
{
	switch (effect->kind) {
	case LEDGER_EFFECT_PUT:
	case LEDGER_EFFECT_DELETE:
		runner->staged++;
		return store_stage(runner->store, effect);
	case LEDGER_EFFECT_SEND:
		if (runner->queue.size + effect->send.message.size > RUNNER_QUEUE_MAX)
			return 0;
		return queue_add(&runner->queue, effect);
	case LEDGER_EFFECT_READING:
		return queue_add(&runner->queue, effect);
	case LEDGER_EFFECT_REFUSED:
		runner->handlers.on_refused(effect, runner->handlers.context);
		return 0;
	}
	return 0;
}

/** One step; false if the ledger had to be given up. */
static bool runner_step(struct runner *runner, struct ledger_event *event)
{
	struct ledger_effects effects;
	int r;

	event->monotonic_us = clock_monotonic_us();
	event->time_us = clock_reading_us(runner->settings.clock);
	r = ledger_step(runner->ledger, event, &effects);
	for (size_t index = 0; r == 0 && index < effects.count; index++)
		r = runner_take(runner, &effects.list[index]);
	if (r < 0) {
		runner_fail(runner, r);
		return false;
	}
	runner_arm_tick(runner);
	runner_arm_turn(runner);
	return true;
}

/** Carries out what waited for the commit, in order. */
static void runner_send(struct runner *runner)
{
	const struct runner_handlers *handlers = &runner->handlers;

	for (const struct ledger_effect *effect = queue_first(&runner->queue); effect;
	     effect = queue_next(&runner->queue)) {
		if (effect->kind == LEDGER_EFFECT_SEND)
			handlers->send(effect->send.member, effect->send.message,
				       handlers->context);
		else
			handlers->on_reading(effect, handlers->context);
	}
	queue_clear(&runner->queue);
}

static void runner_flush(struct runner *runner)
{
	int r;

	if (!runner->ledger)
		return;
	if (runner->staged > 0) {
		r = store_commit(runner->store);
		if (r < 0) {
			runner_fail(runner, r);
			return;
		}
		runner->staged = 0;
		runner->retry_s = RUNNER_RETRY_S;
		if (runner->storage_error[0] != '\0')
			log_notice("'%s' can be written again.", runner->settings.directory);
		runner->storage_error[0] = '\0';
	}
	runner_send(runner);
}

static int on_turn(sd_event_source *source, void *userdata)
{
	struct runner *runner = userdata;

	(void)source;
	runner_flush(runner);
	runner->handlers.on_turn(runner->handlers.context);
	return 0;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct runner *runner = userdata;
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};

	(void)source;
	(void)usec;
	if (runner->ledger)
		(void)runner_step(runner, &event);
	return 0;
}

/** Opens the store and makes the ledger from its records. */
static int runner_restore(struct runner *runner)
{
	const struct runner_settings *settings = &runner->settings;
	_cleanup_(store_closep) struct store *store = NULL;
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	int r;

	r = store_open(settings->directory, settings->contract, false, &store);
	if (r < 0)
		return r;
	r = store_claim(store, &settings->contract->members[settings->own].id);
	if (r < 0)
		return r;
	r = ledger_new(settings->contract, settings->own, settings->signer, settings->verifier,
		       &ledger);
	if (r < 0)
		return r;
	r = store_load(store, ledger);
	if (r < 0)
		return r;
	ledger_set_reader(ledger, store_read, store);
	runner->store = TAKE(store);
	runner->ledger = TAKE(ledger);
	return 0;
}

/** Tells a ledger that was just made which sessions stand, and lets it begin. */
static void runner_begin(struct runner *runner)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_TICK};

	if (!runner_step(runner, &event))
		return;
	for (unsigned int member = 0; member < LEDGER_MEMBERS_MAX; member++) {
		if (!runner->is_up[member])
			continue;
		event = (struct ledger_event){
			.kind = LEDGER_EVENT_PEER,
			.peer = {.member = member, .is_up = true},
		};
		if (!runner_step(runner, &event))
			return;
	}
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct runner *runner = userdata;
	int r;

	(void)source;
	(void)usec;
	r = runner_restore(runner);
	if (r < 0)
		runner_fail(runner, r);
	else
		runner_begin(runner);
	runner->handlers.on_turn(runner->handlers.context);
	return 0;
}

static int runner_join_loop(struct runner *runner)
{
	sd_event *loop = runner->settings.loop;
	int r;

	r = sd_event_add_defer(loop, &runner->turn, on_turn, runner);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(runner->turn, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = sd_event_add_time(loop, &runner->tick, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_tick,
			      runner);
	if (r < 0)
		return r;
	return sd_event_add_time(loop, &runner->retry, CLOCK_MONOTONIC, UINT64_MAX, 0, on_retry,
				 runner);
}

int runner_open(const struct runner_settings *settings, const struct runner_handlers *handlers,
		struct runner **ret_runner)
{
	_cleanup_(runner_closep) struct runner *runner = calloc(1, sizeof(*runner));
	int r;

	if (!runner)
		return -ENOMEM;
	runner->settings = *settings;
	runner->handlers = *handlers;
	runner->retry_s = RUNNER_RETRY_S;
	r = runner_join_loop(runner);
	if (r < 0)
		return r;
	r = runner_restore(runner);
	if (r == -EBUSY || r == -EUCLEAN || r == -EBADMSG || r == -EINVAL || r == -ENOMEM)
		return r == -EBADMSG ? -EUCLEAN : r;
	if (r < 0)
		runner_fail(runner, r);
	else
		runner_begin(runner);
	*ret_runner = TAKE(runner);
	return 0;
}

void runner_close(struct runner *runner)
{
	if (!runner)
		return;
	/* Stored, not sent: the sessions may be gone, and the ledger repeats after a start. */
	if (runner->ledger && runner->staged > 0) {
		int r = store_commit(runner->store);

		if (r < 0)
			log_error("The last records could not be stored: %s.", strerror(-r));
	}
	queue_clear(&runner->queue);
	runner_verify_end(runner);
	ledger_free(runner->ledger);
	store_close(runner->store);
	sd_event_source_disable_unref(runner->turn);
	sd_event_source_disable_unref(runner->tick);
	sd_event_source_disable_unref(runner->retry);
	free(runner);
}

void runner_receive(struct runner *runner, unsigned int sender, const struct address *from,
		    struct bytes message)
{
	struct ledger_event event = {
		.kind = LEDGER_EVENT_RECEIVE,
		.receive = {.sender = sender, .from = *from, .message = message},
	};

	if (runner->ledger)
		(void)runner_step(runner, &event);
}

void runner_peer(struct runner *runner, unsigned int member, bool is_up)
{
	struct ledger_event event = {
		.kind = LEDGER_EVENT_PEER,
		.peer = {.member = member, .is_up = is_up},
	};

	assert(member < LEDGER_MEMBERS_MAX);
	runner->is_up[member] = is_up;
	if (runner->ledger)
		(void)runner_step(runner, &event);
}

int runner_submit(struct runner *runner, const struct reading_body *reading)
{
	struct ledger_event event = {.kind = LEDGER_EVENT_SUBMIT, .submit = *reading};

	if (!runner->ledger || !runner_step(runner, &event))
		return -EAGAIN;
	return 0;
}

const struct ledger *runner_ledger(const struct runner *runner)
{
	return runner->ledger;
}

bool runner_is_durable(const struct runner *runner)
{
	return runner->ledger && runner->staged == 0;
}

const char *runner_storage_error(const struct runner *runner)
{
	return runner->storage_error;
}

uint64_t runner_commits(const struct runner *runner)
{
	uint64_t commits = 0;
	uint64_t bytes;

	if (runner->store)
		store_counters(runner->store, &commits, &bytes);
	return runner->commits + commits;
}

int runner_verify_begin(struct runner *runner)
{
	const struct runner_settings *settings = &runner->settings;

	runner_verify_end(runner);
	if (!runner->store)
		return -EAGAIN;
	return verification_new(settings->contract, settings->verifier, store_read, runner->store,
				NULL, NULL, &runner->verification);
}

int runner_verify_step(struct runner *runner, uint64_t blocks_max, struct verify_report *ret_report)
{
	int r;

	if (!runner->verification)
		return -ECANCELED;
	r = store_snapshot_begin(runner->store);
	if (r == 0) {
		r = verification_step(runner->verification, blocks_max);
		store_snapshot_end(runner->store);
	}
	if (r > 0)
		return r;
	if (r == 0)
		*ret_report = *verification_report(runner->verification);
	runner_verify_end(runner);
	return r;
}

void runner_verify_end(struct runner *runner)
{
	verification_free(TAKE(runner->verification));
}
