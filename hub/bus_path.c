/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Writes names into object paths, whose elements know only letters, digits and '_' (D-Bus). */
#include "bus_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_plain(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9');
}

int bus_path_make(const char *prefix, const char *name, char ret_path[static BUS_PATH_MAX])
{
	enum { ESCAPE_SIZE = 3 };
	char path[BUS_PATH_MAX];
	int size = snprintf(path, sizeof(path), "%s/%s", prefix, name[0] == '\0' ? "_" : "");

	if (size < 0 || (size_t)size >= sizeof(path))
		return -ENAMETOOLONG;
	for (; *name != '\0'; name++) {
		if ((size_t)size + ESCAPE_SIZE >= sizeof(path))
			return -ENAMETOOLONG;
		size += snprintf(path + size, sizeof(path) - (size_t)size,
				 is_plain(*name) ? "%c" : "_%02x", (unsigned char)*name);
	}
	memcpy(ret_path, path, (size_t)size + 1);
	return 0;
}
