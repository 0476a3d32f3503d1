/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Deterministic CBOR (RFC 8949 section 4.2.1) over the caller's buffers: what is signed is written
 * and read by this. The reader refuses every other encoding of the same data. Floats, tags and
 * indefinite lengths do not exist here; sensor payloads that use them have their own reader.
 */
#pragma once

#include "bytes.h"

/** The first error sticks; later calls do nothing, so that a codec checks once, at its end. */
struct cbor_writer {
	uint8_t *data;
	size_t capacity;
	size_t size; /**< Bytes written; valid while error is 0. */
	int error;   /**< 0 or -ENOBUFS. */
};

void cbor_write_init(struct cbor_writer *writer, uint8_t *data, size_t capacity);
void cbor_write_uint(struct cbor_writer *writer, uint64_t value);
void cbor_write_int(struct cbor_writer *writer, int64_t value);
void cbor_write_bool(struct cbor_writer *writer, bool value);
void cbor_write_null(struct cbor_writer *writer);
void cbor_write_bytes(struct cbor_writer *writer, struct bytes bytes);
/** UTF-8 is the caller's promise; the reader checks it. */
void cbor_write_text(struct cbor_writer *writer, const char *text);
/** count items follow (for a map: count pairs, keys in ascending bytewise order). */
void cbor_write_array(struct cbor_writer *writer, size_t count);
void cbor_write_map(struct cbor_writer *writer, size_t count);
/** Bytes that are already one well-formed item. */
void cbor_write_raw(struct cbor_writer *writer, struct bytes item);

/** The first error sticks; every read after it gives zero, so that a codec checks once. */
struct cbor_reader {
	const uint8_t *data;
	size_t size;
	size_t offset; /**< Of the next byte; where an error stands, of the item at fault. */
	int error; /**< 0, -EBADMSG (not deterministic CBOR or not what was asked for), -ERANGE. */
};

void cbor_read_init(struct cbor_reader *reader, struct bytes bytes);
uint64_t cbor_read_uint(struct cbor_reader *reader);
/** Both signs; -ERANGE outside int64_t. */
int64_t cbor_read_int(struct cbor_reader *reader);
bool cbor_read_bool(struct cbor_reader *reader);
/** True and consumed if the next item is null. */
bool cbor_read_null(struct cbor_reader *reader);
/** Borrowed from the reader's bytes; -ERANGE if longer than size_max. */
struct bytes cbor_read_bytes(struct cbor_reader *reader, size_t size_max);
/** Exactly size bytes, copied. */
void cbor_read_bytes_fixed(struct cbor_reader *reader, uint8_t *ret_data, size_t size);
/** UTF-8 that prints, copied with a zero byte; -ERANGE if it needs more than text_size. */
void cbor_read_text(struct cbor_reader *reader, char *ret_text, size_t text_size);
/** Count of items (of pairs); -ERANGE above count_max. */
size_t cbor_read_array(struct cbor_reader *reader, size_t count_max);
size_t cbor_read_map(struct cbor_reader *reader, size_t count_max);
/** Refuses an array of any other count. */
void cbor_read_array_exact(struct cbor_reader *reader, size_t count);
/** The offset now, for cbor_read_span(). */
size_t cbor_read_offset(const struct cbor_reader *reader);
/** The bytes between an earlier offset and now: what a signature covers. */
struct bytes cbor_read_span(const struct cbor_reader *reader, size_t from_offset);
/** 0 if no error stands and nothing is left over; else the error, -EBADMSG for leftovers. */
_must_check_ int cbor_read_end(struct cbor_reader *reader);
/** Marks the message as wrong: for a codec that finds a value out of its range. */
void cbor_read_fail(struct cbor_reader *reader, int error);
