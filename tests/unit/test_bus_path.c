/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Names in object paths: every byte is told apart, none breaks the path. */
#include "unit.h"

#include <errno.h>

#include <systemd/sd-bus.h>

#include "hub/bus_path.h"

static void assert_path(const char *name, const char *expected)
{
	char path[BUS_PATH_MAX];

	assert_int_equal(bus_path_make(BUS_DEVICE_PATH, name, path), 0);
	assert_string_equal(path, expected);
}

UNIT_TEST(letters_and_digits_stand_as_they_are)
{
	assert_path("kettle9", "/org/smihub/Hub1/device/kettle9");
	assert_path("9Kettle", "/org/smihub/Hub1/device/9Kettle");
}

UNIT_TEST(everything_else_is_written_in_hexadecimal)
{
	assert_path("a-b_c", "/org/smihub/Hub1/device/a_2db_5fc");
	assert_path("../x", "/org/smihub/Hub1/device/_2e_2e_2fx");
	assert_path("\xc3\xbc\x01", "/org/smihub/Hub1/device/_c3_bc_01");
	assert_path("", "/org/smihub/Hub1/device/_");
}

UNIT_TEST(every_byte_gives_a_valid_path_of_its_own)
{
	char paths[256][BUS_PATH_MAX];

	for (int byte = 1; byte < 256; byte++) {
		const char name[] = {(char)byte, '\0'};

		assert_int_equal(bus_path_make(BUS_DEVICE_PATH, name, paths[byte]), 0);
		assert_true(sd_bus_object_path_is_valid(paths[byte]));
		for (int other = 1; other < byte; other++)
			assert_string_not_equal(paths[byte], paths[other]);
	}
}

UNIT_TEST(a_name_that_does_not_fit_is_refused)
{
	char path[BUS_PATH_MAX] = "untouched";
	char name[BUS_PATH_MAX];

	memset(name, '-', sizeof(name));
	for (size_t size = 1; size < sizeof(name); size++) {
		const size_t needed = strlen(BUS_DEVICE_PATH "/") + 3 * size;

		name[size] = '\0';
		assert_int_equal(bus_path_make(BUS_DEVICE_PATH, name, path),
				 needed < BUS_PATH_MAX ? 0 : -ENAMETOOLONG);
		name[size] = '-';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_digits_stand_as_they_are),
		cmocka_unit_test(everything_else_is_written_in_hexadecimal),
		cmocka_unit_test(every_byte_gives_a_valid_path_of_its_own),
		cmocka_unit_test(a_name_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
