/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Writes and reads deterministic CBOR; knows no message, and checks no order of map keys: a codec
 * compares the spans of its keys with bytes_compare().
 *
 * An item is one head, then for strings their bytes (RFC 8949 section 3):
 *
 *	 7 6 5   4 3 2 1 0    following bytes, big-endian
 *	+------+-----------+
 *	| major| 0..23     |  -         the argument itself
 *	|      | 24        |  1         argument 24 .. 2^8 - 1
 *	|      | 25        |  2         argument 2^8 .. 2^16 - 1
 *	|      | 26        |  4         argument 2^16 .. 2^32 - 1
 *	|      | 27        |  8         argument 2^32 .. 2^64 - 1
 *	+------+-----------+
 */
#include "cbor.h"

#include <assert.h>
#include <errno.h>

#include "utf8.h"

enum major {
	MAJOR_UINT = 0,
	MAJOR_NEGATIVE = 1,
	MAJOR_BYTES = 2,
	MAJOR_TEXT = 3,
	MAJOR_ARRAY = 4,
	MAJOR_MAP = 5,
	MAJOR_SIMPLE = 7,
};

enum simple {
	SIMPLE_FALSE = 20,
	SIMPLE_TRUE = 21,
	SIMPLE_NULL = 22,
};

enum {
	ARGUMENT_DIRECT_MAX = 23,
	ARGUMENT_1_BYTE = 24,
	ARGUMENT_8_BYTES = 27,
};

void cbor_write_init(struct cbor_writer *writer, uint8_t *data, size_t capacity)
{
	*writer = (struct cbor_writer){.data = data, .capacity = capacity};
}

static void write_run(struct cbor_writer *writer, const uint8_t *data, size_t size)
{
	if (writer->error < 0)
		return;
	if (size > writer->capacity - writer->size) {
		writer->error = -ENOBUFS;
		return;
	}
	if (size > 0)
		memcpy(writer->data + writer->size, data, size);
	writer->size += size;
}

static void write_head(struct cbor_writer *writer, enum major major, uint64_t argument)
{
	uint8_t head[9];
	unsigned int info = (unsigned int)argument;
	size_t size = 0;

	if (argument > ARGUMENT_DIRECT_MAX) {
		info = ARGUMENT_1_BYTE;
		size = 1;
		while (size < sizeof(argument) && argument >> (8 * size) != 0) {
			info++;
			size *= 2;
		}
	}
	head[0] = (uint8_t)((unsigned int)major << 5 | info);
	for (size_t index = 0; index < size; index++)
		head[1 + index] = (uint8_t)(argument >> (8 * (size - 1 - index)));
	write_run(writer, head, 1 + size);
}

void cbor_write_uint(struct cbor_writer *writer, uint64_t value)
{
	write_head(writer, MAJOR_UINT, value);
}

void cbor_write_int(struct cbor_writer *writer, int64_t value)
{
	/* A negative n is stored as -1 - n, which is the complement and cannot overflow. */
	if (value < 0)
		write_head(writer, MAJOR_NEGATIVE, ~(uint64_t)value);
	else
		write_head(writer, MAJOR_UINT, (uint64_t)value);
}

void cbor_write_bool(struct cbor_writer *writer, bool value)
{
	write_head(writer, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_write_null(struct cbor_writer *writer)
{
	write_head(writer, MAJOR_SIMPLE, SIMPLE_NULL);
}

void cbor_write_bytes(struct cbor_writer *writer, struct bytes bytes)
{
	write_head(writer, MAJOR_BYTES, bytes.size);
	write_run(writer, bytes.data, bytes.size);
}

void cbor_write_text(struct cbor_writer *writer, const char *text)
{
	size_t size = strlen(text);

	write_head(writer, MAJOR_TEXT, size);
	write_run(writer, (const uint8_t *)text, size);
}

void cbor_write_array(struct cbor_writer *writer, size_t count)
{
	write_head(writer, MAJOR_ARRAY, count);
}

void cbor_write_map(struct cbor_writer *writer, size_t count)
{
	write_head(writer, MAJOR_MAP, count);
}

void cbor_write_raw(struct cbor_writer *writer, struct bytes item)
{
	write_run(writer, item.data, item.size);
}

void cbor_read_init(struct cbor_reader *reader, struct bytes bytes)
{
	*reader = (struct cbor_reader){.data = bytes.data, .size = bytes.size};
}

void cbor_read_fail(struct cbor_reader *reader, int error)
{
	assert(error < 0);
	if (reader->error == 0)
		reader->error = error;
}

static void fail_at(struct cbor_reader *reader, size_t offset, int error)
{
	if (reader->error < 0)
		return;
	reader->offset = offset;
	reader->error = error;
}

/** Reads any head into @ret_major and the argument; -1 (and the error stands) if there is none. */
static int read_head(struct cbor_reader *reader, unsigned int *ret_major, uint64_t *ret_argument)
{
	size_t start = reader->offset;
	uint64_t argument = 0;
	unsigned int info;
	size_t size;

	if (reader->error < 0)
		return -1;
	if (start >= reader->size)
		goto malformed;
	*ret_major = reader->data[start] >> 5;
	info = reader->data[start] & 31u;
	reader->offset = start + 1;
	if (info <= ARGUMENT_DIRECT_MAX) {
		*ret_argument = info;
		return 0;
	}
	if (info > ARGUMENT_8_BYTES)
		goto malformed;
	size = (size_t)1 << (info - ARGUMENT_1_BYTE);
	if (size > reader->size - reader->offset)
		goto malformed;
	for (size_t index = 0; index < size; index++)
		argument = argument << 8 | reader->data[reader->offset + index];
	/* Shortest form: the argument must not fit what half the bytes, or the head, would hold. */
	if (size == 1 ? argument <= ARGUMENT_DIRECT_MAX : argument >> (4 * size) == 0)
		goto malformed;
	reader->offset += size;
	*ret_argument = argument;
	return 0;
malformed:
	fail_at(reader, start, -EBADMSG);
	return -1;
}

/** The argument of a head that must be of @major; 0 where the error stands. */
static uint64_t read_major(struct cbor_reader *reader, enum major major)
{
	size_t start = reader->offset;
	uint64_t argument;
	unsigned int found;

	if (read_head(reader, &found, &argument) < 0)
		return 0;
	if (found != (unsigned int)major) {
		fail_at(reader, start, -EBADMSG);
		return 0;
	}
	return argument;
}

uint64_t cbor_read_uint(struct cbor_reader *reader)
{
	return read_major(reader, MAJOR_UINT);
}

int64_t cbor_read_int(struct cbor_reader *reader)
{
	size_t start = reader->offset;
	uint64_t argument;
	unsigned int major;

	if (read_head(reader, &major, &argument) < 0)
		return 0;
	if (major != MAJOR_UINT && major != MAJOR_NEGATIVE) {
		fail_at(reader, start, -EBADMSG);
		return 0;
	}
	if (argument > INT64_MAX) {
		fail_at(reader, start, -ERANGE);
		return 0;
	}
	return major == MAJOR_UINT ? (int64_t)argument : -1 - (int64_t)argument;
}

bool cbor_read_bool(struct cbor_reader *reader)
{
	size_t start = reader->offset;
	uint64_t value = read_major(reader, MAJOR_SIMPLE);

	if (reader->error == 0 && value != SIMPLE_FALSE && value != SIMPLE_TRUE)
		fail_at(reader, start, -EBADMSG);
	return reader->error == 0 && value == SIMPLE_TRUE;
}

bool cbor_read_null(struct cbor_reader *reader)
{
	const uint8_t null_item = MAJOR_SIMPLE << 5 | SIMPLE_NULL;

	if (reader->error < 0 || reader->offset >= reader->size ||
	    reader->data[reader->offset] != null_item)
		return false;
	reader->offset++;
	return true;
}

/** A string of @major; its bytes must be there, and no more than @size_max of them. */
static struct bytes read_string(struct cbor_reader *reader, enum major major, size_t size_max)
{
	size_t start = reader->offset;
	uint64_t size = read_major(reader, major);
	struct bytes string;

	if (reader->error < 0)
		return (struct bytes){0};
	if (size > reader->size - reader->offset) {
		fail_at(reader, start, -EBADMSG);
		return (struct bytes){0};
	}
	if (size > size_max) {
		fail_at(reader, start, -ERANGE);
		return (struct bytes){0};
	}
	string = BYTES(reader->data + reader->offset, (size_t)size);
	reader->offset += (size_t)size;
	return string;
}

struct bytes cbor_read_bytes(struct cbor_reader *reader, size_t size_max)
{
	return read_string(reader, MAJOR_BYTES, size_max);
}

void cbor_read_bytes_fixed(struct cbor_reader *reader, uint8_t *ret_data, size_t size)
{
	size_t start = reader->offset;
	struct bytes bytes = read_string(reader, MAJOR_BYTES, SIZE_MAX);

	if (reader->error == 0 && bytes.size != size)
		fail_at(reader, start, -EBADMSG);
	if (size == 0)
		return;
	if (reader->error == 0)
		memcpy(ret_data, bytes.data, size);
	else
		memset(ret_data, 0, size);
}

void cbor_read_text(struct cbor_reader *reader, char *ret_text, size_t text_size)
{
	size_t start = reader->offset;
	struct bytes text;

	assert(text_size > 0);
	text = read_string(reader, MAJOR_TEXT, text_size - 1);
	if (reader->error == 0 && !utf8_is_printable(text))
		fail_at(reader, start, -EBADMSG);
	if (reader->error < 0)
		text = (struct bytes){0};
	if (text.size > 0)
		memcpy(ret_text, text.data, text.size);
	ret_text[text.size] = '\0';
}

/** Refuses what cannot be there: @item_size bytes at least follow for each of the items. */
static size_t read_count(struct cbor_reader *reader, enum major major, size_t count_max,
			 size_t item_size)
{
	size_t start = reader->offset;
	uint64_t count = read_major(reader, major);

	if (reader->error < 0)
		return 0;
	if (count > (reader->size - reader->offset) / item_size) {
		fail_at(reader, start, -EBADMSG);
		return 0;
	}
	if (count > count_max) {
		fail_at(reader, start, -ERANGE);
		return 0;
	}
	return (size_t)count;
}

size_t cbor_read_array(struct cbor_reader *reader, size_t count_max)
{
	return read_count(reader, MAJOR_ARRAY, count_max, 1);
}

size_t cbor_read_map(struct cbor_reader *reader, size_t count_max)
{
	return read_count(reader, MAJOR_MAP, count_max, 2);
}

void cbor_read_array_exact(struct cbor_reader *reader, size_t count)
{
	size_t start = reader->offset;
	size_t found = read_count(reader, MAJOR_ARRAY, SIZE_MAX, 1);

	if (reader->error == 0 && found != count)
		fail_at(reader, start, -EBADMSG);
}

size_t cbor_read_offset(const struct cbor_reader *reader)
{
	return reader->offset;
}

struct bytes cbor_read_span(const struct cbor_reader *reader, size_t from_offset)
{
	/* After an error the offset is back at the item at fault: there is nothing to sign. */
	if (reader->error < 0 || from_offset > reader->offset)
		return (struct bytes){0};
	return BYTES(reader->data + from_offset, reader->offset - from_offset);
}

int cbor_read_end(struct cbor_reader *reader)
{
	if (reader->error == 0 && reader->offset != reader->size)
		reader->error = -EBADMSG;
	return reader->error;
}
