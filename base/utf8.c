/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Checks UTF-8 by the ranges of RFC 3629 section 4; converts nothing. */
#include "utf8.h"

/** Bytes of the character that begins with @first; 0 if none does. */
static size_t character_size(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/** The second byte rules out long forms, surrogates, values above U+10FFFF and C1 controls. */
static bool second_is_allowed(uint8_t first, uint8_t second)
{
	uint8_t low = 0x80;
	uint8_t high = 0xbf;

	if (first == 0xc2 || first == 0xe0)
		low = 0xa0;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

bool utf8_is_printable(struct bytes text)
{
	size_t offset = 0;

	while (offset < text.size) {
		uint8_t first = text.data[offset];
		size_t size = character_size(first);

		if (size == 0 || size > text.size - offset)
			return false;
		if (size == 1 && (first < 0x20 || first == 0x7f))
			return false;
		if (size > 1 && !second_is_allowed(first, text.data[offset + 1]))
			return false;
		for (size_t index = 2; index < size; index++)
			if ((text.data[offset + index] & 0xc0) != 0x80)
				return false;
		offset += size;
	}
	return true;
}
