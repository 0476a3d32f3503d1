/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads the CBOR of sensors and scales their numbers to integers; knows no SenML labels. */
#include "senml_cbor.h"

#include <errno.h>
#include <math.h>

#include "base/checked.h"
#include "base/utf8.h"

enum {
	MAJOR_UINT = 0,
	MAJOR_NEGATIVE = 1,
	MAJOR_BYTES = 2,
	MAJOR_TEXT = 3,
	MAJOR_ARRAY = 4,
	MAJOR_MAP = 5,
	MAJOR_TAG = 6,
	MAJOR_SIMPLE = 7,
};

enum {
	INFO_1_BYTE = 24,
	INFO_HALF = 25,
	INFO_SINGLE = 26,
	INFO_DOUBLE = 27,
	INFO_INDEFINITE = 31,
	TAG_DECIMAL_FRACTION = 4,
	BREAK = 0xff,
};

struct head {
	unsigned int major;
	unsigned int info;
	uint64_t argument;
};

static void fail(struct senml_cursor *cursor)
{
	cursor->has_failed = true;
}

/** An empty head where the failure stands. */
static struct head take_head(struct senml_cursor *cursor)
{
	struct head head = {.major = MAJOR_SIMPLE};
	size_t size;

	if (cursor->has_failed || cursor->offset >= cursor->size) {
		fail(cursor);
		return head;
	}
	head.major = cursor->data[cursor->offset] >> 5;
	head.info = cursor->data[cursor->offset] & 31u;
	cursor->offset++;
	head.argument = head.info;
	if (head.info < INFO_1_BYTE || head.info == INFO_INDEFINITE)
		return head;
	size = (size_t)1 << ((head.info - INFO_1_BYTE) & 3u);
	if (head.info > INFO_DOUBLE || size > cursor->size - cursor->offset) {
		fail(cursor);
		return head;
	}
	head.argument = 0;
	for (size_t index = 0; index < size; index++)
		head.argument = head.argument << 8 | cursor->data[cursor->offset++];
	return head;
}

static bool is_break(const struct senml_cursor *cursor)
{
	return !cursor->has_failed && cursor->offset < cursor->size &&
	       cursor->data[cursor->offset] == BREAK;
}

static struct senml_items take_items(struct senml_cursor *cursor, unsigned int major)
{
	struct head head = take_head(cursor);

	if (head.major != major)
		fail(cursor);
	if (cursor->has_failed)
		return (struct senml_items){0};
	return (struct senml_items){.is_indefinite = head.info == INFO_INDEFINITE,
				    .left = head.argument};
}

struct senml_items senml_take_array(struct senml_cursor *cursor)
{
	return take_items(cursor, MAJOR_ARRAY);
}

struct senml_items senml_take_map(struct senml_cursor *cursor)
{
	return take_items(cursor, MAJOR_MAP);
}

bool senml_take_next(struct senml_cursor *cursor, struct senml_items *items)
{
	if (cursor->has_failed)
		return false;
	if (items->is_indefinite) {
		if (!is_break(cursor))
			return true;
		cursor->offset++;
		return false;
	}
	if (items->left == 0)
		return false;
	items->left--;
	return true;
}

bool senml_is_text(const struct senml_cursor *cursor)
{
	return !cursor->has_failed && cursor->offset < cursor->size &&
	       cursor->data[cursor->offset] >> 5 == MAJOR_TEXT;
}

/** The bytes of a string of definite length. */
static struct bytes take_string(struct senml_cursor *cursor, const struct head *head)
{
	struct bytes string;

	if (head->info == INFO_INDEFINITE || cursor->has_failed ||
	    head->argument > cursor->size - cursor->offset) {
		fail(cursor);
		return (struct bytes){0};
	}
	string = BYTES(cursor->data + cursor->offset, (size_t)head->argument);
	cursor->offset += string.size;
	return string;
}

struct bytes senml_take_text(struct senml_cursor *cursor)
{
	struct head head = take_head(cursor);
	struct bytes text = take_string(cursor, &head);

	if (head.major == MAJOR_TEXT && utf8_is_printable(text))
		return text;
	fail(cursor);
	return (struct bytes){0};
}

static int64_t int_of_head(struct senml_cursor *cursor, const struct head *head)
{
	if (head->major > MAJOR_NEGATIVE || head->info == INFO_INDEFINITE ||
	    head->argument > INT64_MAX) {
		fail(cursor);
		return 0;
	}
	return head->major == MAJOR_UINT ? (int64_t)head->argument : -1 - (int64_t)head->argument;
}

int64_t senml_take_int(struct senml_cursor *cursor)
{
	struct head head = take_head(cursor);

	return int_of_head(cursor, &head);
}

/** RFC 8949 appendix D. */
static double half_value(unsigned int half)
{
	int exponent = (int)(half >> 10 & 31u);
	double fraction = half & 1023u;
	double value = exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction + 1024, exponent - 25);

	if (exponent == 31)
		value = fraction > 0 ? (double)NAN : (double)INFINITY;
	return (half & 0x8000u) != 0 ? -value : value;
}

static double float_of_head(struct senml_cursor *cursor, const struct head *head)
{
	uint32_t single_bits = (uint32_t)head->argument;
	float single_value;
	double double_value;

	switch (head->info) {
	case INFO_HALF:
		return half_value((unsigned int)head->argument);
	case INFO_SINGLE:
		memcpy(&single_value, &single_bits, sizeof(single_value));
		return (double)single_value;
	case INFO_DOUBLE:
		memcpy(&double_value, &head->argument, sizeof(double_value));
		return double_value;
	default:
		fail(cursor);
		return 0;
	}
}

/** Tag 4 was taken: [exponent, mantissa] (RFC 8949 section 3.4.4). */
static struct senml_number take_decimal_fraction(struct senml_cursor *cursor)
{
	struct senml_items items = senml_take_array(cursor);
	int64_t exponent = senml_take_int(cursor);
	int64_t mantissa = senml_take_int(cursor);

	if (items.is_indefinite || items.left != 2 || exponent < -SENML_EXPONENT_MAX ||
	    exponent > SENML_EXPONENT_MAX) {
		fail(cursor);
		return (struct senml_number){0};
	}
	return (struct senml_number){.mantissa = mantissa, .exponent = (int)exponent};
}

struct senml_number senml_take_number(struct senml_cursor *cursor)
{
	struct head head = take_head(cursor);

	if (head.major == MAJOR_TAG && head.argument == TAG_DECIMAL_FRACTION)
		return take_decimal_fraction(cursor);
	if (head.major == MAJOR_SIMPLE)
		return (struct senml_number){.is_float = true,
					     .value = float_of_head(cursor, &head)};
	return (struct senml_number){.mantissa = int_of_head(cursor, &head)};
}

/** Takes a head and a string's bytes; true if items follow that belong to it. */
static bool skip_head(struct senml_cursor *cursor, struct senml_items *ret_items)
{
	struct head head = take_head(cursor);
	bool is_indefinite = head.info == INFO_INDEFINITE;

	*ret_items = (struct senml_items){.is_indefinite = is_indefinite};
	if (cursor->has_failed)
		return false;
	switch (head.major) {
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		(void)take_string(cursor, &head);
		return false;
	case MAJOR_MAP:
		/* An indefinite map of an odd number of items passes: nothing is made of it. */
		if (!is_indefinite && head.argument > cursor->size)
			fail(cursor);
		ret_items->left = 2 * head.argument;
		return true;
	case MAJOR_ARRAY:
		ret_items->left = head.argument;
		return true;
	case MAJOR_TAG:
		ret_items->left = 1;
		break;
	default:
		break;
	}
	if (is_indefinite)
		fail(cursor);
	return head.major == MAJOR_TAG;
}

void senml_skip(struct senml_cursor *cursor)
{
	struct senml_items open[SENML_DEPTH_MAX];
	unsigned int depth = 1;

	open[0] = (struct senml_items){.left = 1};
	/* Ends: each turn takes a byte at least, or closes a level. */
	while (depth > 0 && !cursor->has_failed) {
		struct senml_items items;

		if (!senml_take_next(cursor, &open[depth - 1])) {
			depth--;
		} else if (skip_head(cursor, &items)) {
			if (depth == SENML_DEPTH_MAX)
				fail(cursor);
			else
				open[depth++] = items;
		}
	}
}

static int scale_float(double value, int64_t scale, int64_t divisor, int64_t max,
		       int64_t *ret_value)
{
	double scaled = value * (double)scale / (double)divisor;

	if (!isfinite(scaled) || fabs(scaled) > (double)max)
		return -ERANGE;
	*ret_value = llround(scaled);
	return 0;
}

/** Divides with halves away from zero. */
static int64_t divide_rounded(int64_t value, int64_t divisor)
{
	int64_t quotient = value / divisor;
	int64_t rest = value % divisor;
	int64_t distance = rest < 0 ? -rest : rest;

	if (distance >= divisor - distance)
		quotient += value < 0 ? -1 : 1;
	return quotient;
}

static int scale_exact(const struct senml_number *number, int64_t scale, int64_t divisor,
		       int64_t *ret_value)
{
	int64_t value = number->mantissa;
	int exponent = number->exponent;

	for (; exponent < 0 && scale % 10 == 0; exponent++)
		scale /= 10;
	for (; exponent > 0; exponent--)
		if (checked_multiply(value, 10, &value) < 0)
			return -ERANGE;
	if (checked_multiply(value, scale, &value) < 0)
		return -ERANGE;
	for (; exponent < 0; exponent++) {
		if (checked_multiply(divisor, 10, &divisor) < 0) {
			*ret_value = 0; /* Smaller than any half unit: the value has 19 digits. */
			return 0;
		}
	}
	*ret_value = divide_rounded(value, divisor);
	return 0;
}

int senml_scale(const struct senml_number *number, int64_t scale, int64_t divisor, int64_t max,
		int64_t *ret_value)
{
	int64_t value = 0;

	if (number->is_float)
		return scale_float(number->value, scale, divisor, max, ret_value);
	if (scale_exact(number, scale, divisor, &value) < 0 || value > max || value < -max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}
