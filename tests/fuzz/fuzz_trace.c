/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a recording: power and energy agree and stay within what a home can have. */
#include <assert.h>
#include <errno.h>

#include "drivers/load.h"
#include "fuzz.h"

#define SECOND_US INT64_C(1000000)

DEFINE_CLEANUP(struct load *, load_free);

/** Energy of an hour against its seconds, in which power is constant. */
static void assert_hour(struct load *load, int64_t from_us)
{
	struct energy energy = {0};
	int64_t sum_mw_s = 0;

	load_add_energy(load, from_us, from_us + 3600 * SECOND_US, &energy);
	for (int64_t second = 0; second < 3600; second++) {
		int64_t power_mw = load_power_mw(load, from_us + second * SECOND_US);

		assert(power_mw >= 0 && power_mw <= LOAD_POWER_MW_MAX);
		assert(power_mw == 0 || load_is_observed(load, from_us + second * SECOND_US));
		sum_mw_s += power_mw;
	}
	assert(energy.mwh == sum_mw_s / 3600);
	assert(energy.rest_mw_us == sum_mw_s % 3600 * SECOND_US);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(load_freep) struct load *load = NULL;
	struct load_error error = {""};
	int64_t start_us;
	int64_t length_us;
	int r = load_new_trace(BYTES(data, size), &load, &error);

	assert(r == 0 || r == -EBADMSG || r == -EFBIG || r == -ENOMEM);
	assert((r == 0) == (error.message[0] == '\0') && (r == 0) == (load != NULL));
	if (r < 0)
		return 0;
	load_recording(load, &start_us, &length_us);
	assert(start_us >= 0 && start_us % (86400 * SECOND_US) == 0);
	assert(length_us > 0 && length_us % (86400 * SECOND_US) == 0);
	assert_hour(load, start_us);
	assert_hour(load, start_us + length_us - 1800 * SECOND_US);
	return 0;
}
