/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Token buckets of one peer. */
#include "endpoint_rate.h"

enum { MICRO = 1000000, FILL_US_MAX = 1000000 };

void endpoint_rate_init(struct endpoint_rate *rate, uint64_t now_us)
{
	*rate = (struct endpoint_rate){
		.filled_us = now_us,
		.messages_micro = (uint64_t)ENDPOINT_RATE_MESSAGES * MICRO,
		.bytes_micro = (uint64_t)ENDPOINT_RATE_BYTES * MICRO,
	};
}

static uint64_t fill(uint64_t tokens_micro, uint64_t per_second, uint64_t elapsed_us)
{
	uint64_t full_micro = per_second * MICRO;

	tokens_micro += per_second * elapsed_us;
	return tokens_micro < full_micro ? tokens_micro : full_micro;
}

bool endpoint_rate_take(struct endpoint_rate *rate, uint64_t now_us, unsigned int messages,
			unsigned int bytes)
{
	uint64_t elapsed_us = now_us > rate->filled_us ? now_us - rate->filled_us : 0;
	uint64_t messages_micro = (uint64_t)messages * MICRO;
	uint64_t bytes_micro = (uint64_t)bytes * MICRO;

	if (elapsed_us > FILL_US_MAX)
		elapsed_us = FILL_US_MAX;
	rate->messages_micro = fill(rate->messages_micro, ENDPOINT_RATE_MESSAGES, elapsed_us);
	rate->bytes_micro = fill(rate->bytes_micro, ENDPOINT_RATE_BYTES, elapsed_us);
	if (now_us > rate->filled_us)
		rate->filled_us = now_us;
	if (rate->messages_micro < messages_micro || rate->bytes_micro < bytes_micro)
		return false;
	rate->messages_micro -= messages_micro;
	rate->bytes_micro -= bytes_micro;
	return true;
}
