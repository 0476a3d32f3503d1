/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Getters and comparisons that all interfaces share. */
#include "bus_object.h"

#include <assert.h>

#include "base/utf8.h"
#include "ledger/contract.h"

static_assert(offsetof(struct bus_shown, view) == 0, "offsets of the view serve both");
static_assert(sizeof(enum role) == sizeof(unsigned int), "bus_int_differs() compares enumerations");

void bus_text_clean(const char *text, char ret_text[static BUS_TEXT_MAX])
{
	size_t size = strnlen(text, BUS_TEXT_MAX - 1);

	/* A cut may have split a character: then the bytes that are left of it go too. */
	memcpy(ret_text, text, size);
	ret_text[size] = '\0';
	if (utf8_is_printable(BYTES((const uint8_t *)ret_text, size)))
		return;
	for (size_t index = 0; index < size; index++)
		if (ret_text[index] < ' ' || ret_text[index] > '~')
			ret_text[index] = '?';
}

int bus_get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	char text[BUS_TEXT_MAX];

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	bus_text_clean(userdata, text);
	return sd_bus_message_append(reply, "s", text);
}

int bus_get_bool(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const bool *value = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "b", (int)*value);
}

int bus_get_hash(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct hash *hash = userdata;
	char text[2 * sizeof(hash->bytes) + 1];

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	bytes_to_hex(BYTES_OF(*hash), text, sizeof(text));
	return sd_bus_message_append(reply, "s", text);
}

int bus_get_role(sd_bus *bus, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const enum role *role = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", role_text(*role));
}

int bus_get_layer(sd_bus *bus, const char *path, const char *interface, const char *property,
		  sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const enum layer *layer = userdata;

	(void)bus, (void)path, (void)interface, (void)property, (void)error;
	return sd_bus_message_append(reply, "s", layer_text(*layer));
}

bool bus_text_differs(const void *a, const void *b)
{
	return strcmp(a, b) != 0;
}

bool bus_bool_differs(const void *a, const void *b)
{
	return *(const bool *)a != *(const bool *)b;
}

bool bus_long_differs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint64_t)) != 0;
}

bool bus_int_differs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(unsigned int)) != 0;
}

bool bus_hash_differs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash)) != 0;
}
