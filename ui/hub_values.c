/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds what comes from the bus or a file; knows types and limits, nothing of where they come
 * from. */
#include "ui/hub_values.h"

#include "ui/sentence.h"

#include <stddef.h>
#include <string.h>

static const char *const health_words[] = {"good", "warning", "failing", NULL};
static const char *const agreement_words[] = {"agreed", "waiting", "stopped", "unwitnessed", NULL};
static const char *const presence_words[] = {"live", "stale", "absent", NULL};

#define HUB(member)    offsetof(struct smi_hub_values, member)
#define DEVICE(member) offsetof(struct smi_device_values, member)

static const struct smi_field hub_fields[] = {
	{"Name", SMI_FIELD_NAME, HUB(name), NULL},
	{"TimeUs", SMI_FIELD_TIME, HUB(time_us), NULL},
	{"Speed", SMI_FIELD_SPEED, HUB(speed), NULL},
	{"PowerMw", SMI_FIELD_QUANTITY, HUB(power_mw), NULL},
	{"PowerKnown", SMI_FIELD_FLAG, HUB(power_known), NULL},
	{"NotAttributedMw", SMI_FIELD_QUANTITY, HUB(not_attributed_mw), NULL},
	{"EnergyTodayMwh", SMI_FIELD_QUANTITY, HUB(energy_today_mwh), NULL},
	{"State", SMI_FIELD_WORD, HUB(state), health_words},
	{"StateText", SMI_FIELD_TEXT, HUB(state_text), NULL},
	{"Agreement", SMI_FIELD_WORD, HUB(agreement), agreement_words},
	{"AgreementText", SMI_FIELD_TEXT, HUB(agreement_text), NULL},
	{"StorageError", SMI_FIELD_TEXT, HUB(storage_error), NULL},
	{"Alarms", SMI_FIELD_ALARMS, HUB(alarms), NULL},
};

static const struct smi_field device_fields[] = {
	{"Name", SMI_FIELD_NAME, DEVICE(name), NULL},
	{"Kind", SMI_FIELD_KIND, DEVICE(kind), NULL},
	{"PowerMw", SMI_FIELD_QUANTITY, DEVICE(power_mw), NULL},
	{"EnergyTodayMwh", SMI_FIELD_QUANTITY, DEVICE(energy_today_mwh), NULL},
	{"TimeUs", SMI_FIELD_TIME, DEVICE(time_us), NULL},
	{"State", SMI_FIELD_WORD, DEVICE(state), presence_words},
};

void smi_hub_values_init(struct smi_hub_values *values)
{
	*values = (struct smi_hub_values){.speed = 1, .agreement = SMI_AGREEMENT_WAITING};
}

void smi_device_values_init(struct smi_device_values *values)
{
	*values = (struct smi_device_values){.kind = "appliance", .state = SMI_PRESENCE_ABSENT};
}

const struct smi_field *smi_field_find(const char *interface, const char *property)
{
	const struct smi_field *fields = NULL;
	size_t count = 0;

	if (strcmp(interface, SMI_INTERFACE_HUB) == 0) {
		fields = hub_fields;
		count = G_N_ELEMENTS(hub_fields);
	} else if (strcmp(interface, SMI_INTERFACE_DEVICE) == 0) {
		fields = device_fields;
		count = G_N_ELEMENTS(device_fields);
	}
	for (size_t k = 0; k < count; k++) {
		if (strcmp(fields[k].property, property) == 0)
			return &fields[k];
	}
	return NULL;
}

/* Any integer type will do: nobody is helped by a blank screen over int32 and int64. */
static bool read_integer(GVariant *value, int64_t *ret_number)
{
	uint64_t number;

	switch ((int)g_variant_classify(value)) {
	case G_VARIANT_CLASS_BYTE:
		*ret_number = g_variant_get_byte(value);
		return true;
	case G_VARIANT_CLASS_INT16:
		*ret_number = g_variant_get_int16(value);
		return true;
	case G_VARIANT_CLASS_UINT16:
		*ret_number = g_variant_get_uint16(value);
		return true;
	case G_VARIANT_CLASS_INT32:
		*ret_number = g_variant_get_int32(value);
		return true;
	case G_VARIANT_CLASS_UINT32:
		*ret_number = g_variant_get_uint32(value);
		return true;
	case G_VARIANT_CLASS_INT64:
		*ret_number = g_variant_get_int64(value);
		return true;
	case G_VARIANT_CLASS_UINT64:
		number = g_variant_get_uint64(value);
		*ret_number = number > INT64_MAX ? INT64_MAX : (int64_t)number;
		return true;
	default:
		return false;
	}
}

static bool set_integer(GVariant *value, int64_t least, int64_t most, void *target)
{
	int64_t number;

	if (!read_integer(value, &number))
		return false;
	number = CLAMP(number, least, most);
	memcpy(target, &number, sizeof(number));
	return true;
}

static bool set_flag(GVariant *value, void *target)
{
	bool flag;

	if (!g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
		return false;
	flag = g_variant_get_boolean(value);
	memcpy(target, &flag, sizeof(flag));
	return true;
}

static bool set_text(GVariant *value, size_t characters_max, char *target)
{
	if (!g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return false;
	smi_sentence_clean(g_variant_get_string(value, NULL), characters_max, target,
			   4 * characters_max + 1);
	return true;
}

static bool set_word(GVariant *value, const char *const *words, void *target)
{
	if (!g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return false;
	for (int k = 0; words[k] != NULL; k++) {
		if (strcmp(words[k], g_variant_get_string(value, NULL)) == 0) {
			memcpy(target, &k, sizeof(k));
			return true;
		}
	}
	return false;
}

static bool set_alarms(GVariant *value, struct smi_alarms *alarms)
{
	GVariantIter iter;
	const char *who;
	const char *what;
	const char *why;
	gint64 time_us;

	if (!g_variant_is_of_type(value, G_VARIANT_TYPE("a(xsss)")))
		return false;
	alarms->count = 0;
	g_variant_iter_init(&iter, value);
	while (alarms->count < SMI_ALARMS_MAX &&
	       g_variant_iter_next(&iter, "(x&s&s&s)", &time_us, &who, &what, &why)) {
		struct smi_alarm *alarm = &alarms->list[alarms->count++];

		alarm->time_us = CLAMP(time_us, 0, SMI_TIME_LIMIT_US);
		smi_sentence_clean(who, SMI_NAME_CHARACTERS_MAX, alarm->who, SMI_NAME_MAX);
		smi_sentence_clean(*why != '\0' ? why : what, SMI_TEXT_CHARACTERS_MAX, alarm->why,
				   SMI_TEXT_MAX);
	}
	return true;
}

bool smi_field_set(const struct smi_field *field, GVariant *value, void *values)
{
	char *target = (char *)values + field->offset;

	switch (field->kind) {
	case SMI_FIELD_QUANTITY:
		return set_integer(value, -SMI_QUANTITY_LIMIT, SMI_QUANTITY_LIMIT, target);
	case SMI_FIELD_TIME:
		return set_integer(value, 0, SMI_TIME_LIMIT_US, target);
	case SMI_FIELD_SPEED:
		return set_integer(value, 1, SMI_SPEED_MAX, target);
	case SMI_FIELD_FLAG:
		return set_flag(value, target);
	case SMI_FIELD_NAME:
		if (!set_text(value, SMI_NAME_CHARACTERS_MAX, target))
			return false;
		smi_sentence_name(target);
		return true;
	case SMI_FIELD_KIND:
		return set_text(value, SMI_NAME_CHARACTERS_MAX, target);
	case SMI_FIELD_TEXT:
		return set_text(value, SMI_TEXT_CHARACTERS_MAX, target);
	case SMI_FIELD_WORD:
		return set_word(value, field->words, target);
	case SMI_FIELD_ALARMS:
		return set_alarms(value, &((struct smi_hub_values *)values)->alarms);
	}
	g_assert_not_reached();
}
