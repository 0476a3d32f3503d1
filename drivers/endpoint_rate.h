/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What one peer may cost: two token buckets, messages and bytes. Pure; time comes as a parameter.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	ENDPOINT_RATE_MESSAGES = 2000,		/**< A second, and as many saved up. */
	ENDPOINT_RATE_BYTES = 16 * 1024 * 1024, /**< A second, and as many saved up. */
};

struct endpoint_rate {
	uint64_t filled_us;	 /**< Up to when the buckets are filled. */
	uint64_t messages_micro; /**< Tokens, in millionths. */
	uint64_t bytes_micro;
};

/** Full buckets. */
void endpoint_rate_init(struct endpoint_rate *rate, uint64_t now_us);

/** Takes tokens for @messages and @bytes if both are there; false and nothing taken if not. */
bool endpoint_rate_take(struct endpoint_rate *rate, uint64_t now_us, unsigned int messages,
			unsigned int bytes);
