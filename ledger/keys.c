/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Signatures by wolfCrypt, with the checks that all members must make alike: two that disagree on a
 * signature could stall a layer. Nothing is kept between calls.
 */
#include "keys.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>

#include "codec.h"
#include "keys_parts.h"

enum {
	SIGN_BIT = 0x80, /**< Of x, in the last byte of an Ed25519 point. */
	DER_SIZE_MAX = 80,
};

/** Order of the base point, L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
static const uint8_t ed25519_order[KEYS_NUMBER_SIZE] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
	0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
};

/** p = 2^255 - 19, little-endian. */
static const uint8_t ed25519_prime[KEYS_NUMBER_SIZE] = {
	0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};

/**
 * The y of the eight points whose order divides the cofactor 8, little-endian: 0 (order 4), 1 (the
 * neutral point), -1 (order 2) and the two of order 8, which solve x^2 = y^2. A key among them
 * makes one signature valid for many messages.
 */
static const uint8_t ed25519_small[][KEYS_NUMBER_SIZE] = {
	{0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
	{0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

/** Order of the base point of P-256, big-endian (SEC 2, section 2.4.2). */
const uint8_t keys_p256_order[KEYS_NUMBER_SIZE] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/** Half of it, rounded down. */
static const uint8_t p256_half[KEYS_NUMBER_SIZE] = {
	0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b,
	0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
};

/** Compares little-endian numbers. */
static int compare_little(const uint8_t *a, const uint8_t *b)
{
	for (size_t index = KEYS_NUMBER_SIZE; index > 0; index--)
		if (a[index - 1] != b[index - 1])
			return a[index - 1] < b[index - 1] ? -1 : 1;
	return 0;
}

/** True for the one encoding of a point that is not of small order (RFC 8032 section 5.1.3). */
static bool is_strict_point(const uint8_t *encoded)
{
	uint8_t y[KEYS_NUMBER_SIZE];

	memcpy(y, encoded, sizeof(y));
	y[KEYS_NUMBER_SIZE - 1] &= (uint8_t)~SIGN_BIT;
	if (compare_little(y, ed25519_prime) >= 0)
		return false;
	for (size_t index = 0; index < sizeof(ed25519_small) / sizeof(ed25519_small[0]); index++)
		if (memcmp(y, ed25519_small[index], sizeof(y)) == 0)
			return false;
	return true;
}

static bool ed25519_verify(const struct public_key *key, const struct hash *hash,
			   const struct signature *signature)
{
	ed25519_key imported;
	int is_valid = 0;
	int r;

	if (!is_strict_point(key->bytes) ||
	    compare_little(signature->bytes + KEYS_NUMBER_SIZE, ed25519_order) >= 0)
		return false;
	if (wc_ed25519_init(&imported) != 0)
		return false;
	/* Verification itself refuses what is not on the curve. */
	r = wc_ed25519_import_public_ex(key->bytes, ED25519_PUB_KEY_SIZE, &imported, 1);
	if (r == 0)
		r = wc_ed25519_verify_msg(signature->bytes, sizeof(signature->bytes), hash->bytes,
					  sizeof(hash->bytes), &is_valid, &imported);
	wc_ed25519_free(&imported);
	return r == 0 && is_valid == 1;
}

bool keys_p256_is_low(const uint8_t *s)
{
	return memcmp(s, p256_half, sizeof(p256_half)) <= 0;
}

static bool is_zero(const uint8_t *number)
{
	static const uint8_t zero[KEYS_NUMBER_SIZE] = {0};

	return memcmp(number, zero, sizeof(zero)) == 0;
}

static bool p256_import(const struct public_key *key, ecc_key *ret_key)
{
	if (wc_ecc_init(ret_key) != 0)
		return false;
	if (wc_ecc_import_unsigned(ret_key, key->bytes, key->bytes + KEYS_NUMBER_SIZE, NULL,
				   ECC_SECP256R1) == 0 &&
	    wc_ecc_check_key(ret_key) == 0)
		return true;
	(void)wc_ecc_free(ret_key);
	return false;
}

static bool p256_verify(const struct public_key *key, const struct hash *hash,
			const struct signature *signature)
{
	const uint8_t *r_bytes = signature->bytes;
	const uint8_t *s_bytes = signature->bytes + KEYS_NUMBER_SIZE;
	uint8_t der[DER_SIZE_MAX];
	word32 der_size = sizeof(der);
	ecc_key imported;
	int is_valid = 0;
	int r;

	if (is_zero(r_bytes) || is_zero(s_bytes) || !keys_p256_is_low(s_bytes) ||
	    memcmp(r_bytes, keys_p256_order, KEYS_NUMBER_SIZE) >= 0)
		return false;
	if (!p256_import(key, &imported))
		return false;
	r = wc_ecc_rs_raw_to_sig(r_bytes, KEYS_NUMBER_SIZE, s_bytes, KEYS_NUMBER_SIZE, der,
				 &der_size);
	if (r == 0)
		r = wc_ecc_verify_hash(der, der_size, hash->bytes, sizeof(hash->bytes), &is_valid,
				       &imported);
	(void)wc_ecc_free(&imported);
	return r == 0 && is_valid == 1;
}

static bool verify(void *context, const struct public_key *key, const struct hash *hash,
		   const struct signature *signature)
{
	(void)context;
	switch (key->algorithm) {
	case KEY_ED25519:
		return ed25519_verify(key, hash, signature);
	case KEY_P256:
		return p256_verify(key, hash, signature);
	}
	return false;
}

struct verifier keys_verifier(void)
{
	return (struct verifier){.verify = verify};
}

struct device_id keys_device_id(const struct public_key *key)
{
	const uint8_t algorithm = (uint8_t)key->algorithm;
	const struct bytes parts[] = {
		BYTES(&algorithm, 1),
		BYTES(key->bytes, key->algorithm == KEY_ED25519 ? 32 : 64),
	};
	struct device_id id;
	struct hash hash;

	hash_parts(parts, 2, &hash);
	memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
	return id;
}
