/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The CBOR that sensors send (RFC 8949): any length of head, indefinite arrays and maps, floats and
 * decimal fractions, unlike the deterministic form of base/cbor.h. For senml.c only.
 */
#pragma once

#include "base/bytes.h"

/** The first failure sticks; what is read after it is empty. */
struct senml_cursor {
	const uint8_t *data;
	size_t size;
	size_t offset;
	bool has_failed;
};

/** A number as it was sent: exact, mantissa * 10^exponent, or a float. */
struct senml_number {
	bool is_float;
	double value;
	int64_t mantissa;
	int exponent; /**< Within -SENML_EXPONENT_MAX .. SENML_EXPONENT_MAX. */
};

/** Items of an array, or pairs of a map, that are still to come. */
struct senml_items {
	bool is_indefinite;
	uint64_t left;
};

enum {
	SENML_EXPONENT_MAX = 30,
	SENML_DEPTH_MAX = 8, /**< Of what is skipped unread. */
};

struct senml_items senml_take_array(struct senml_cursor *cursor);
struct senml_items senml_take_map(struct senml_cursor *cursor);
/** True if there is one more; false at the end and after a failure. */
bool senml_take_next(struct senml_cursor *cursor, struct senml_items *items);

/** True if the next item is a text. */
bool senml_is_text(const struct senml_cursor *cursor);
/** Borrowed; UTF-8 without control characters. */
struct bytes senml_take_text(struct senml_cursor *cursor);
int64_t senml_take_int(struct senml_cursor *cursor);
/** Integer, float of any width, or decimal fraction (tag 4). */
struct senml_number senml_take_number(struct senml_cursor *cursor);
/** Passes over one item, whatever is in it, down to SENML_DEPTH_MAX. */
void senml_skip(struct senml_cursor *cursor);

/**
 * number * scale / divisor, rounded to the nearest, halves away from zero. Errors: -ERANGE (not
 * finite, or outside -max..max).
 */
_must_check_ int senml_scale(const struct senml_number *number, int64_t scale, int64_t divisor,
			     int64_t max, int64_t *ret_value);
