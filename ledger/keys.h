/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Key pairs and signatures: the only file that knows wolfCrypt. All signing goes through struct
 * signer, so that a secure element, or a simulator's cheap stand-in, can take its place.
 */
#pragma once

#include "objects.h"

enum { KEYS_PATH_MAX = 512 };

/** Signs for one member. @context is the implementation's. */
struct signer {
	/** Signs a hash. Errors: -EIO (the element failed). */
	int (*sign)(void *context, const struct hash *hash, struct signature *ret_signature);
	void *context;
};

/** Checks signatures. */
struct verifier {
	/** True if @signature of @hash is @key's (RFC 8032 strict: S < L, small-order keys
	 * refused). */
	bool (*verify)(void *context, const struct public_key *key, const struct hash *hash,
		       const struct signature *signature);
	void *context;
};

/** wolfCrypt's verification; keeps nothing between calls. */
struct verifier keys_verifier(void);

struct device_id keys_device_id(const struct public_key *key);

/** The node's own pairs, read from DIR/sign.pem and DIR/dtls.pem. */
struct keys;

/**
 * Makes both pairs in @directory (mode 0700 made if missing; files 0600, written, synced and
 * renamed) unless they exist. Errors: -errno, -EIO (no randomness).
 */
_must_check_ int keys_make(const char *directory);
/** Loads both. Errors: -ENOENT, -EBADMSG (not such a key), -EPERM (others may read it), -errno. */
_must_check_ int keys_load(const char *directory, struct keys **ret_keys);
void keys_free(struct keys *keys);

const struct public_key *keys_sign_key(const struct keys *keys);
/** SubjectPublicKeyInfo of the DTLS key, owned by @keys. */
struct bytes keys_spki(const struct keys *keys);
/** DIR/dtls.pem, owned by @keys. */
const char *keys_dtls_file(const struct keys *keys);
/** Signs with sign.pem; valid as long as @keys. */
struct signer keys_signer(struct keys *keys);
