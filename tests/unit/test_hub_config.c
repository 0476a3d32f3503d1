/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The configuration: what is read, and what is refused with file, line, section and key. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "hub/config.h"
#include "ledger_fixture.h"

#define NODE  "[node]\nname = hub\nstate = /s\ncontract = /c\n"
#define CLOCK "[clock]\nepoch_us = 60000000\norigin_us = 5\n"

static int parse(const char *text, struct config **ret_config, struct text_error *error)
{
	int r = config_parse("home.conf", BYTES((const uint8_t *)text, strlen(text)), ret_config,
			     error);

	return r == 0 ? config_check(*ret_config, error) : r;
}

static struct config *parse_or_fail(const char *text)
{
	struct config *config = NULL;
	struct text_error error;

	if (parse(text, &config, &error) < 0)
		fail_msg("%s", error.message);
	return config;
}

static void assert_refused(const char *text, const char *message)
{
	_cleanup_(config_freep) struct config *config = NULL;
	struct text_error error;

	assert_int_equal(parse(text, &config, &error), -EINVAL);
	assert_string_equal(error.message, message);
}

UNIT_TEST(a_hub_with_everything_said_is_read)
{
	_cleanup_(config_freep) struct config *config = parse_or_fail(
		"# A hub\n" NODE "[bus]\nname = org.smihub.Hub1.test\n"
		"[listen]\naddress = 127.0.0.2\nport = 7000\nsecurity = none\n"
		"[clock]\nepoch_us = 1000\norigin_us = 2000\nspeed = 1440\nuntil_us = 60000000\n"
		"[meter main]\ndriver = simulated\npulses_per_kwh = 500\nstart_us = 7\n"
		"[load kettle]\ntrace = /t/kettle.csv\n[load lamp]\nkind = lamp\nseed = 9\n"
		"[peer kettle]\nport = 5000\n[device kettle]\nkind = toaster\n");
	struct clock_settings clock = config_clock(config);

	assert_string_equal(config->name, "hub");
	assert_string_equal(config->bus_name, "org.smihub.Hub1.test");
	assert_int_equal(config->port, 7000);
	assert_int_equal(config->is_plain, 1);
	assert_true(clock.is_scaled);
	assert_int_equal(clock.speed, 1440);
	assert_int_equal(clock.until_us, 60000000);
	assert_int_equal(config->meter, CONFIG_METER_SIMULATED);
	assert_int_equal(config->pulses_per_kwh, 500);
	assert_int_equal(config->start_us, 7);
	assert_int_equal(config->load_count, 2);
	assert_int_equal(config->loads[0].source, CONFIG_SOURCE_TRACE);
	assert_string_equal(config->loads[1].kind, "lamp");
	assert_int_equal(config->loads[1].seed, 9);
	assert_int_equal(config_peer_port(config, "kettle"), 5000);
	assert_int_equal(config_peer_port(config, "lamp"), CONFIG_PORT);
	assert_string_equal(config_device_kind(config, "kettle"), "toaster");
	assert_string_equal(config_device_kind(config, "refrigerator"), "refrigerator");
	assert_string_equal(config_device_kind(config, "unheard-of"), "appliance");
}

UNIT_TEST(what_is_not_said_has_its_default)
{
	_cleanup_(config_freep) struct config *config = parse_or_fail(NODE);
	struct clock_settings clock = config_clock(config);

	assert_false(clock.is_scaled);
	assert_int_equal(clock.until_us, INT64_MAX);
	assert_int_equal(config->port, 5684);
	assert_int_equal(config->is_plain, 0);
	assert_int_equal(config->meter, CONFIG_METER_NONE);
	assert_int_equal(config->pulses_per_kwh, 1000);
	assert_string_equal(config->bus_name, "");
}

UNIT_TEST(an_unknown_section_or_key_is_named)
{
	assert_refused(NODE "[nodes]\n", "home.conf:5: [nodes] there is no such section");
	assert_refused(NODE "colour = red\n", "home.conf:5: [node] colour: there is no such key");
	assert_refused(NODE "[meter garage]\ndriver = gpio\n",
		       "home.conf:5: [meter garage] the only meter is [meter main]");
	assert_refused("[node here]\n", "home.conf:1: [node here] this section has no second word");
	assert_refused(NODE "[peer]\n", "home.conf:5: [peer] needs a name of 1..31 bytes");
	assert_refused(NODE "[peer kettle]\nkind = x\n",
		       "home.conf:6: [peer kettle] kind: there is no such key");
}

UNIT_TEST(a_wrong_value_is_named)
{
	assert_refused(NODE "[listen]\nport = 0\n",
		       "home.conf:6: [listen] port: must be a number of 1..65535");
	assert_refused(NODE "[listen]\naddress = localhost\n",
		       "home.conf:6: [listen] address: must be an IPv4 or IPv6 address");
	assert_refused(NODE "[listen]\nsecurity = maybe\n",
		       "home.conf:6: [listen] security: must be 'dtls' or 'none'");
	assert_refused(NODE "[meter main]\ndriver = \n",
		       "home.conf:6: [meter main] driver: must be 'gpio' or 'simulated'");
	assert_refused("[node]\nname =\n", "home.conf:2: [node] name: must not be empty");
	assert_refused(NODE "[meter main]\ndriver = gpio\nchip = /d\nline = 4\nbias = up\n",
		       "home.conf:5: [meter main] bias: must be 'pull-up', 'pull-down', "
		       "'disabled' or 'as-is'");
}

UNIT_TEST(a_missing_key_is_named)
{
	assert_refused("", "home.conf:1: [node] name: is missing");
	assert_refused("\n[node]\nname = hub\n", "home.conf:2: [node] state: is missing");
	assert_refused("[node]\nname = hub\nstate = /s\n",
		       "home.conf:1: [node] contract: is missing");
	assert_refused(NODE "[clock]\nspeed = 2\n", "home.conf:5: [clock] epoch_us: is missing: a "
						    "speed needs to know where it begins");
	assert_refused(
		NODE "[clock]\nepoch_us = 2\n",
		"home.conf:5: [clock] origin_us: is missing: without it a restart would turn "
		"time back");
	assert_refused(NODE CLOCK "until_us = 1\n", "home.conf:5: [clock] until_us: is before "
						    "epoch_us");
	assert_refused(NODE "[meter main]\n", "home.conf:5: [meter main] driver: is missing");
	assert_refused(NODE "[meter main]\ndriver = gpio\n",
		       "home.conf:5: [meter main] chip: is missing");
	assert_refused(NODE "[meter main]\ndriver = gpio\nchip = /d\n",
		       "home.conf:5: [meter main] line: is missing");
	assert_refused(NODE "[appliance]\n", "home.conf:5: [appliance] source: is missing");
	assert_refused(NODE CLOCK "[appliance]\nsource = trace\n",
		       "home.conf:8: [appliance] trace: is missing");
	assert_refused(NODE CLOCK "[appliance]\nsource = generator\n",
		       "home.conf:8: [appliance] kind: is missing");
	assert_refused(NODE "[appliance]\nsource = generator\nkind = lamp\n",
		       "home.conf:5: [appliance] start_us: is missing: with the wall clock it says "
		       "when the register was 0");
}

UNIT_TEST(what_does_not_fit_together_is_named)
{
	assert_refused(NODE CLOCK "[appliance]\nsource = generator\nkind = rocket\n",
		       "home.conf:8: [appliance] kind: there is no generator of 'rocket'");
	assert_refused(NODE CLOCK "[meter main]\ndriver = simulated\n[load x]\nkind = rocket\n",
		       "home.conf:10: [load x] kind: there is no generator of 'rocket'");
	assert_refused(NODE CLOCK "[load x]\ntrace = /t\n",
		       "home.conf:8: [load x] only a simulated meter has loads");
	assert_refused(NODE CLOCK "[meter main]\ndriver = simulated\n",
		       "home.conf:8: [meter main] driver: a simulated meter needs a [load NAME] at "
		       "least");
	assert_refused(NODE CLOCK "[appliance]\nsource = generator\nkind = lamp\n[meter main]\n",
		       "home.conf:11: [meter main] a node is an appliance or has a main meter, not "
		       "both");
	assert_refused(NODE "[clock]\norigin_us = 3\n",
		       "home.conf:5: [clock] origin_us: means nothing without epoch_us");
}

static int check_contract(const char *text, unsigned int *ret_own, struct text_error *error)
{
	_cleanup_(config_freep) struct config *config = parse_or_fail(text);
	struct fixture fixture;
	int r;

	fixture_init(&fixture, "lan", 3, FIXTURE_CHEAP);
	r = config_check_contract(config, fixture.contract, ret_own, error);
	fixture_finish(&fixture);
	return r;
}

/** A configuration of the fixture's member with this number. */
static char *member_text(unsigned int number, const char *rest)
{
	struct fixture fixture;
	char *text = NULL;

	fixture_init(&fixture, "lan", 3, FIXTURE_CHEAP);
	assert_true(asprintf(&text, "[node]\nname = %s\nstate = /s\ncontract = /c\n%s",
			     fixture.contract->members[fixture_index(&fixture, number)].name,
			     rest) > 0);
	fixture_finish(&fixture);
	return text;
}

static void assert_contract_refuses(unsigned int number, const char *rest, const char *reason)
{
	_cleanup_(freep) char *text = member_text(number, rest);
	struct text_error error;
	unsigned int own;

	assert_int_equal(check_contract(text, &own, &error), -EINVAL);
	assert_non_null(strstr(error.message, reason));
}

UNIT_TEST(the_contract_says_which_member_a_node_is)
{
	_cleanup_(freep) char *text = member_text(0, "");
	struct text_error error;
	unsigned int own = 99;

	assert_int_equal(check_contract(text, &own, &error), 0);
	assert_true(own < 3);
	assert_int_equal(
		check_contract("[node]\nname = nobody\nstate = /s\ncontract = /c\n", &own, &error),
		-EINVAL);
	assert_string_equal(error.message,
			    "home.conf:1: [node] name: the contract has no member 'nobody'");
}

UNIT_TEST(a_name_or_role_that_the_contract_does_not_know_is_refused)
{
	assert_contract_refuses(0, "[peer nobody]\nport = 4\n",
				"home.conf:5: [peer nobody] the contract has no member 'nobody'");
	assert_contract_refuses(0, "[device nobody]\nkind = lamp\n",
				"[device nobody] the contract has no member 'nobody'");
	assert_contract_refuses(0, "[appliance]\nsource = generator\nkind = lamp\nstart_us = 1\n",
				"is a meter in the contract");
	assert_contract_refuses(1, "", "is an appliance in the contract");
	assert_contract_refuses(0, "[clock]\nuntil_us = 61\n",
				"must be a multiple of the contract's interval");
	assert_contract_refuses(0, "[listen]\naddress = 192.0.2.1\nsecurity = none\n",
				"[listen] security: 'none' is for the loopback of a test only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hub_with_everything_said_is_read),
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(an_unknown_section_or_key_is_named),
		cmocka_unit_test(a_wrong_value_is_named),
		cmocka_unit_test(a_missing_key_is_named),
		cmocka_unit_test(what_does_not_fit_together_is_named),
		cmocka_unit_test(the_contract_says_which_member_a_node_is),
		cmocka_unit_test(a_name_or_role_that_the_contract_does_not_know_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
