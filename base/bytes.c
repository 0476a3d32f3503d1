/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Comparing runs of bytes and writing them as hexadecimal; allocates nothing. */
#include "bytes.h"

#include <assert.h>
#include <errno.h>

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	if (order != 0)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

void bytes_to_hex(struct bytes bytes, char *text, size_t text_size)
{
	static const char digits[] = "0123456789abcdef";

	assert(text_size > 2 * bytes.size);
	for (size_t index = 0; index < bytes.size; index++) {
		text[2 * index] = digits[bytes.data[index] >> 4];
		text[2 * index + 1] = digits[bytes.data[index] & 15];
	}
	text[2 * bytes.size] = '\0';
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -EINVAL;
}

int bytes_from_hex(const char *text, uint8_t *ret_data, size_t size)
{
	if (strlen(text) != 2 * size)
		return -EINVAL;
	for (size_t index = 0; index < size; index++) {
		int high = digit_value(text[2 * index]);
		int low = digit_value(text[2 * index + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret_data[index] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void bytes_put_u64(uint8_t *data, uint64_t value)
{
	for (size_t index = 0; index < sizeof(value); index++)
		data[index] = (uint8_t)(value >> (56 - 8 * index));
}

uint64_t bytes_get_u64(const uint8_t *data)
{
	uint64_t value = 0;

	for (size_t index = 0; index < sizeof(value); index++)
		value = value << 8 | data[index];
	return value;
}
