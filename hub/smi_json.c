/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Walks an answer of the bus level by level; each level has its own function and its own bound. */
#include "smi_json.h"

#include <errno.h>
#include <stdint.h>

/** Adds one member to the object at @parent, or -EFBIG beyond @count_max. Owns @value in any case.
 */
static int set_bounded(json_t *parent, const char *key, json_t *value, size_t count_max)
{
	if (!value)
		return -ENOMEM;
	if (json_object_size(parent) >= count_max && !json_object_get(parent, key)) {
		json_decref(value);
		return -EFBIG;
	}
	return json_object_set_new(parent, key, value) < 0 ? -EBADMSG : 0;
}

static int append_bounded(json_t *parent, json_t *value, size_t count_max)
{
	if (!value)
		return -ENOMEM;
	if (json_array_size(parent) >= count_max) {
		json_decref(value);
		return -EFBIG;
	}
	return json_array_append_new(parent, value) < 0 ? -ENOMEM : 0;
}

/** A number beyond int64_t, which JSON text here cannot hold, becomes the largest. */
static json_t *from_unsigned(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *from_string(const char *text)
{
	return strlen(text) <= SMI_STRING_MAX ? json_string(text) : NULL;
}

static bool is_basic(char type)
{
	return type == 's' || type == 'o' || type == 'b' || type == 'u' || type == 'x' ||
	       type == 't';
}

/** One value of a basic type; -EBADMSG for a type that no property of ours has. */
static int read_basic(sd_bus_message *message, char type, json_t **ret_value)
{
	union {
		const char *text;
		int boolean;
		uint32_t u32;
		int64_t i64;
		uint64_t u64;
	} value = {0};
	json_t *json = NULL;
	int r;

	if (!is_basic(type))
		return -EBADMSG;
	r = sd_bus_message_read_basic(message, type, &value);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	if (type == 's' || type == 'o')
		json = from_string(value.text);
	else if (type == 'b')
		json = json_boolean(value.boolean);
	else if (type == 'u')
		json = json_integer(value.u32);
	else if (type == 'x')
		json = json_integer(value.i64);
	else
		json = from_unsigned(value.u64);
	if (!json)
		return -EFBIG;
	*ret_value = json;
	return 0;
}

/** A structure of basic types as an array. */
static int read_structure(sd_bus_message *message, const char *contents, json_t **ret_array)
{
	_cleanup_(json_decrefp) json_t *array = json_array();
	int r = sd_bus_message_enter_container(message, 'r', contents);

	for (; r >= 0 && *contents != '\0'; contents++) {
		json_t *value = NULL;

		r = read_basic(message, *contents, &value);
		if (r >= 0)
			r = append_bounded(array, value, SMI_ITEMS_MAX);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_array = TAKE(array);
	return 0;
}

/** a(...) as an array of arrays; entered by the caller, who knows that it is one. */
static int read_structures(sd_bus_message *message, json_t *array)
{
	for (;;) {
		const char *contents;
		json_t *structure = NULL;
		char type;
		int r = sd_bus_message_peek_type(message, &type, &contents);

		if (r <= 0)
			return r;
		if (type != 'r')
			return -EBADMSG;
		r = read_structure(message, contents, &structure);
		if (r >= 0)
			r = append_bounded(array, structure, SMI_ITEMS_MAX);
		if (r < 0)
			return r;
	}
}

/** a{s.} of a basic type as an object; entered by the caller. */
static int read_dictionary(sd_bus_message *message, char value_type, json_t *object)
{
	for (;;) {
		const char *key;
		json_t *value = NULL;
		int r = sd_bus_message_enter_container(message, 'e',
						       (const char[]){'s', value_type, '\0'});

		if (r <= 0)
			return r;
		r = sd_bus_message_read_basic(message, 's', &key);
		if (r >= 0)
			r = read_basic(message, value_type, &value);
		if (r >= 0)
			r = set_bounded(object, key, value, SMI_ITEMS_MAX);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
}

static int read_array(sd_bus_message *message, const char *contents, json_t **ret_value)
{
	const bool is_dictionary = strlen(contents) == 4 && strncmp(contents, "{s", 2) == 0;
	_cleanup_(json_decrefp) json_t *value = is_dictionary ? json_object() : json_array();
	int r;

	if (!is_dictionary && contents[0] != '(')
		return -EBADMSG;
	if (!value)
		return -ENOMEM;
	r = sd_bus_message_enter_container(message, 'a', contents);
	if (r >= 0)
		r = is_dictionary ? read_dictionary(message, contents[2], value)
				  : read_structures(message, value);
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_value = TAKE(value);
	return 0;
}

/** True if a value of this type can be read; others are of a newer daemon and are stepped over. */
static bool is_known_type(const char *signature)
{
	const size_t size = strlen(signature);
	size_t index;

	if (size == 1)
		return is_basic(signature[0]);
	if (size == 5 && strncmp(signature, "a{s", 3) == 0)
		return is_basic(signature[3]);
	if (size < 4 || strncmp(signature, "a(", 2) != 0)
		return false;
	for (index = 2; index + 1 < size; index++)
		if (!is_basic(signature[index]))
			return false;
	return true;
}

/** Reads a variant; *ret_value is NULL if it was stepped over. */
static int read_variant(sd_bus_message *message, json_t **ret_value)
{
	const char *contents;
	char type;
	int r = sd_bus_message_peek_type(message, &type, &contents);

	*ret_value = NULL;
	if (r <= 0 || type != 'v')
		return r < 0 ? r : -EBADMSG;
	if (!is_known_type(contents))
		return sd_bus_message_skip(message, "v");
	r = sd_bus_message_enter_container(message, 'v', contents);
	if (r < 0)
		return r;
	r = contents[0] == 'a' ? read_array(message, contents + 1, ret_value)
			       : read_basic(message, contents[0], ret_value);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int smi_json_properties(sd_bus_message *message, json_t **ret_properties)
{
	_cleanup_(json_decrefp) json_t *properties = json_object();
	int r = properties ? sd_bus_message_enter_container(message, 'a', "{sv}") : -ENOMEM;

	while (r >= 0) {
		const char *name;
		json_t *value = NULL;

		r = sd_bus_message_enter_container(message, 'e', "sv");
		if (r <= 0)
			break;
		r = sd_bus_message_read_basic(message, 's', &name);
		if (r >= 0)
			r = read_variant(message, &value);
		if (r >= 0 && value)
			r = set_bounded(properties, name, value, SMI_PROPERTIES_MAX);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_properties = TAKE(properties);
	return 0;
}

bool smi_json_is_ours(const char *interface)
{
	static const char prefix[] = "org.smihub.";

	return strncmp(interface, prefix, sizeof(prefix) - 1) == 0;
}

int smi_json_interfaces(sd_bus_message *message, json_t **ret_interfaces)
{
	_cleanup_(json_decrefp) json_t *interfaces = json_object();
	int r = interfaces ? sd_bus_message_enter_container(message, 'a', "{sa{sv}}") : -ENOMEM;

	while (r >= 0) {
		const char *name;

		r = sd_bus_message_enter_container(message, 'e', "sa{sv}");
		if (r <= 0)
			break;
		r = sd_bus_message_read_basic(message, 's', &name);
		if (r >= 0 && smi_json_is_ours(name)) {
			json_t *properties = NULL;

			r = smi_json_properties(message, &properties);
			if (r >= 0)
				r = set_bounded(interfaces, name, properties, SMI_INTERFACES_MAX);
		} else if (r >= 0) {
			r = sd_bus_message_skip(message, "a{sv}");
		}
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_interfaces = TAKE(interfaces);
	return 0;
}

int smi_json_objects(sd_bus_message *message, json_t **ret_objects)
{
	_cleanup_(json_decrefp) json_t *objects = json_object();
	int r = objects ? sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}") : -ENOMEM;

	while (r >= 0) {
		const char *path;
		json_t *interfaces = NULL;

		r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}");
		if (r <= 0)
			break;
		r = sd_bus_message_read_basic(message, 'o', &path);
		if (r >= 0)
			r = smi_json_interfaces(message, &interfaces);
		if (r >= 0)
			r = set_bounded(objects, path, interfaces, SMI_OBJECTS_MAX);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_objects = TAKE(objects);
	return 0;
}
