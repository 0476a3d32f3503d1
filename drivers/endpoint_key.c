/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads the DTLS key file and makes sure that it is ours; keeps it in memory as PEM. */
#include "endpoint_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

enum {
	DER_MAX = 512,
	PUBLIC_PEM_MAX = 512,
};

static int read_file(const char *file, uint8_t buffer[static ENDPOINT_KEY_FILE_MAX],
		     size_t *ret_size)
{
	_cleanup_(closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (fd < 0)
		return -errno;
	while (size < ENDPOINT_KEY_FILE_MAX) {
		ssize_t count = read(fd, buffer + size, ENDPOINT_KEY_FILE_MAX - size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0) {
			*ret_size = size;
			return 0;
		}
		size += (size_t)count;
	}
	return -EFBIG;
}

/** The SubjectPublicKeyInfo of a private key; its size, or negative. */
static int derive_spki(const uint8_t *der, size_t size, uint8_t *spki, size_t spki_size)
{
	ecc_key key;
	word32 offset = 0;
	int result = wc_ecc_init(&key);

	if (result != 0)
		return result;
	result = wc_EccPrivateKeyDecode(der, &offset, &key, (word32)size);
	if (result == 0 && wc_ecc_get_curve_id(key.idx) != ECC_SECP256R1)
		result = ECC_CURVE_OID_E;
	if (result == 0 && key.type == ECC_PRIVATEKEY_ONLY)
		result = wc_ecc_make_pub(&key, NULL);
	if (result == 0)
		result = wc_EccPublicKeyToDer(&key, spki, (word32)spki_size, 1);
	wc_ecc_free(&key);
	return result;
}

static bool key_belongs(const uint8_t *pem, size_t size, struct bytes spki)
{
	uint8_t der[DER_MAX], own[DER_MAX];
	int der_size = wc_KeyPemToDer(pem, (int)size, der, sizeof(der), NULL);
	int own_size = -1;

	if (der_size > 0)
		own_size = derive_spki(der, (size_t)der_size, own, sizeof(own));
	explicit_bzero(der, sizeof(der));
	return own_size > 0 && bytes_equal(BYTES(own, (size_t)own_size), spki);
}

int endpoint_key_load(const char *file, struct bytes spki, struct endpoint_key *ret_key)
{
	struct endpoint_key key = {0};
	uint8_t text[ENDPOINT_KEY_FILE_MAX];
	uint8_t pem[PUBLIC_PEM_MAX];
	size_t size = 0;
	int pem_size, error;

	error = read_file(file, text, &size);
	if (error == 0 && !key_belongs(text, size, spki))
		error = -EKEYREJECTED;
	if (error < 0)
		goto wipe;
	pem_size = wc_DerToPem(spki.data, (word32)spki.size, pem, sizeof(pem), PUBLICKEY_TYPE);
	if (pem_size <= 0) {
		error = -EKEYREJECTED;
		goto wipe;
	}
	key.private_pem = calloc(1, size + 1);
	key.public_pem = calloc(1, (size_t)pem_size + 1);
	if (!key.private_pem || !key.public_pem) {
		endpoint_key_clear(&key);
		error = -ENOMEM;
		goto wipe;
	}
	memcpy(key.private_pem, text, size);
	memcpy(key.public_pem, pem, (size_t)pem_size);
	key.private_size = size + 1;
	key.public_size = (size_t)pem_size + 1;
	*ret_key = key;
wipe:
	explicit_bzero(text, sizeof(text));
	return error;
}

void endpoint_key_clear(struct endpoint_key *key)
{
	if (key->private_pem)
		explicit_bzero(key->private_pem, key->private_size);
	free(key->private_pem);
	free(key->public_pem);
	*key = (struct endpoint_key){0};
}
