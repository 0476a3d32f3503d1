/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Deterministic CBOR: the examples of RFC 8949 appendix A, and every way to be wrong. */
#include "unit.h"

#include <errno.h>

#include "base/cbor.h"

enum { CAPACITY = 256 };

struct encoded {
	uint8_t data[CAPACITY];
	struct cbor_writer writer;
};

static void begin(struct encoded *encoded)
{
	cbor_write_init(&encoded->writer, encoded->data, sizeof(encoded->data));
}

static void assert_encoded(const struct encoded *encoded, const char *hex)
{
	char text[2 * CAPACITY + 1];

	assert_int_equal(encoded->writer.error, 0);
	bytes_to_hex(BYTES(encoded->data, encoded->writer.size), text, sizeof(text));
	assert_string_equal(text, hex);
}

/** A reader over the bytes of @hex, which @data keeps. */
static struct cbor_reader reader_of(const char *hex, uint8_t data[static CAPACITY])
{
	struct cbor_reader reader;
	size_t size = strlen(hex) / 2;

	assert_int_equal(bytes_from_hex(hex, data, size), 0);
	cbor_read_init(&reader, BYTES(data, size));
	return reader;
}

UNIT_TEST(integers_are_written_in_their_shortest_form)
{
	static const struct {
		int64_t value;
		const char *hex;
	} cases[] = {
		{0, "00"},
		{23, "17"},
		{24, "1818"},
		{255, "18ff"},
		{256, "190100"},
		{65535, "19ffff"},
		{65536, "1a00010000"},
		{4294967295, "1affffffff"},
		{4294967296, "1b0000000100000000"},
		{INT64_MAX, "1b7fffffffffffffff"},
		{-1, "20"},
		{-24, "37"},
		{-25, "3818"},
		{-1000, "3903e7"},
		{INT64_MIN, "3b7fffffffffffffff"},
	};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct encoded encoded;
		struct cbor_reader reader;

		begin(&encoded);
		cbor_write_int(&encoded.writer, cases[index].value);
		assert_encoded(&encoded, cases[index].hex);
		cbor_read_init(&reader, BYTES(encoded.data, encoded.writer.size));
		assert_true(cbor_read_int(&reader) == cases[index].value);
		assert_int_equal(cbor_read_end(&reader), 0);
	}
}

UNIT_TEST(the_largest_unsigned_number_survives_but_is_no_signed_one)
{
	uint8_t data[CAPACITY];
	struct encoded encoded;
	struct cbor_reader reader = reader_of("1bffffffffffffffff", data);

	begin(&encoded);
	cbor_write_uint(&encoded.writer, UINT64_MAX);
	assert_encoded(&encoded, "1bffffffffffffffff");
	assert_true(cbor_read_uint(&reader) == UINT64_MAX);
	reader = reader_of("1bffffffffffffffff", data);
	assert_true(cbor_read_int(&reader) == 0);
	assert_int_equal(cbor_read_end(&reader), -ERANGE);
	reader = reader_of("3b8000000000000000", data);
	assert_true(cbor_read_int(&reader) == 0);
	assert_int_equal(cbor_read_end(&reader), -ERANGE);
}

UNIT_TEST(a_message_goes_there_and_back)
{
	struct encoded encoded;
	struct cbor_reader reader;
	uint8_t fixed[3];
	char text[8];

	begin(&encoded);
	cbor_write_array(&encoded.writer, 6);
	cbor_write_bool(&encoded.writer, true);
	cbor_write_null(&encoded.writer);
	cbor_write_bytes(&encoded.writer, BYTES((const uint8_t *)"\1\2\3", 3));
	cbor_write_text(&encoded.writer, "K\xc3\xbc");
	cbor_write_map(&encoded.writer, 1);
	cbor_write_uint(&encoded.writer, 1);
	cbor_write_bool(&encoded.writer, false);
	cbor_write_raw(&encoded.writer, BYTES((const uint8_t *)"\x18\x18", 2));
	assert_encoded(&encoded, "86f5f643010203634bc3bca101f41818");

	cbor_read_init(&reader, BYTES(encoded.data, encoded.writer.size));
	cbor_read_array_exact(&reader, 6);
	assert_true(cbor_read_bool(&reader));
	assert_true(cbor_read_null(&reader));
	assert_false(cbor_read_null(&reader));
	cbor_read_bytes_fixed(&reader, fixed, sizeof(fixed));
	assert_memory_equal(fixed, "\1\2\3", 3);
	cbor_read_text(&reader, text, sizeof(text));
	assert_string_equal(text, "K\xc3\xbc");
	assert_int_equal(cbor_read_map(&reader, 1), 1);
	assert_int_equal(cbor_read_uint(&reader), 1);
	assert_false(cbor_read_bool(&reader));
	assert_int_equal(cbor_read_int(&reader), 24);
	assert_int_equal(cbor_read_end(&reader), 0);
}

UNIT_TEST(a_signature_covers_the_span_that_was_read)
{
	uint8_t data[CAPACITY];
	struct cbor_reader reader = reader_of("8201190100", data);
	size_t from;

	cbor_read_array_exact(&reader, 2);
	from = cbor_read_offset(&reader);
	(void)cbor_read_uint(&reader);
	(void)cbor_read_uint(&reader);
	assert_true(bytes_equal(cbor_read_span(&reader, from), BYTES(data + 1, 4)));
	(void)cbor_read_uint(&reader);
	assert_int_equal(cbor_read_span(&reader, from).size, 0);
}

UNIT_TEST(a_writer_stops_at_its_capacity_and_stays_wrong)
{
	uint8_t data[4];

	for (size_t capacity = 0; capacity < sizeof(data); capacity++) {
		struct cbor_writer writer;

		memset(data, 0xee, sizeof(data));
		cbor_write_init(&writer, data, capacity);
		cbor_write_text(&writer, "abc");
		assert_int_equal(writer.error, -ENOBUFS);
		for (size_t index = capacity; index < sizeof(data); index++)
			assert_int_equal(data[index], 0xee);
		cbor_write_null(&writer);
		assert_int_equal(writer.error, -ENOBUFS);
	}
}

UNIT_TEST(heads_that_are_not_the_shortest_are_refused)
{
	static const char *const wrong[] = {
		"1800", "1817",	  "1900ff", "1a0000ffff", "1b00000000ffffffff",
		"3817", "3900ff", "5800",   "580141",	  "7800",
		"9800", "b800",	  "1c",	    "1d",	  "1e",
		"1f",	"18",	  "19ff",   "1a000100",	  "1b000000010000",
		""};
	uint8_t data[CAPACITY];

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++) {
		struct cbor_reader reader = reader_of(wrong[index], data);

		(void)cbor_read_int(&reader);
		assert_int_equal(reader.error, -EBADMSG);
		assert_int_equal(reader.offset, 0);
		reader = reader_of(wrong[index], data);
		(void)cbor_read_bytes(&reader, 10);
		assert_int_equal(reader.error, -EBADMSG);
	}
}

/** Reads by each function in turn; all must refuse. */
static void assert_nothing_reads(const char *hex)
{
	for (unsigned int way = 0; way < 9; way++) {
		uint8_t data[CAPACITY];
		char text[8] = "x";
		uint8_t fixed[2] = {1, 1};
		struct cbor_reader reader = reader_of(hex, data);

		if (way == 0)
			(void)cbor_read_uint(&reader);
		else if (way == 1)
			(void)cbor_read_int(&reader);
		else if (way == 2)
			(void)cbor_read_bool(&reader);
		else if (way == 3)
			(void)cbor_read_bytes(&reader, CAPACITY);
		else if (way == 4)
			cbor_read_bytes_fixed(&reader, fixed, sizeof(fixed));
		else if (way == 5)
			cbor_read_text(&reader, text, sizeof(text));
		else if (way == 6)
			(void)cbor_read_array(&reader, CAPACITY);
		else if (way == 7)
			(void)cbor_read_map(&reader, CAPACITY);
		else
			cbor_read_array_exact(&reader, 1);
		assert_int_equal(cbor_read_end(&reader), -EBADMSG);
		assert_int_equal(reader.offset, 0);
		assert_true(way != 5 || text[0] == '\0');
		assert_true(way != 4 || (fixed[0] == 0 && fixed[1] == 0));
	}
}

UNIT_TEST(floats_tags_and_indefinite_lengths_do_not_exist)
{
	static const char *const wrong[] = {
		"f93c00",   "fa3f800000", "fb3ff0000000000000", "c100", "d8184100", "5f4100ff",
		"7f6100ff", "9f00ff",	  "bf0000ff",		"ff",	"f7",	    "f820",
		"f814",	    "e0",
	};

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_nothing_reads(wrong[index]);
}

UNIT_TEST(null_is_read_as_null_only)
{
	assert_nothing_reads("f6");
}

UNIT_TEST(lengths_beyond_the_bytes_are_refused)
{
	static const char *const wrong[] = {"42aa",
					    "5b7fffffffffffffff",
					    "5bffffffffffffffff",
					    "6261",
					    "8200",
					    "9bffffffffffffffff",
					    "a100",
					    "bb8000000000000000"};

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_nothing_reads(wrong[index]);
}

UNIT_TEST(more_than_the_caller_allows_is_out_of_range)
{
	uint8_t data[CAPACITY];
	char text[3];
	struct cbor_reader reader = reader_of("43010203", data);

	(void)cbor_read_bytes(&reader, 2);
	assert_int_equal(reader.error, -ERANGE);
	reader = reader_of("63616263", data);
	cbor_read_text(&reader, text, sizeof(text));
	assert_int_equal(reader.error, -ERANGE);
	assert_string_equal(text, "");
	reader = reader_of("83000000", data);
	assert_int_equal(cbor_read_array(&reader, 2), 0);
	assert_int_equal(reader.error, -ERANGE);
	reader = reader_of("a200000000", data);
	assert_int_equal(cbor_read_map(&reader, 1), 0);
	assert_int_equal(reader.error, -ERANGE);
}

UNIT_TEST(text_with_control_characters_or_broken_utf8_is_refused)
{
	static const char *const wrong[] = {"6100", "610a", "617f", "61c3", "62c280", "62c0af"};
	uint8_t data[CAPACITY];

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++) {
		struct cbor_reader reader = reader_of(wrong[index], data);
		char text[8];

		cbor_read_text(&reader, text, sizeof(text));
		assert_int_equal(reader.error, -EBADMSG);
		assert_int_equal(reader.offset, 0);
	}
}

UNIT_TEST(leftovers_are_refused_and_the_first_error_sticks)
{
	uint8_t data[CAPACITY];
	struct cbor_reader reader = reader_of("0000", data);

	(void)cbor_read_uint(&reader);
	assert_int_equal(cbor_read_end(&reader), -EBADMSG);
	reader = reader_of("00", data);
	cbor_read_fail(&reader, -ERANGE);
	cbor_read_fail(&reader, -EBADMSG);
	assert_int_equal(cbor_read_uint(&reader), 0);
	assert_false(cbor_read_null(&reader));
	assert_int_equal(cbor_read_end(&reader), -ERANGE);
}

UNIT_TEST(random_bytes_are_never_read_beyond_their_end)
{
	uint64_t seed = 7;

	for (unsigned int turn = 0; turn < 20000; turn++) {
		size_t size = (size_t)seeded_between(&seed, 0, 16);
		_cleanup_(freep) uint8_t *data = malloc(size + 1); /* Exact, for the sanitizer. */
		struct cbor_reader reader;
		char text[8];

		assert_non_null(data);
		for (size_t index = 0; index < size; index++)
			data[index] = (uint8_t)seeded_next(&seed);
		cbor_read_init(&reader, BYTES(data, size));
		(void)cbor_read_array(&reader, 8);
		(void)cbor_read_int(&reader);
		cbor_read_text(&reader, text, sizeof(text));
		(void)cbor_read_bytes(&reader, 8);
		assert_true(reader.offset <= size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_written_in_their_shortest_form),
		cmocka_unit_test(the_largest_unsigned_number_survives_but_is_no_signed_one),
		cmocka_unit_test(a_message_goes_there_and_back),
		cmocka_unit_test(a_signature_covers_the_span_that_was_read),
		cmocka_unit_test(a_writer_stops_at_its_capacity_and_stays_wrong),
		cmocka_unit_test(heads_that_are_not_the_shortest_are_refused),
		cmocka_unit_test(floats_tags_and_indefinite_lengths_do_not_exist),
		cmocka_unit_test(null_is_read_as_null_only),
		cmocka_unit_test(lengths_beyond_the_bytes_are_refused),
		cmocka_unit_test(more_than_the_caller_allows_is_out_of_range),
		cmocka_unit_test(text_with_control_characters_or_broken_utf8_is_refused),
		cmocka_unit_test(leftovers_are_refused_and_the_first_error_sticks),
		cmocka_unit_test(random_bytes_are_never_read_beyond_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
