/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Snapshots that make sense, and every property of one missing, wrong or too much. */
#include "unit.h"

#include <errno.h>

#include "hub/smi_node.h"
#include "hub/smi_show.h"

/** Small, but with every property of every interface. */
static const char SNAPSHOT[] =
	"{'/org/smihub/Hub1': {'org.smihub.Hub1': {'Name': 'hub', 'Role': 'meter',"
	" 'Version': '1', 'TimeUs': 10, 'Speed': 1, 'PowerMw': 5000, 'PowerKnown': true,"
	" 'NotAttributedMw': 100, 'EnergyMwh': 7, 'EnergyTodayMwh': 3, 'State': 'good',"
	" 'StateText': 'Well.', 'Agreement': 'waiting', 'AgreementText': 'Waiting.',"
	" 'StorageError': '', 'FirstWattMs': 2, 'Alarms': [[1, 'a', 'key', 'Why.']],"
	" 'Refused': {'key': 4}}},"
	" '/org/smihub/Hub1/device/b': {'org.smihub.Device1': {'Name': 'b', 'Kind': 'kettle',"
	" 'PowerMw': 4900, 'EnergyMwh': 1, 'EnergyTodayMwh': 1, 'TimeUs': 9, 'State': 'live',"
	" 'FinalSequence': 1, 'FinalTimeUs': 5, 'FinalEnergyMwh': 1, 'Rejected': 0}},"
	" '/org/smihub/Hub1/device/a': {'org.smihub.Device1': {'Name': 'a', 'Kind': 'oven',"
	" 'PowerMw': 0, 'EnergyMwh': 1, 'EnergyTodayMwh': 1, 'TimeUs': 9, 'State': 'absent',"
	" 'FinalSequence': 1, 'FinalTimeUs': 5, 'FinalEnergyMwh': 1, 'Rejected': 0}},"
	" '/org/smihub/Hub1/ledger/lan': {'org.smihub.Ledger1': {'Layer': 'lan',"
	" 'Chain': '0000000000000000000000000000000000000000000000000000000000000001',"
	" 'Head': '0000000000000000000000000000000000000000000000000000000000000002',"
	" 'Height': 3, 'Slot': 4, 'HeadTimeUs': 5, 'ReadingsFinal': 6, 'ReadingsRejected': 1,"
	" 'Pending': 2, 'OwnPending': 1, 'VotesCast': 9, 'Accept': 3,"
	" 'Members': [['a', 'appliance', true, 4]]}},"
	" '/org/smihub/Hub1/contract/lan': {'org.smihub.Contract1': {'Layer': 'lan',"
	" 'Chain': '01', 'Text': '[contract]'}}}";

struct fixture {
	json_t *snapshot;
	struct smi_node node;
	char problem[SMI_PROBLEM_MAX];
};

static json_t *load(void)
{
	char text[sizeof(SNAPSHOT)];
	json_t *snapshot;

	for (size_t index = 0; index < sizeof(SNAPSHOT); index++)
		text[index] = SNAPSHOT[index] == '\'' ? '"' : SNAPSHOT[index];
	snapshot = json_loads(text, 0, NULL);
	assert_non_null(snapshot);
	return snapshot;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->snapshot = load();
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	json_decref(fixture->snapshot);
	free(fixture);
	return 0;
}

static json_t *properties(struct fixture *fixture, const char *path, const char *interface)
{
	return json_object_get(json_object_get(fixture->snapshot, path), interface);
}

static json_t *hub(struct fixture *fixture)
{
	return properties(fixture, "/org/smihub/Hub1", "org.smihub.Hub1");
}

static void assert_refused(struct fixture *fixture, const char *problem)
{
	assert_int_equal(smi_node_read(fixture->snapshot, &fixture->node, fixture->problem),
			 -EBADMSG);
	assert_non_null(strstr(fixture->problem, problem));
}

static void every_value_arrives(void **state)
{
	struct fixture *fixture = *state;
	const struct view *view = &fixture->node.view;

	assert_int_equal(smi_node_read(fixture->snapshot, &fixture->node, fixture->problem), 0);
	assert_string_equal(view->name, "hub");
	assert_int_equal(view->agreement, VIEW_WAITING);
	assert_string_equal(view->alarms[0].why, "Why.");
	assert_int_equal(view->refusals[0].count, 4);
	assert_int_equal(view->device_count, 2);
	assert_string_equal(view->devices[0].name, "a");
	assert_int_equal(smi_node_count(&fixture->node, VIEW_DEVICE_ABSENT), 1);
	assert_int_equal(view->ledger.head.bytes[31], 2);
	assert_true(view->ledger.members[0].is_connected);
	assert_string_equal(view->contract_text, "[contract]");
}

static void a_property_that_is_missing_is_named(void **state)
{
	struct fixture *fixture = *state;
	const char *path;
	const char *interface;
	const char *property;
	json_t *interfaces;
	json_t *values;
	json_t *value;
	json_t *whole = load();

	json_object_foreach(whole, path, interfaces)
		json_object_foreach(interfaces, interface, values)
			json_object_foreach(values, property, value)
	{
		/* Of a contract only the text is read. */
		if (strcmp(interface, "org.smihub.Contract1") == 0 && strcmp(property, "Text") != 0)
			continue;
		json_object_del(properties(fixture, path, interface), property);
		assert_refused(fixture, property);
		json_object_set(properties(fixture, path, interface), property, value);
	}
	json_decref(whole);
}

static void a_property_of_another_type_is_refused(void **state)
{
	struct fixture *fixture = *state;

	json_object_set_new(hub(fixture), "PowerMw", json_string("5"));
	assert_refused(fixture, "PowerMw: is not a number");
	json_object_set_new(hub(fixture), "PowerMw", json_integer(5));
	json_object_set_new(hub(fixture), "PowerKnown", json_integer(1));
	assert_refused(fixture, "PowerKnown");
	json_object_set_new(hub(fixture), "PowerKnown", json_true());
	json_object_set_new(hub(fixture), "State", json_string("excellent"));
	assert_refused(fixture, "State: is not a word");
	json_object_set_new(hub(fixture), "State", json_string("good"));
	json_object_set_new(hub(fixture), "Speed", json_integer(INT64_MAX));
	assert_refused(fixture, "Speed: is too large");
	json_object_set_new(hub(fixture), "Speed", json_integer(-1));
	assert_refused(fixture, "Speed: is negative");
	json_object_set_new(hub(fixture), "Speed", json_integer(1));
	json_object_set_new(hub(fixture), "Refused", json_pack("{s:s}", "key", "many"));
	assert_refused(fixture, "Refused");
	json_object_set_new(hub(fixture), "Refused", json_object());
	json_object_set_new(hub(fixture), "Alarms", json_pack("[[i]]", 1));
	assert_refused(fixture, "Alarms: has an entry that is no alarm");
}

static void lists_that_are_too_long_are_refused(void **state)
{
	struct fixture *fixture = *state;
	json_t *alarms = json_array();

	for (int index = 0; index <= VIEW_ALARMS_MAX; index++)
		json_array_append_new(alarms, json_pack("[isss]", 1, "a", "b", "c"));
	json_object_set_new(hub(fixture), "Alarms", alarms);
	assert_refused(fixture, "Alarms: is not a list, or too long");
}

static void more_devices_than_there_may_be_are_refused(void **state)
{
	struct fixture *fixture = *state;
	json_t *device = json_object_get(fixture->snapshot, "/org/smihub/Hub1/device/a");

	for (int index = 0; index < VIEW_DEVICES_MAX; index++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/device/%d", index);
		json_object_set(fixture->snapshot, path, device);
	}
	assert_refused(fixture, "one device too many");
}

static void an_answer_without_the_node_is_refused(void **state)
{
	struct fixture *fixture = *state;

	json_object_del(fixture->snapshot, "/org/smihub/Hub1");
	assert_refused(fixture, "the node itself is missing");
	json_object_clear(fixture->snapshot);
	assert_refused(fixture, "the node itself is missing");
}

static void names_longer_than_there_may_be_are_cut(void **state)
{
	struct fixture *fixture = *state;
	char name[1000];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	json_object_set_new(hub(fixture), "Name", json_string(name));
	assert_int_equal(smi_node_read(fixture->snapshot, &fixture->node, fixture->problem), 0);
	assert_int_equal(strlen(fixture->node.view.name), LEDGER_NAME_MAX - 1);
}

static void a_table_fits_its_terminal(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(smi_node_read(fixture->snapshot, &fixture->node, fixture->problem), 0);
	while (fixture->node.view.device_count < VIEW_DEVICES_MAX)
		fixture->node.view.devices[fixture->node.view.device_count++] =
			fixture->node.view.devices[0];
	for (unsigned int rows = 8; rows < 80; rows++) {
		const struct smi_screen screen = {80, rows, true, false};
		_cleanup_(freep) char *text = NULL;
		size_t size;
		FILE *stream = open_memstream(&text, &size);
		unsigned int lines = 0;

		smi_show_devices(stream, &fixture->node, &screen, "note");
		assert_int_equal(fclose(stream), 0);
		for (size_t index = 0; index < size; index++)
			lines += text[index] == '\n' ? 1 : 0;
		assert_true(lines < rows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_value_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_property_that_is_missing_is_named, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_property_of_another_type_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(lists_that_are_too_long_are_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(more_devices_than_there_may_be_are_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_answer_without_the_node_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(names_longer_than_there_may_be_are_cut, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_table_fits_its_terminal, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
