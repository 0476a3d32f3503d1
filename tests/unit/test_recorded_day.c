/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The recorded day of tests/traces against the energies that its maker added up. */
#include "unit.h"

#include <stdio.h>

#include "drivers/load_file.h"

enum { APPLIANCES = 8 };

DEFINE_CLEANUP(struct load *, load_free);

static void close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static void assert_energy(const char *name, int64_t expected_mwh)
{
	_cleanup_(load_freep) struct load *load = NULL;
	struct load_error error = {""};
	struct energy energy = {0};
	char path[512];
	int64_t start_us;
	int64_t length_us;

	(void)snprintf(path, sizeof(path), TRACES "/%s.csv.gz", name);
	if (load_open_trace(path, &load, &error) < 0)
		fail_msg("%s", error.message);
	load_recording(load, &start_us, &length_us);
	load_add_energy(load, start_us, start_us + length_us, &energy);
	assert_int_equal(energy.mwh, expected_mwh);
	assert_int_equal(load_refused_lines(load), 0);
}

UNIT_TEST(each_appliance_consumed_what_its_maker_says)
{
	_cleanup_(close_file) FILE *energies = fopen(TRACES "/energies.txt", "re");
	unsigned int appliances = 0;
	char name[64];
	long long mwh;

	assert_non_null(energies);
	for (; fscanf(energies, "%63[^;];%lld\n", name, &mwh) == 2; appliances++)
		assert_energy(name, mwh);
	assert_int_equal(appliances, APPLIANCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_appliance_consumed_what_its_maker_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
