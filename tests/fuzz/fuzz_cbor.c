/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whatever the deterministic reader accepts must be written again as the very same bytes. */
#include <assert.h>

#include "base/cbor.h"
#include "fuzz.h"

enum {
	SIZE_MAX_TRIED = 4096,
	TEXT_MAX = 64,
};

/** Reads the next item by the function its head asks for and writes it again. */
static void copy_item(struct cbor_reader *reader, struct cbor_writer *writer)
{
	char text[TEXT_MAX];

	if (cbor_read_null(reader)) {
		cbor_write_null(writer);
		return;
	}
	if (reader->error < 0 || reader->offset == reader->size)
		return;
	switch (reader->data[reader->offset] >> 5) {
	case 0:
		cbor_write_uint(writer, cbor_read_uint(reader));
		break;
	case 1:
		cbor_write_int(writer, cbor_read_int(reader));
		break;
	case 2:
		cbor_write_bytes(writer, cbor_read_bytes(reader, SIZE_MAX_TRIED));
		break;
	case 3:
		cbor_read_text(reader, text, sizeof(text));
		cbor_write_text(writer, text);
		break;
	case 4:
		cbor_write_array(writer, cbor_read_array(reader, SIZE_MAX_TRIED));
		break;
	case 5:
		cbor_write_map(writer, cbor_read_map(reader, SIZE_MAX_TRIED));
		break;
	default:
		cbor_write_bool(writer, cbor_read_bool(reader));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[SIZE_MAX_TRIED + 16];
	struct cbor_reader reader;
	struct cbor_writer writer;

	if (size > SIZE_MAX_TRIED)
		return 0;
	cbor_read_init(&reader, BYTES(data, size));
	cbor_write_init(&writer, again, sizeof(again));
	/* Ends: each turn reads a byte or sets the error. */
	while (reader.error == 0 && reader.offset < reader.size) {
		size_t offset = cbor_read_offset(&reader);
		size_t written = writer.size;

		copy_item(&reader, &writer);
		if (reader.error < 0)
			break;
		assert(reader.offset > offset && reader.offset <= size && writer.error == 0);
		assert(bytes_equal(cbor_read_span(&reader, offset),
				   BYTES(again + written, writer.size - written)));
	}
	assert(reader.offset <= size);
	assert(cbor_read_end(&reader) == reader.error);
	return 0;
}
