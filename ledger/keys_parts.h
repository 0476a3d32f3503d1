/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What keys.c and keys_file.c share; nobody else includes it. */
#pragma once

#include "keys.h"

enum { KEYS_NUMBER_SIZE = 32 };

/** Order of P-256's base point, big-endian. */
extern const uint8_t keys_p256_order[KEYS_NUMBER_SIZE];
/** True for an s of at most half the order: of s and order - s the one that is admitted. */
bool keys_p256_is_low(const uint8_t *s);
