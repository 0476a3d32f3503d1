/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Object paths of org.smihub.Hub1.xml: how a name stands in one. Pure. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

enum { BUS_PATH_MAX = 256 };

#define BUS_ROOT_PATH	  "/org/smihub/Hub1"
#define BUS_DEVICE_PATH	  BUS_ROOT_PATH "/device"
#define BUS_LEDGER_PATH	  BUS_ROOT_PATH "/ledger"
#define BUS_CONTRACT_PATH BUS_ROOT_PATH "/contract"

/**
 * @prefix, '/' and @name, in which every byte other than A-Z a-z 0-9 becomes '_' and two lower-case
 * hexadecimal digits; an empty name becomes '_'. Two names never give the same path.
 * Errors: -ENAMETOOLONG.
 */
_must_check_ int bus_path_make(const char *prefix, const char *name,
			       char ret_path[static BUS_PATH_MAX]);
