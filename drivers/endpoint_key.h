/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The node's own DTLS key: read, checked, and in the form that libcoap hands to wolfSSL. */
#pragma once

#include "base/bytes.h"

enum { ENDPOINT_KEY_FILE_MAX = 4096 };

struct endpoint_key {
	uint8_t *private_pem; /**< With a zero byte; wiped when freed. */
	size_t private_size;
	uint8_t *public_pem;
	size_t public_size;
};

/**
 * Reads a P-256 private key (PEM) that belongs to @spki. Errors: -EKEYREJECTED (not such a key, or
 * another one's), -EFBIG, -ENOMEM, -errno of the file.
 */
_must_check_ int endpoint_key_load(const char *file, struct bytes spki,
				   struct endpoint_key *ret_key);
void endpoint_key_clear(struct endpoint_key *key);
