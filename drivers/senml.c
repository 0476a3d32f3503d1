/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * SenML packs of an IPSO power measurement; which numbers are plausible is its caller's matter.
 *
 *	[ { n: "5800", u: "W",  v: 1998.2,  bver: 26, bn: "/3305/0/", bt: 1327046400 },
 *	  { n: "5805", u: "Wh", v: 123456.7 } ]
 *
 * Labels are small integers (RFC 8428 section 6); base fields hold for the records after them.
 */
#include "senml.h"

#include <assert.h>
#include <errno.h>

#include "base/cbor.h"
#include "base/checked.h"
#include "senml_cbor.h"

enum label {
	LABEL_BASE_VERSION = -1,
	LABEL_BASE_NAME = -2,
	LABEL_BASE_TIME = -3,
	LABEL_BASE_UNIT = -4,
	LABEL_BASE_VALUE = -5,
	LABEL_NAME = 0,
	LABEL_UNIT = 1,
	LABEL_VALUE = 2,
	LABEL_TIME = 6,
};

enum {
	VERSION_DEFAULT = 10,
	VERSION_SECONDARY_UNITS = 26, /* 10 + 2^4, RFC 9100 section 3 */
	NAME_MAX_SIZE = 256,
	ABSOLUTE_S_MIN = 1 << 28, /* RFC 8428 section 4.5.3: below it a time is relative. */
	TAG_DECIMAL_FRACTION = 4,
	MAJOR_TAG = 6,
};

#define POWER_MW_MAX   INT64_C(1000000000000)	    /* 1 GW */
#define ENERGY_MWH_MAX INT64_C(1000000000000000000) /* 1000 TWh */
#define TIME_US_MAX    INT64_C(253402300800000000)  /* The year 10000 */

/** Base fields: they stand until a later record changes them. */
struct base_fields {
	struct bytes name;
	struct bytes unit;
	struct senml_number value;
	struct senml_number time;
	int64_t version;
};

struct record {
	struct bytes name;
	struct bytes unit;
	struct senml_number value;
	struct senml_number time;
	bool has_value;
};

/** In milliwatts or milliwatt-hours: value * scale / divisor. */
struct unit {
	const char *text;
	int64_t scale;
	int64_t divisor;
	bool is_secondary;
};

static const struct unit power_units[] = {
	{"", 1000, 1, false}, {"W", 1000, 1, false}, {"kW", 1000000, 1, true}};
static const struct unit energy_units[] = {{"", 1000, 1, false},
					   {"J", 1000, 3600, false},
					   {"Wh", 1000, 1, true},
					   {"kWh", 1000000, 1, true}};

const char *senml_error_text(enum senml_error error)
{
	switch (error) {
	case SENML_OK:
		return "no error";
	case SENML_MALFORMED:
		return "the payload is not SenML CBOR";
	case SENML_TOO_LARGE:
		return "the payload or its number of records is too large";
	case SENML_UNIT:
		return "a unit is unknown, or secondary without bver 26";
	case SENML_VALUE:
		return "a value is not finite or out of range";
	case SENML_NOTHING:
		return "no record holds power or energy";
	}
	return "unknown error";
}

static bool is_text(struct bytes bytes, const char *text)
{
	return bytes_equal(bytes, BYTES((const uint8_t *)text, strlen(text)));
}

/** A field we do not know: passed over, unless its name says that it must be understood. */
static void take_extension(struct senml_cursor *cursor)
{
	struct bytes label = senml_take_text(cursor);

	if (label.size > 0 && label.data[label.size - 1] == '_')
		cursor->has_failed = true; /* RFC 8428 section 4.4 */
	senml_skip(cursor);
}

static void take_field(struct senml_cursor *cursor, struct base_fields *base, struct record *record)
{
	if (senml_is_text(cursor)) {
		take_extension(cursor);
		return;
	}
	switch (senml_take_int(cursor)) {
	case LABEL_BASE_VERSION:
		base->version = senml_take_int(cursor);
		break;
	case LABEL_BASE_NAME:
		base->name = senml_take_text(cursor);
		break;
	case LABEL_BASE_TIME:
		base->time = senml_take_number(cursor);
		break;
	case LABEL_BASE_UNIT:
		base->unit = senml_take_text(cursor);
		break;
	case LABEL_BASE_VALUE:
		base->value = senml_take_number(cursor);
		break;
	case LABEL_NAME:
		record->name = senml_take_text(cursor);
		break;
	case LABEL_UNIT:
		record->unit = senml_take_text(cursor);
		break;
	case LABEL_VALUE:
		record->value = senml_take_number(cursor);
		record->has_value = true;
		break;
	case LABEL_TIME:
		record->time = senml_take_number(cursor);
		break;
	default:
		senml_skip(cursor);
		break;
	}
}

/** False if the version has features that we do not know, which then may change any meaning. */
static bool take_record(struct senml_cursor *cursor, struct base_fields *base,
			struct record *ret_record)
{
	struct senml_items fields = senml_take_map(cursor);

	*ret_record = (struct record){0};
	while (senml_take_next(cursor, &fields))
		take_field(cursor, base, ret_record);
	return !cursor->has_failed && ((base->version > 0 && base->version <= VERSION_DEFAULT) ||
				       base->version == VERSION_SECONDARY_UNITS);
}

/** The resource of object 3305 that a record names, any instance, after any prefix; 0 if none. */
static unsigned int resource_of(const struct base_fields *base, const struct record *record)
{
	char name[NAME_MAX_SIZE];
	const char *object;
	unsigned int resource = 0;
	size_t digits;

	if (base->name.size + record->name.size >= sizeof(name))
		return 0;
	if (base->name.size > 0)
		memcpy(name, base->name.data, base->name.size);
	if (record->name.size > 0)
		memcpy(name + base->name.size, record->name.data, record->name.size);
	name[base->name.size + record->name.size] = '\0';
	object = strstr(name, "/3305/");
	if (!object)
		return 0;
	object += strlen("/3305/");
	digits = strspn(object, "0123456789");
	if (digits == 0)
		return 0;
	if (strcmp(object + digits, "/5800") == 0)
		resource = 5800;
	else if (strcmp(object + digits, "/5805") == 0)
		resource = 5805;
	return resource;
}

static enum senml_error find_unit(const struct base_fields *base, const struct record *record,
				  const struct unit *units, size_t count,
				  const struct unit **ret_unit)
{
	struct bytes text = record->unit.size > 0 ? record->unit : base->unit;

	for (size_t index = 0; index < count; index++) {
		if (!is_text(text, units[index].text))
			continue;
		if (units[index].is_secondary && base->version != VERSION_SECONDARY_UNITS)
			return SENML_UNIT;
		*ret_unit = &units[index];
		return SENML_OK;
	}
	return SENML_UNIT;
}

/** Scales value and base value and adds them (RFC 8428 section 4.1). */
static enum senml_error take_value(const struct base_fields *base, const struct record *record,
				   const struct unit *unit, int64_t max, int64_t *ret_value)
{
	int64_t value;
	int64_t base_value;

	if (senml_scale(&record->value, unit->scale, unit->divisor, max, &value) < 0 ||
	    senml_scale(&base->value, unit->scale, unit->divisor, max, &base_value) < 0)
		return SENML_VALUE;
	value += base_value;
	if (value > max || value < -max)
		return SENML_VALUE;
	*ret_value = value;
	return SENML_OK;
}

static enum senml_error take_time(const struct base_fields *base, const struct record *record,
				  struct reading *reading)
{
	int64_t time_us;
	int64_t base_us;

	if (senml_scale(&record->time, 1000000, 1, TIME_US_MAX, &time_us) < 0 ||
	    senml_scale(&base->time, 1000000, 1, TIME_US_MAX, &base_us) < 0)
		return SENML_VALUE;
	if (time_us + base_us >= ABSOLUTE_S_MIN * INT64_C(1000000))
		reading->time_us = time_us + base_us;
	return SENML_OK;
}

static enum senml_error take_power(const struct base_fields *base, const struct record *record,
				   struct reading *reading)
{
	const struct unit *unit;
	enum senml_error error = find_unit(base, record, power_units,
					   sizeof(power_units) / sizeof(power_units[0]), &unit);

	if (error == SENML_OK)
		error = take_value(base, record, unit, POWER_MW_MAX, &reading->power_mw);
	reading->has_power = error == SENML_OK;
	return error;
}

static enum senml_error take_energy(const struct base_fields *base, const struct record *record,
				    struct reading *reading)
{
	const struct unit *unit;
	enum senml_error error = find_unit(base, record, energy_units,
					   sizeof(energy_units) / sizeof(energy_units[0]), &unit);

	if (error == SENML_OK)
		error = take_value(base, record, unit, ENERGY_MWH_MAX, &reading->energy_mwh);
	/* A register counts from 0 on. */
	if (error == SENML_OK && reading->energy_mwh < 0)
		error = SENML_VALUE;
	reading->has_energy = error == SENML_OK;
	return error;
}

static enum senml_error use_record(const struct base_fields *base, const struct record *record,
				   struct reading *reading)
{
	unsigned int resource = resource_of(base, record);
	enum senml_error error;

	if (!record->has_value || resource == 0)
		return SENML_OK;
	error = resource == 5800 ? take_power(base, record, reading)
				 : take_energy(base, record, reading);
	return error == SENML_OK ? take_time(base, record, reading) : error;
}

enum senml_error senml_decode(struct bytes payload, struct reading *reading)
{
	struct senml_cursor cursor = {.data = payload.data, .size = payload.size};
	struct base_fields base = {.version = VERSION_DEFAULT};
	struct reading decoded = *reading;
	struct senml_items records;
	unsigned int count = 0;

	if (payload.size > SENML_SIZE_MAX)
		return SENML_TOO_LARGE;
	decoded.has_power = decoded.has_energy = false;
	records = senml_take_array(&cursor);
	while (senml_take_next(&cursor, &records)) {
		struct record record;
		enum senml_error error;

		if (++count > SENML_RECORDS_MAX)
			return SENML_TOO_LARGE;
		if (!take_record(&cursor, &base, &record))
			return SENML_MALFORMED;
		error = use_record(&base, &record, &decoded);
		if (error != SENML_OK)
			return error;
	}
	if (cursor.has_failed || cursor.offset != cursor.size)
		return SENML_MALFORMED;
	if (!decoded.has_power && !decoded.has_energy)
		return SENML_NOTHING;
	*reading = decoded;
	return SENML_OK;
}

/** value / 10^-exponent as a decimal fraction; whole ones as an integer. */
static void write_decimal(struct cbor_writer *writer, int64_t value, int64_t divisor, int exponent)
{
	const uint8_t tag = MAJOR_TAG << 5 | TAG_DECIMAL_FRACTION;

	if (value % divisor == 0) {
		cbor_write_int(writer, value / divisor);
		return;
	}
	cbor_write_raw(writer, BYTES(&tag, 1));
	cbor_write_array(writer, 2);
	cbor_write_int(writer, exponent);
	cbor_write_int(writer, value);
}

static void write_base(struct cbor_writer *writer, const struct reading *reading, bool has_time)
{
	cbor_write_int(writer, LABEL_BASE_VERSION);
	cbor_write_int(writer, VERSION_SECONDARY_UNITS);
	cbor_write_int(writer, LABEL_BASE_NAME);
	cbor_write_text(writer, "/3305/0/");
	if (!has_time)
		return;
	cbor_write_int(writer, LABEL_BASE_TIME);
	write_decimal(writer, reading->time_us, 1000000, -6);
}

static void write_record(struct cbor_writer *writer, const char *name, const char *unit,
			 int64_t value)
{
	cbor_write_int(writer, LABEL_NAME);
	cbor_write_text(writer, name);
	cbor_write_int(writer, LABEL_UNIT);
	cbor_write_text(writer, unit);
	cbor_write_int(writer, LABEL_VALUE);
	write_decimal(writer, value, 1000, -3);
}

int senml_encode(const struct reading *reading, uint8_t *data, size_t capacity, size_t *ret_size)
{
	struct cbor_writer writer;
	bool has_time = reading->time_us >= ABSOLUTE_S_MIN * INT64_C(1000000);
	size_t fields = has_time ? 6 : 5;

	assert(reading->has_power || reading->has_energy);
	cbor_write_init(&writer, data, capacity);
	cbor_write_array(&writer, (reading->has_power ? 1u : 0u) + (reading->has_energy ? 1u : 0u));
	if (reading->has_power) {
		cbor_write_map(&writer, fields);
		write_record(&writer, "5800", "W", reading->power_mw);
		write_base(&writer, reading, has_time);
		fields = 3;
	}
	if (reading->has_energy) {
		cbor_write_map(&writer, fields);
		write_record(&writer, "5805", "Wh", reading->energy_mwh);
		if (!reading->has_power)
			write_base(&writer, reading, has_time);
	}
	if (writer.error < 0)
		return writer.error;
	*ret_size = writer.size;
	return 0;
}
