/* SPDX-License-Identifier: GPL-3.0-or-later */
/** SHA-256 of what comes in pieces; whole values go through hash_parts() of codec.h. */
#pragma once

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include "objects.h"

/** Lives between hasher_init() and hasher_finish(); nothing is allocated. */
struct hasher {
	wc_Sha256 sha;
};

void hasher_init(struct hasher *hasher);
void hasher_add(struct hasher *hasher, struct bytes bytes);
void hasher_finish(struct hasher *hasher, struct hash *ret_hash);
