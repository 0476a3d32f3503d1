/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the GPIO driver refuses without any hardware; edges themselves are tested on a machine. */
#include "unit.h"

#include <errno.h>

#include "driver_bench.h"
#include "drivers/pulse.h"

static void assert_start(const struct pulse_gpio_config *config, int code, int code_without_gpiod)
{
	_cleanup_(driver_bench_finish) struct driver_bench bench;
	void *state = NULL;
	int r;

	driver_bench_init(&bench, 0);
	r = pulse_gpio_driver.start(&bench.context, config, &state);
	assert_true(r == code || r == code_without_gpiod);
	assert_null(state);
}

UNIT_TEST(a_chip_that_does_not_exist_is_no_device)
{
	const struct pulse_gpio_config config = {
		.chip = "/dev/gpiochip-none", .bias = "pull-up", .settings = {1000, 8000}};
	const struct pulse_gpio_config no_chip = {
		.chip = "/dev/null", .bias = "pull-up", .settings = {1000, 8000}};

	assert_start(&config, -ENODEV, -ENODEV);
	assert_start(&no_chip, -ENODEV, -ENODEV);
}

UNIT_TEST(a_wrong_constant_or_start_is_refused)
{
	const struct pulse_gpio_config none = {.chip = "/dev/null", .bias = "as-is"};
	const struct pulse_gpio_config many = {
		.chip = "/dev/null", .bias = "as-is", .settings = {1000001, 8000}};
	const struct pulse_gpio_config before = {
		.chip = "/dev/null", .bias = "as-is", .settings = {1000, 8000}, .start_pulses = -1};

	assert_start(&none, -EINVAL, -ENODEV);
	assert_start(&many, -EINVAL, -ENODEV);
	assert_start(&before, -EINVAL, -ENODEV);
}

UNIT_TEST(nothing_may_be_stopped)
{
	pulse_gpio_driver.stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chip_that_does_not_exist_is_no_device),
		cmocka_unit_test(a_wrong_constant_or_start_is_refused),
		cmocka_unit_test(nothing_may_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
