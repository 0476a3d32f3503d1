/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Small files as a whole: read with a bound, replaced so that a power cut leaves old or new. */
#pragma once

#include "base/bytes.h"

/**
 * Reads @path; the caller frees *ret_text, which ends with a zero byte that *ret_size does not
 * count. Errors: -EFBIG (more than @size_max), -ENOMEM, -errno.
 */
_must_check_ int file_read(const char *path, size_t size_max, char **ret_text, size_t *ret_size);

/** Writes @path.new, syncs, renames, syncs the directory. Mode 0600. Errors: -errno. */
_must_check_ int file_replace(const char *path, struct bytes content);
