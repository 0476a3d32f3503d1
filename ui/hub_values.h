/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the panel keeps of the hub and of a device, as plain bounded values, and the one table that
 * says which property of org.smihub.Hub1.xml fills which of them. Values of another type or beyond
 * a bound are refused and leave what was there.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SMI_INTERFACE_HUB    "org.smihub.Hub1"
#define SMI_INTERFACE_DEVICE "org.smihub.Device1"

enum {
	SMI_NAME_CHARACTERS_MAX = 64,
	SMI_NAME_MAX = 4 * SMI_NAME_CHARACTERS_MAX + 1,
	SMI_TEXT_CHARACTERS_MAX = 160,
	SMI_TEXT_MAX = 4 * SMI_TEXT_CHARACTERS_MAX + 1,
	SMI_ALARMS_MAX = 20,
};

#define SMI_QUANTITY_LIMIT INT64_C(1000000000000000)  /* milliwatts or milliwatt-hours */
#define SMI_TIME_LIMIT_US  INT64_C(32503680000000000) /* the year 3000 */
#define SMI_SPEED_MAX	   100000

enum smi_health {
	SMI_HEALTH_GOOD,
	SMI_HEALTH_WARNING,
	SMI_HEALTH_FAILING,
};

enum smi_agreement {
	SMI_AGREEMENT_AGREED,
	SMI_AGREEMENT_WAITING,
	SMI_AGREEMENT_STOPPED,
	SMI_AGREEMENT_UNWITNESSED,
};

enum smi_presence {
	SMI_PRESENCE_LIVE,
	SMI_PRESENCE_STALE,
	SMI_PRESENCE_ABSENT,
};

struct smi_alarm {
	int64_t time_us;
	char who[SMI_NAME_MAX];
	char why[SMI_TEXT_MAX];
};

struct smi_alarms {
	size_t count;
	struct smi_alarm list[SMI_ALARMS_MAX]; /**< Newest first. */
};

struct smi_hub_values {
	char name[SMI_NAME_MAX];
	int64_t time_us;
	int64_t speed;
	int64_t power_mw;
	bool power_known;
	int64_t not_attributed_mw;
	int64_t energy_today_mwh;
	int state; /**< enum smi_health */
	char state_text[SMI_TEXT_MAX];
	int agreement; /**< enum smi_agreement */
	char agreement_text[SMI_TEXT_MAX];
	char storage_error[SMI_TEXT_MAX];
	struct smi_alarms alarms;
};

struct smi_device_values {
	char name[SMI_NAME_MAX];
	char kind[SMI_NAME_MAX];
	int64_t power_mw;
	int64_t energy_today_mwh;
	int64_t time_us;
	int state; /**< enum smi_presence */
};

enum smi_field_kind {
	SMI_FIELD_QUANTITY,
	SMI_FIELD_TIME,
	SMI_FIELD_SPEED,
	SMI_FIELD_FLAG,
	SMI_FIELD_NAME,
	SMI_FIELD_KIND,
	SMI_FIELD_TEXT,
	SMI_FIELD_WORD,
	SMI_FIELD_ALARMS,
};

struct smi_field {
	const char *property;
	enum smi_field_kind kind;
	size_t offset;
	const char *const *words; /**< SMI_FIELD_WORD: its values in the order of the enum. */
};

/** Puts the hub and a device into the state before anything was heard of them. */
void smi_hub_values_init(struct smi_hub_values *values);
void smi_device_values_init(struct smi_device_values *values);

/** Returns the field a property fills, or NULL for what the panel does not show. */
const struct smi_field *smi_field_find(const char *interface, const char *property);

/**
 * Sets the field of `values` (of the hub or of a device, as the interface of the field says).
 * Returns false, and changes nothing, if `value` is of another type or not a word of the field;
 * numbers beyond a limit become the limit, texts are cut.
 */
bool smi_field_set(const struct smi_field *field, GVariant *value, void *values);
