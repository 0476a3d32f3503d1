/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns a JSON file into a model; strict where the bus is lenient, since a file can be corrected.
 */
#include "ui/snapshot_file.h"

#include <jansson.h>
#include <string.h>

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_decref)

G_GNUC_PRINTF(2, 3) static void *refuse(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_propagate_error(
		error, g_error_new_valist(G_IO_ERROR, G_IO_ERROR_INVALID_DATA, format, arguments));
	va_end(arguments);
	return NULL;
}

static GVariant *read_alarms(Json *value)
{
	g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(xsss)"));
	size_t index;
	Json *alarm;

	if (!json_is_array(value))
		return NULL;
	json_array_foreach(value, index, alarm)
	{
		json_int_t time_us;
		const char *who;
		const char *what;
		const char *why;

		if (json_unpack(alarm, "[Isss!]", &time_us, &who, &what, &why) != 0)
			return NULL;
		g_variant_builder_add(&builder, "(xsss)", (gint64)time_us, who, what, why);
	}
	return g_variant_builder_end(&builder);
}

/* Returns `value` as the field's type, floating, or NULL if it is of another. */
static GVariant *read_value(const struct smi_field *field, Json *value)
{
	switch (field->kind) {
	case SMI_FIELD_QUANTITY:
	case SMI_FIELD_TIME:
	case SMI_FIELD_SPEED:
		if (json_is_integer(value))
			return g_variant_new_int64(json_integer_value(value));
		return NULL;
	case SMI_FIELD_FLAG:
		if (json_is_boolean(value))
			return g_variant_new_boolean(json_is_true(value));
		return NULL;
	case SMI_FIELD_NAME:
	case SMI_FIELD_KIND:
	case SMI_FIELD_TEXT:
	case SMI_FIELD_WORD:
		if (json_is_string(value))
			return g_variant_new_string(json_string_value(value));
		return NULL;
	case SMI_FIELD_ALARMS:
		return read_alarms(value);
	}
	g_assert_not_reached();
}

static bool read_interface(SmiHubModel *model, const char *path, const char *interface,
			   Json *properties, GError **error)
{
	const char *property;
	Json *value;

	json_object_foreach(properties, property, value)
	{
		const struct smi_field *field = smi_field_find(interface, property);
		const unsigned int refused = smi_hub_model_refused(model);
		g_autoptr(GVariant) variant = NULL;

		if (field == NULL)
			continue;
		variant = read_value(field, value);
		if (variant != NULL) {
			g_variant_ref_sink(variant);
			smi_hub_model_put(model, path, interface, property, variant);
		}
		if (variant == NULL || smi_hub_model_refused(model) != refused) {
			refuse(error, "'%s' of '%s' has a wrong type or value", property, path);
			return false;
		}
	}
	return true;
}

static bool read_object(SmiHubModel *model, const char *path, Json *interfaces, GError **error)
{
	const char *interface;
	Json *properties;

	if (!json_is_object(interfaces)) {
		refuse(error, "'%s' is not an object of interfaces", path);
		return false;
	}
	json_object_foreach(interfaces, interface, properties)
	{
		if (!json_is_object(properties)) {
			refuse(error, "'%s' of '%s' is not an object of properties", interface,
			       path);
			return false;
		}
		if (!read_interface(model, path, interface, properties, error))
			return false;
	}
	return true;
}

static bool read_history(SmiHubModel *model, Json *points, GError **error)
{
	size_t index;
	Json *point;

	if (points != NULL && !json_is_array(points)) {
		refuse(error, "'x-history' is not an array");
		return false;
	}
	json_array_foreach(points, index, point)
	{
		json_int_t time_us;
		json_int_t power_mw;

		if (json_unpack(point, "[II!]", &time_us, &power_mw) != 0) {
			refuse(error, "'x-history' item %zu is not [time_us, power_mw]", index);
			return false;
		}
		smi_hub_model_add_history(model, time_us, power_mw);
	}
	return true;
}

static bool read_link(SmiHubModel *model, Json *value, GError **error)
{
	static const char *const words[] = {"seeking", "answering", "lost"};

	if (value == NULL) {
		smi_hub_model_set_link(model, SMI_LINK_ANSWERING);
		return true;
	}
	for (size_t k = 0; k < G_N_ELEMENTS(words); k++) {
		if (json_is_string(value) && strcmp(json_string_value(value), words[k]) == 0) {
			smi_hub_model_set_link(model, (enum smi_link)k);
			return true;
		}
	}
	refuse(error, "'x-link' is not \"seeking\", \"answering\" or \"lost\"");
	return false;
}

static bool read_root(SmiHubModel *model, Json *root, GError **error)
{
	bool has_hub = false;
	const char *path;
	Json *value;

	if (!json_is_object(root)) {
		refuse(error, "not an object of object paths");
		return false;
	}
	json_object_foreach(root, path, value)
	{
		if (g_str_has_prefix(path, "x-"))
			continue;
		if (!read_object(model, path, value, error))
			return false;
		has_hub = has_hub || json_object_get(value, SMI_INTERFACE_HUB) != NULL;
	}
	if (!has_hub) {
		refuse(error, "no object has the interface '%s'", SMI_INTERFACE_HUB);
		return false;
	}
	return read_history(model, json_object_get(root, "x-history"), error) &&
	       read_link(model, json_object_get(root, "x-link"), error);
}

static Json *parse(const char *text, size_t size, GError **error)
{
	json_error_t fault;
	Json *root;

	if (size > SMI_SNAPSHOT_SIZE_MAX)
		return refuse(error, "larger than %d bytes", SMI_SNAPSHOT_SIZE_MAX);
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &fault);
	if (root == NULL)
		return refuse(error, "line %d: %s", fault.line, fault.text);
	return root;
}

SmiHubModel *smi_snapshot_file_load(const char *file_name, GError **error)
{
	g_autoptr(SmiHubModel) model = smi_hub_model_new();
	g_autofree char *text = NULL;
	g_autoptr(Json) root = NULL;
	gsize size = 0;

	smi_hub_model_freeze(model);
	if (!g_file_get_contents(file_name, &text, &size, error))
		return NULL;
	root = parse(text, size, error);
	if (root == NULL || !read_root(model, root, error)) {
		g_prefix_error(error, "Snapshot '%s': ", file_name);
		return NULL;
	}
	return g_steal_pointer(&model);
}
