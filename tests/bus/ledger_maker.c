/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Keeps a real ledger of a home with one member, so that smi has one to read: takes DIR/contract
 * and DIR/keys, makes three readings final, says "ready", and holds the store until its input ends.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>

#include "hub/file.h"
#include "hub/runner.h"

enum {
	READINGS = 3,
	PATH_SIZE_MAX = 512,
	READING_MWH = 1500,
};

struct maker {
	sd_event *loop;
	struct runner *runner;
	struct contract *contract;
	struct keys *keys;
	struct clock_settings clock;
	int64_t end_us; /* Of the reading that is on its way. */
	unsigned int final;
};

static int submit(struct maker *maker)
{
	const struct reading_body reading = {
		.start_us = maker->end_us - maker->contract->interval_us,
		.end_us = maker->end_us,
		.import_mwh = (int64_t)(maker->final + 1) * READING_MWH,
		.observed_us = maker->contract->interval_us,
		.quality = READING_LIVE,
	};

	return runner_submit(maker->runner, &reading);
}

static void on_send(unsigned int member, struct bytes message, void *context)
{
	(void)member, (void)message, (void)context;
}

static void on_effect(const struct ledger_effect *effect, void *context)
{
	struct maker *maker = context;

	if (effect->kind == LEDGER_EFFECT_READING && effect->reading.is_accepted)
		maker->final++;
}

static void on_turn(void *context)
{
	(void)context;
}

/** The next reading when the one before is final; not from within the runner. */
static int on_time(sd_event_source *source, uint64_t time_us, void *userdata)
{
	enum { PAUSE_US = 20 * 1000 };
	struct maker *maker = userdata;
	struct ledger_view view;
	int r;

	(void)time_us;
	ledger_view(runner_ledger(maker->runner), &view);
	if (maker->final == READINGS) {
		(void)puts("ready");
		(void)fflush(stdout);
		return 0;
	}
	if (view.own_sequence == maker->final) {
		maker->end_us += maker->contract->interval_us;
		r = submit(maker);
		if (r < 0)
			return sd_event_exit(maker->loop, -r);
	}
	r = sd_event_source_set_time_relative(source, PAUSE_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct maker *maker = userdata;

	(void)source, (void)fd, (void)events;
	return sd_event_exit(maker->loop, 0);
}

static int load(struct maker *maker, const char *directory)
{
	_cleanup_(freep) char *text = NULL;
	char path[PATH_SIZE_MAX];
	struct text_error error;
	size_t size;
	int r;

	(void)snprintf(path, sizeof(path), "%s/keys", directory);
	r = keys_load(path, &maker->keys);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/contract", directory);
	r = file_read(path, TEXT_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	return contract_parse(path, BYTES((const uint8_t *)text, size), &maker->contract, &error);
}

static int run(struct maker *maker, const char *directory)
{
	const struct runner_handlers handlers = {on_send, on_effect, on_turn, on_effect, maker};
	struct runner_settings settings = {
		.clock = &maker->clock,
		.directory = directory,
		.verifier = keys_verifier(),
	};
	int r = sd_event_new(&maker->loop);

	if (r >= 0)
		r = load(maker, directory);
	if (r < 0)
		return r;
	settings.loop = maker->loop;
	settings.contract = maker->contract;
	settings.signer = keys_signer(maker->keys);
	maker->end_us = clock_reading_us(&maker->clock);
	maker->end_us -= maker->end_us % maker->contract->interval_us +
			 READINGS * maker->contract->interval_us;
	r = runner_open(&settings, &handlers, &maker->runner);
	if (r >= 0)
		r = sd_event_add_io(maker->loop, NULL, STDIN_FILENO, EPOLLIN, on_input, maker);
	if (r >= 0)
		r = sd_event_add_time_relative(maker->loop, NULL, CLOCK_MONOTONIC, 0, 1, on_time,
					       maker);
	return r < 0 ? r : sd_event_loop(maker->loop);
}

int main(int count, char **arguments)
{
	struct maker maker = {.clock = {.speed = 1, .until_us = INT64_MAX}};
	int r = count == 2 ? run(&maker, arguments[1]) : -EINVAL;

	runner_close(maker.runner);
	contract_free(maker.contract);
	keys_free(maker.keys);
	sd_event_unref(maker.loop);
	if (r != 0)
		(void)fprintf(stderr, "ledger_maker: %s\n", strerror(r < 0 ? -r : r));
	return r != 0 ? 1 : 0;
}
