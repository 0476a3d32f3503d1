/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Bounded runs of bytes: views, and hexadecimal text in both directions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

/** A borrowed run of bytes; data may be NULL where size is 0. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

#define BYTES(pointer, count) ((struct bytes){.data = (pointer), .size = (count)})
/** The bytes of a fixed-size object such as struct hash. */
#define BYTES_OF(object)                                                                           \
	((struct bytes){.data = (const uint8_t *)&(object), .size = sizeof(object)})

bool bytes_equal(struct bytes a, struct bytes b);

/** Like memcmp over the common part, the shorter first: the order of keys in a store. */
int bytes_compare(struct bytes a, struct bytes b);

/** Writes 2 * size lower-case digits and a zero byte. text_size at least 2 * size + 1. */
void bytes_to_hex(struct bytes bytes, char *text, size_t text_size);

/**
 * Reads exactly size bytes from 2 * size hexadecimal digits, either case.
 * Errors: -EINVAL (another length or another character); ret_data then undefined.
 */
_must_check_ int bytes_from_hex(const char *text, uint8_t *ret_data, size_t size);

/** Big-endian, so that keys sort as their numbers do. */
void bytes_put_u64(uint8_t *data, uint64_t value);
uint64_t bytes_get_u64(const uint8_t *data);
