/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Simulations from one seed after another; a seed that fails is printed and replays alone. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "simulator.h"

/** What is random about a run beside its faults: sizes and strengths, from the seed too. */
static struct simulation_settings settings_of(uint64_t seed)
{
	uint64_t random = seed;
	struct simulation_settings settings = {.seed = seed};

	settings.members = 1 + (size_t)(seeded_next(&random) % 7);
	settings.keys = seeded_next(&random) % 50 == 0 ? FIXTURE_ED25519 : FIXTURE_CHEAP;
	settings.intervals = 10 + (unsigned int)(seeded_next(&random) % 20);
	settings.loss = (unsigned int)(seeded_next(&random) % 200);
	settings.duplication = (unsigned int)(seeded_next(&random) % 200);
	settings.delay_us_max = 1000 + (int64_t)(seeded_next(&random) % 300000);
	settings.crash = (unsigned int)(seeded_next(&random) % 600);
	settings.partition = (unsigned int)(seeded_next(&random) % 300);
	settings.contract_lines = "interval_s = 10\ncollect_ms = 500\n";
	return settings;
}

static void add(struct simulation_counts *sum, const struct simulation_counts *counts)
{
	sum->steps += counts->steps;
	sum->messages += counts->messages;
	sum->lost += counts->lost;
	sum->duplicated += counts->duplicated;
	sum->crashes += counts->crashes;
	sum->partitions += counts->partitions;
	sum->blocks += counts->blocks;
}

static bool run(uint64_t seed, struct simulation_counts *sum)
{
	struct simulation_settings settings = settings_of(seed);
	struct simulation *simulation = simulation_new(&settings);
	bool is_good = simulation_run(simulation);

	if (!is_good)
		printf("seed %llu failed: %s; again: swarm --first %llu --count 1\n",
		       (unsigned long long)seed, simulation_violation(simulation),
		       (unsigned long long)seed);
	add(sum, simulation_counts(simulation));
	simulation_free(simulation);
	return is_good;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"first", required_argument, NULL, 'f'},
		{"count", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct simulation_counts sum = {0};
	uint64_t first = 1;
	uint64_t count = 100;
	uint64_t failed = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'f')
			first = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			count = strtoull(optarg, NULL, 10);
		else if (option != 'j')
			return 64;
	}
	for (uint64_t seed = first; seed < first + count; seed++) {
		if (!run(seed, &sum))
			failed++;
	}
	printf("{\"seeds\": %llu, \"failed\": %llu, \"steps\": %llu, \"messages\": %llu, "
	       "\"faults\": {\"lost\": %llu, \"duplicated\": %llu, \"crash\": %llu, "
	       "\"partition\": %llu}, \"blocks_final\": %llu}\n",
	       (unsigned long long)count, (unsigned long long)failed, (unsigned long long)sum.steps,
	       (unsigned long long)sum.messages, (unsigned long long)sum.lost,
	       (unsigned long long)sum.duplicated, (unsigned long long)sum.crashes,
	       (unsigned long long)sum.partitions, (unsigned long long)sum.blocks);
	return failed > 0;
}
