/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What agreeing costs on this machine, one JSON line each: `ledger_bench`. All members run on one
 * core in one process, with Ed25519, so that a member's share is the time divided by the members.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/store.h"
#include "tests/unit/ledger_round.h"
#include "tests/unit/store_folder.h"

enum { INTERVALS = 40, VERIFICATIONS = 2000, STORED_INTERVALS = 20, STORED_MEMBERS = 13 };

static double now_s(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/** Bare verifications a second, of one key. */
static double verify_rate(const struct fixture *fixture)
{
	struct verifier verifier = keys_verifier();
	struct hash hash = {{1}};
	struct signature signature;
	double began_s;
	bool is_good = true;

	fixture_sign(fixture, 0, &hash, &signature);
	began_s = now_s();
	for (unsigned int i = 0; i < VERIFICATIONS; i++)
		is_good = verifier.verify(verifier.context, &fixture->members[0].key, &hash,
					  &signature) &&
			  is_good;
	assert(is_good);
	return VERIFICATIONS / (now_s() - began_s);
}

/** Readings a second that one core takes through ledger_step as one of @members. */
static void measure_readings(size_t members)
{
	struct round *round = calloc(1, sizeof(*round));
	struct ledger_view view;
	double began_s;
	double readings_rate;
	double bare_rate;
	double each;

	assert(round);
	round_init(round, members, FIXTURE_ED25519, "");
	bare_rate = verify_rate(&round->fixture);
	round->verifications = 0;
	began_s = now_s();
	for (unsigned int i = 0; i < INTERVALS; i++) {
		round_submit(round);
		round_settle(round);
	}
	ledger_view(round->ledgers[0], &view);
	assert(view.readings_final == INTERVALS * members);
	readings_rate = (double)(view.readings_final * members) / (now_s() - began_s);
	each = (double)round->verifications / (double)(view.readings_final * members);
	printf("{\"benchmark\": \"readings through ledger_step, %zu members\", \"value\": %.0f, "
	       "\"unit\": \"readings/s of one core\", \"verify_per_s\": %.0f, "
	       "\"ratio\": %.3f, "
	       "\"verifications_each\": %.2f, \"share_of_bare_verify\": %.3f, \"blocks\": %llu}\n",
	       members, readings_rate, bare_rate, readings_rate / bare_rate, each,
	       readings_rate * each / bare_rate, (unsigned long long)view.height);
	round_finish(round);
	free(round);
}

/** The watched member's store: a commit for every step that asks for something durable. */
struct stored {
	struct store *store;
	uint64_t sent;
};

static void keep(void *context, const struct ledger_effects *effects)
{
	struct stored *stored = context;
	size_t staged = 0;

	for (size_t i = 0; i < effects->count; i++) {
		const struct ledger_effect *effect = &effects->list[i];
		int r = 0;

		if (effect->kind == LEDGER_EFFECT_SEND)
			stored->sent += effect->send.message.size;
		if (effect->kind != LEDGER_EFFECT_PUT && effect->kind != LEDGER_EFFECT_DELETE)
			continue;
		r = store_stage(stored->store, effect);
		assert(r == 0);
		(void)r;
		staged++;
	}
	if (staged > 0) {
		int r = store_commit(stored->store);

		assert(r == 0);
		(void)r;
	}
}

static void measure_store(void)
{
	struct round *round = calloc(1, sizeof(*round));
	struct stored stored = {0};
	struct store_folder folder;
	uint64_t commits;
	uint64_t bytes;
	int r;

	assert(round);
	store_folder_make(&folder);
	round_init(round, STORED_MEMBERS, FIXTURE_ED25519, "");
	round->watched = round->fixture.contract->authority;
	r = store_open(folder.path, round->fixture.contract, false, &stored.store);
	assert(r == 0);
	(void)r;
	round->on_effects = keep;
	round->context = &stored;
	for (unsigned int i = 0; i < STORED_INTERVALS; i++) {
		round_submit(round);
		round_settle(round);
	}
	store_counters(stored.store, &commits, &bytes);
	printf("{\"benchmark\": \"the hub's store, %d members\", \"value\": %.1f, "
	       "\"unit\": \"commits/interval at one a step\", \"bytes_per_interval\": %.0f, "
	       "\"sent_bytes_per_interval\": %.0f}\n",
	       STORED_MEMBERS, (double)commits / STORED_INTERVALS, (double)bytes / STORED_INTERVALS,
	       (double)stored.sent / STORED_INTERVALS);
	store_close(stored.store);
	round_finish(round);
	free(round);
	store_folder_remove(&folder);
}

int main(void)
{
	measure_readings(5);
	measure_readings(13);
	measure_store();
	return 0;
}
