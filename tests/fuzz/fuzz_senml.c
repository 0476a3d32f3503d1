/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a sensor's payload: what is accepted is in range and survives our own encoding. */
#include <assert.h>

#include "drivers/senml.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading reading = {.source = 9, .time_us = 1};
	struct reading again = {.source = 9, .time_us = 1};
	uint8_t encoded[SENML_SIZE_MAX];
	size_t encoded_size;
	enum senml_error error = senml_decode(BYTES(data, size), &reading);
	int r;

	assert(reading.source == 9);
	if (error != SENML_OK) {
		assert(!reading.has_power && !reading.has_energy && reading.time_us == 1);
		return 0;
	}
	assert(reading.has_power || reading.has_energy);
	assert(!reading.has_energy || reading.energy_mwh >= 0);
	r = senml_encode(&reading, encoded, sizeof(encoded), &encoded_size);
	assert(r == 0);
	error = senml_decode(BYTES(encoded, encoded_size), &again);
	assert(error == SENML_OK);
	assert(again.has_power == reading.has_power && again.has_energy == reading.has_energy);
	assert(!reading.has_power || again.power_mw == reading.power_mw);
	assert(!reading.has_energy || again.energy_mwh == reading.energy_mwh);
	assert(again.time_us == reading.time_us);
	return 0;
}
