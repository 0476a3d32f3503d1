/* SPDX-License-Identifier: GPL-3.0-or-later */
/** SenML packs there and back, in every form a sensor may choose, and every refusal. */
#include "unit.h"

#include <errno.h>

#include "drivers/senml.h"

#define TIME_US INT64_C(1327046400000000)

static enum senml_error decode(const char *hex, struct reading *reading)
{
	uint8_t data[SENML_SIZE_MAX];
	size_t size = strlen(hex) / 2;

	assert_int_equal(bytes_from_hex(hex, data, size), 0);
	*reading = (struct reading){.source = 7, .time_us = 5};
	return senml_decode(BYTES(data, size), reading);
}

/** "/3305/0/5800" as a text item. */
#define POWER_NAME  "6c2f333330352f302f35383030"
#define ENERGY_NAME "6c2f333330352f302f35383035"

static void assert_power(const char *hex, int64_t power_mw)
{
	struct reading reading;

	assert_int_equal(decode(hex, &reading), SENML_OK);
	assert_true(reading.has_power);
	assert_false(reading.has_energy);
	assert_true(reading.power_mw == power_mw);
	assert_int_equal(reading.source, 7);
	assert_int_equal(reading.time_us, 5);
}

static void assert_energy(const char *hex, int64_t energy_mwh)
{
	struct reading reading;

	assert_int_equal(decode(hex, &reading), SENML_OK);
	assert_false(reading.has_power);
	assert_true(reading.has_energy);
	assert_true(reading.energy_mwh == energy_mwh);
}

static void assert_refused(const char *hex, enum senml_error error)
{
	struct reading reading;

	assert_int_equal(decode(hex, &reading), error);
	assert_int_equal(reading.time_us, 5);
	assert_false(reading.has_power || reading.has_energy);
}

UNIT_TEST(what_is_encoded_is_decoded)
{
	static const int64_t values[] = {0, 1, 999, 1000, 1998234, 123456789012};
	uint8_t data[SENML_SIZE_MAX];

	for (unsigned int way = 0; way < 4 * 6; way++) {
		struct reading sent = {.time_us = way % 2 == 0 ? TIME_US + way : 77,
				       .has_power = way % 4 != 1,
				       .has_energy = way % 4 != 2,
				       .power_mw = way % 4 != 1 ? values[way / 4] : 0,
				       .energy_mwh = way % 4 != 2 ? values[5 - way / 4] : 0};
		struct reading got = {.time_us = 77};
		size_t size;

		assert_int_equal(senml_encode(&sent, data, sizeof(data), &size), 0);
		assert_int_equal(senml_decode(BYTES(data, size), &got), SENML_OK);
		assert_int_equal(got.time_us, sent.time_us);
		assert_int_equal(got.has_power, sent.has_power);
		assert_int_equal(got.has_energy, sent.has_energy);
		assert_int_equal(got.power_mw, sent.power_mw);
		assert_int_equal(got.energy_mwh, sent.energy_mwh);
	}
}

UNIT_TEST(an_encoding_that_does_not_fit_is_refused_at_every_size)
{
	const struct reading reading = {.time_us = TIME_US,
					.has_power = true,
					.has_energy = true,
					.power_mw = 1,
					.energy_mwh = 2};
	uint8_t data[SENML_SIZE_MAX];
	size_t full;
	size_t size;

	assert_int_equal(senml_encode(&reading, data, sizeof(data), &full), 0);
	for (size_t capacity = 0; capacity < full; capacity++)
		assert_int_equal(senml_encode(&reading, data, capacity, &size), -ENOBUFS);
	assert_int_equal(senml_encode(&reading, data, full, &size), 0);
}

UNIT_TEST(numbers_of_every_form_are_read)
{
	assert_power("81a200" POWER_NAME "021907ce", 1998000);
	assert_power("81a200" POWER_NAME "0220", -1000);
	assert_power("81a200" POWER_NAME "02f95640", 100000);		     /* half 100 */
	assert_power("81a200" POWER_NAME "02f90001", 0);		     /* half 2^-24 */
	assert_power("81a200" POWER_NAME "02f93800", 500);		     /* half 0.5 */
	assert_power("81a200" POWER_NAME "02fa447a1000", 1000250);	     /* single 1000.25 */
	assert_power("81a200" POWER_NAME "02fb3fb999999999999a", 100);	     /* double 0.1 */
	assert_power("81a200" POWER_NAME "02c482211a0001e240", 1234560);     /* 123456e-2 */
	assert_power("81a200" POWER_NAME "02c4820203", 300000);		     /* 3e2 */
	assert_power("81a200" POWER_NAME "02c4822303", 0);		     /* 3e-4 */
	assert_power("81a200" POWER_NAME "02c4822305", 1);		     /* 5e-4: half up */
	assert_power("81a200" POWER_NAME "02c4822324", -1);		     /* -5e-4 */
	assert_power("81a200" POWER_NAME "02c482381d3b7fffffffffffffff", 0); /* e-30 */
	assert_power("9fbf00" POWER_NAME "0201ffff", 1000);		     /* indefinite */
	assert_power("9801b80200" POWER_NAME "021800", 0);		     /* long heads */
}

UNIT_TEST(units_scale_and_secondary_ones_want_their_version)
{
	assert_power("81a300" POWER_NAME "01615702"
		     "05",
		     5000);
	assert_power("81a400" POWER_NAME "01626b5702"
		     "05"
		     "20181a",
		     5000000);
	assert_energy("81a200" ENERGY_NAME "02"
		      "07",
		      7000);
	assert_energy("81a300" ENERGY_NAME "01614a02"
		      "190e10",
		      1000);
	assert_energy("81a300" ENERGY_NAME "01614a02"
		      "02",
		      1); /* 0.56 mWh */
	assert_energy("81a400" ENERGY_NAME "0162576802"
		      "07"
		      "20181a",
		      7000);
	assert_energy("81a400" ENERGY_NAME "01636b576802"
		      "07"
		      "20181a",
		      7000000);
	/* The base unit holds where a record has none. */
	assert_energy("81a400" ENERGY_NAME "02"
		      "07"
		      "20181a"
		      "23636b5768",
		      7000000);
	assert_refused("81a300" ENERGY_NAME "0162576802"
		       "07",
		       SENML_UNIT);
	assert_refused("81a300" POWER_NAME "01626b5702"
		       "05",
		       SENML_UNIT);
	assert_refused("81a300" POWER_NAME "01614102"
		       "05",
		       SENML_UNIT);
	assert_refused("81a400" POWER_NAME "0162576802"
		       "05"
		       "20181a",
		       SENML_UNIT);
}

UNIT_TEST(base_fields_hold_for_the_records_after_them)
{
	struct reading reading;

	/* [{bn "/3305/0/", bver 26, n "5800", v 5, bv 1}, {n "5805", u "Wh", v 7}] */
	assert_int_equal(decode("82a521682f333330352f302f20181a0064353830300205240"
				"1a30064353830350162576802"
				"07",
				&reading),
			 SENML_OK);
	assert_int_equal(reading.power_mw, 6000);
	assert_int_equal(reading.energy_mwh, 8000);
}

UNIT_TEST(names_find_the_object_after_any_prefix)
{
	/* "urn:x/3305/12/5800" */
	assert_power("81a20072"
		     "75726e3a782f333330352f31322f35383030"
		     "0201",
		     1000);
	assert_refused("81a2006a2f333330352f352f3538"
		       "0201",
		       SENML_NOTHING);
	assert_refused("81a2006b2f333330352f2f35383030"
		       "0201",
		       SENML_NOTHING);
	assert_refused("81a20064353830300201", SENML_NOTHING);
	assert_refused("81a2006c2f333330362f302f353830300201", SENML_NOTHING);
}

UNIT_TEST(an_absolute_time_is_taken_and_a_relative_one_is_not)
{
	struct reading reading;

	assert_int_equal(decode("81a300" POWER_NAME "0201061a4f192180", &reading), SENML_OK);
	assert_true(reading.time_us == INT64_C(0x4f192180) * 1000000);
	assert_int_equal(decode("81a400" POWER_NAME "02010605221a4f192180", &reading), SENML_OK);
	assert_true(reading.time_us == INT64_C(0x4f192185) * 1000000);
	assert_power("81a300" POWER_NAME "0201"
		     "063901f3",
		     1000); /* 500 s ago */
	assert_refused("81a300" POWER_NAME "0201"
		       "06fb7ff0000000000000",
		       SENML_VALUE);
}

UNIT_TEST(unknown_fields_are_passed_over_unless_they_must_be_understood)
{
	assert_power("81a300" POWER_NAME "020103617a", 1000);	    /* vs */
	assert_power("81a300" POWER_NAME "0201617881820102", 1000); /* x: [[1, 2]] */
	assert_power("81a300" POWER_NAME "02016178bf61619f01ffc101ff", 1000);
	assert_power("81a300" POWER_NAME "0201617881818181818100", 1000);
	assert_refused("81a300" POWER_NAME "0201"
		       "62785f00",
		       SENML_MALFORMED); /* "x_" */
	assert_refused("81a300" POWER_NAME "0201"
		       "6178"
		       "81818181818181818100",
		       SENML_MALFORMED);
	assert_refused("81a300" POWER_NAME "0201"
		       "6178"
		       "5f4100ff",
		       SENML_MALFORMED);
	assert_refused("81a300" POWER_NAME "0201"
		       "6178"
		       "df00",
		       SENML_MALFORMED);
	assert_refused("81a300" POWER_NAME "0201"
		       "6178"
		       "bb8000000000000000",
		       SENML_MALFORMED);
}

UNIT_TEST(malformed_packs_are_refused)
{
	static const char *const wrong[] = {
		"",
		"00",
		"a0",
		"81",
		"8100",
		"81a1",
		"81a100",
		"9f",
		"9fa0",
		"8000",
		"81a10001",
		"81a10261",
		"82a0",
		"81a1f600",
		"81a2004102",
		"ff",
		"81ff",
		"1c",
		"81a1009fff",
		"81a1007f6161ff",
		"81a10061ff",
		"81a102f6",
		"81a102f5",
		"81a102c101",
		"81a102c48101",
		"81a102c483010203",
		"81a102c49f0102ff",
		"81a102c482181f01",
		"81a102c482381e01",
		"81a102c482f93c0001",
		"81a1021bffffffffffffffff",
		"81a102c2410a",
		"81a1021f",
		"81a120181b",
		"81a12000",
		"81a12020",
		"81a120f94d00",
		"81a1025f",
		"81a10218",
	};

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_refused(wrong[index], SENML_MALFORMED);
}

UNIT_TEST(values_out_of_range_are_refused)
{
	assert_refused("81a200" POWER_NAME "02f97e00", SENML_VALUE); /* NaN */
	assert_refused("81a200" POWER_NAME "02f97c00", SENML_VALUE); /* infinite */
	assert_refused("81a200" POWER_NAME "02f9fc00", SENML_VALUE);
	assert_refused("81a200" POWER_NAME "02fb7fefffffffffffff", SENML_VALUE);
	assert_refused("81a200" POWER_NAME "021b7fffffffffffffff", SENML_VALUE);
	assert_refused("81a200" POWER_NAME "021b00000002540be400", SENML_VALUE); /* 10 GW */
	assert_refused("81a200" POWER_NAME "02c482181e01", SENML_VALUE);	 /* e30 */
	assert_refused("81a200" ENERGY_NAME "0220", SENML_VALUE);		 /* -1 Wh */
	assert_refused("81a300" POWER_NAME "021a3b9aca0024"
		       "1a3b9aca00",
		       SENML_VALUE);
}

UNIT_TEST(a_pack_without_power_or_energy_is_nothing)
{
	assert_refused("80", SENML_NOTHING);
	assert_refused("81a0", SENML_NOTHING);
	assert_refused("81a100" POWER_NAME, SENML_NOTHING);
}

UNIT_TEST(too_many_records_or_bytes_are_refused)
{
	uint8_t data[SENML_SIZE_MAX + 1] = {0x98, SENML_RECORDS_MAX + 1};
	struct reading reading = {0};

	memset(data + 2, 0xa0, sizeof(data) - 2);
	assert_int_equal(senml_decode(BYTES(data, SENML_RECORDS_MAX + 3), &reading),
			 SENML_TOO_LARGE);
	assert_int_equal(senml_decode(BYTES(data, sizeof(data)), &reading), SENML_TOO_LARGE);
	data[1] = SENML_RECORDS_MAX;
	assert_int_equal(senml_decode(BYTES(data, SENML_RECORDS_MAX + 2), &reading), SENML_NOTHING);
}

UNIT_TEST(every_error_has_its_sentence)
{
	for (int error = SENML_NOTHING; error <= SENML_OK; error++)
		assert_string_not_equal(senml_error_text(error), "unknown error");
	assert_string_equal(senml_error_text((enum senml_error) - 99), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(an_encoding_that_does_not_fit_is_refused_at_every_size),
		cmocka_unit_test(numbers_of_every_form_are_read),
		cmocka_unit_test(units_scale_and_secondary_ones_want_their_version),
		cmocka_unit_test(base_fields_hold_for_the_records_after_them),
		cmocka_unit_test(names_find_the_object_after_any_prefix),
		cmocka_unit_test(an_absolute_time_is_taken_and_a_relative_one_is_not),
		cmocka_unit_test(unknown_fields_are_passed_over_unless_they_must_be_understood),
		cmocka_unit_test(malformed_packs_are_refused),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(a_pack_without_power_or_energy_is_nothing),
		cmocka_unit_test(too_many_records_or_bytes_are_refused),
		cmocka_unit_test(every_error_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
