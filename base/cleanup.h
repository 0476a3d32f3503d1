/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One owner per thing: the cleanup attribute and how ownership is handed over. */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define _cleanup_(function)	      __attribute__((cleanup(function)))
#define _must_check_		      __attribute__((warn_unused_result))
#define _printf_(format_index, first) __attribute__((__format__(__printf__, format_index, first)))

/** For _cleanup_(freep): frees what the annotated pointer points at; NULL is allowed. */
static inline void freep(void *pointer)
{
	void *owned;

	memcpy(&owned, pointer, sizeof(owned));
	free(owned);
}

/** For _cleanup_(closep): closes the annotated descriptor; negative is allowed. */
static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void *take_pointer_(void *address)
{
	void *owned;
	void *nothing = NULL;

	memcpy(&owned, address, sizeof(owned));
	memcpy(address, &nothing, sizeof(nothing));
	return owned;
}

/** Returns the pointer and leaves NULL behind: the caller of TAKE no longer owns it. */
#define TAKE(pointer) ((__typeof__(pointer))take_pointer_(&(pointer)))

/** Defines namep() for _cleanup_(namep) from a destructor that takes NULL. */
#define DEFINE_CLEANUP(type, function)                                                             \
	static inline void function##p(type *pointer)                                              \
	{                                                                                          \
		function(*pointer);                                                                \
	}                                                                                          \
	struct cleanup_##function##_needs_semicolon
