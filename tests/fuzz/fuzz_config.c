/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a configuration, or as the registers kept: refused with a place, or within bounds.
 */
#include <assert.h>
#include <errno.h>

#include "fuzz.h"
#include "hub/config.h"
#include "hub/register_file.h"

static void assert_within_bounds(const struct config *config)
{
	struct clock_settings clock = config_clock(config);

	assert(config->name[0] != '\0' && config->state[0] != '\0');
	assert(clock.speed >= 1 && clock.speed <= CLOCK_SPEED_MAX);
	assert(config->port >= 1 && config->port <= UINT16_MAX);
	assert(config->pulses_per_kwh >= 1 && config->pulses_per_kwh <= 1000000);
	assert(config->load_count <= CONFIG_NAMED_MAX && config->peer_count <= CONFIG_NAMED_MAX);
	for (size_t index = 0; index < config->load_count; index++)
		assert(config->loads[index].source != CONFIG_SOURCE_NONE);
	for (size_t index = 0; index < config->peer_count; index++)
		assert(config_peer_port(config, config->peers[index].name) > 0);
	for (size_t index = 0; index < config->device_count; index++)
		assert(config_device_kind(config, config->devices[index].name)[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct saved_registers saved;
	struct text_error error;
	int r = config_parse("f", BYTES(data, size), &config, &error);

	assert(r == 0 || r == -EINVAL || r == -EFBIG);
	assert((r == 0) == (error.message[0] == '\0'));
	if (r == 0 && config_check(config, &error) == 0)
		assert_within_bounds(config);
	else
		assert(strncmp(error.message, "f:", 2) == 0);
	config_free(config);
	r = register_file_parse("f", BYTES(data, size), &saved, &error);
	assert(r == 0 || r == -EBADMSG);
	assert(saved.day_count <= LIVE_SOURCES && saved.pulses >= 0);
	return 0;
}
