/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Recorded traces from files, plain or gzip: the I/O beside load_new_trace(). */
#pragma once

#include "load.h"

/**
 * Reads a whole file into a load. The caller frees it with load_free(). Errors: those of
 * load_new_trace(), -EBADMSG (damaged gzip), -EFBIG, -errno of the file; @error begins with @path.
 */
_must_check_ int load_open_trace(const char *path, struct load **ret_load,
				 struct load_error *error);
