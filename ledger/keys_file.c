/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Makes, reads and signs with the node's own key pairs, kept as PEM files (PKCS #8, RFC 5958). */
#include "keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/random.h>

#include "keys_parts.h"

enum { PEM_SIZE_MAX = 4096, DER_SIZE_MAX = 512, SIGNATURE_DER_MAX = 80 };

static const char sign_file[] = "sign.pem";
static const char dtls_file[] = "dtls.pem";

struct keys {
	struct public_key sign_key;
	ed25519_key ed25519; /**< One of these two signs, as sign_key.algorithm says. */
	ecc_key p256;
	WC_RNG rng; /**< For the nonces of P-256. */
	uint8_t spki[LEDGER_SPKI_MAX];
	size_t spki_size;
	char dtls_path[KEYS_PATH_MAX];
};

/** A buffer that held a private key. */
struct secret {
	uint8_t data[PEM_SIZE_MAX];
	word32 size;
};

static void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

static int path_in(const char *directory, const char *file, const char *suffix,
		   char path[static KEYS_PATH_MAX])
{
	int size = snprintf(path, KEYS_PATH_MAX, "%s/%s%s", directory, file, suffix);

	return size < 0 || size >= KEYS_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Making */

static int make_ed25519(WC_RNG *rng, struct secret *ret_der)
{
	ed25519_key key;
	int size = -1;

	if (wc_ed25519_init(&key) != 0)
		return -EIO;
	if (wc_ed25519_make_key(rng, ED25519_KEY_SIZE, &key) == 0)
		size = wc_Ed25519PrivateKeyToDer(&key, ret_der->data, sizeof(ret_der->data));
	wc_ed25519_free(&key);
	if (size <= 0)
		return -EIO;
	ret_der->size = (word32)size;
	return 0;
}

static int make_p256(WC_RNG *rng, struct secret *ret_der)
{
	ecc_key key;
	int r;

	if (wc_ecc_init(&key) != 0)
		return -EIO;
	ret_der->size = sizeof(ret_der->data);
	r = wc_ecc_make_key_ex(rng, KEYS_NUMBER_SIZE, &key, ECC_SECP256R1);
	if (r == 0)
		r = wc_EccKeyToPKCS8(&key, ret_der->data, &ret_der->size);
	(void)wc_ecc_free(&key);
	return r < 0 ? -EIO : 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

static int sync_directory(const char *directory)
{
	_cleanup_(closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/** Under another name first, so that a power cut leaves either no file or a whole one. */
static int write_file(const char *directory, const char *file, const struct secret *pem)
{
	_cleanup_(closep) int fd = -1;
	char path[KEYS_PATH_MAX];
	char temporary[KEYS_PATH_MAX];
	int r;

	if (path_in(directory, file, "", path) < 0 ||
	    path_in(directory, file, ".new", temporary) < 0)
		return -ENAMETOOLONG;
	if (unlink(temporary) < 0 && errno != ENOENT)
		return -errno;
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, pem->data, pem->size);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return r;
	}
	return sync_directory(directory);
}

static int make_file(const char *directory, const char *file,
		     int (*make)(WC_RNG *rng, struct secret *ret_der))
{
	_cleanup_(secret_wipe) struct secret der = {0};
	_cleanup_(secret_wipe) struct secret pem = {0};
	char path[KEYS_PATH_MAX];
	WC_RNG rng;
	int size;
	int r = path_in(directory, file, "", path);

	if (r < 0)
		return r;
	if (access(path, F_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (wc_InitRng(&rng) != 0)
		return -EIO;
	r = make(&rng, &der);
	(void)wc_FreeRng(&rng);
	if (r < 0)
		return r;
	size = wc_DerToPem(der.data, der.size, pem.data, sizeof(pem.data), PKCS8_PRIVATEKEY_TYPE);
	if (size <= 0)
		return -EIO;
	pem.size = (word32)size;
	return write_file(directory, file, &pem);
}

int keys_make(const char *directory)
{
	char parent[KEYS_PATH_MAX];
	int r = path_in(directory, "..", "", parent);

	if (r < 0)
		return r;
	if (mkdir(directory, 0700) == 0)
		r = sync_directory(parent);
	else if (errno != EEXIST)
		r = -errno;
	if (r < 0)
		return r;
	r = make_file(directory, sign_file, make_ed25519);
	if (r < 0)
		return r;
	return make_file(directory, dtls_file, make_p256);
}

/* Loading */

static int read_all(int fd, struct secret *ret_secret)
{
	size_t size = 0;

	while (size < sizeof(ret_secret->data)) {
		ssize_t done = read(fd, ret_secret->data + size, sizeof(ret_secret->data) - size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0) {
			ret_secret->size = (word32)size;
			return 0;
		}
		size += (size_t)done;
	}
	return -EBADMSG;
}

/** The private key in a PEM file, as DER. */
static int read_file(const char *path, struct secret *ret_der)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	_cleanup_(secret_wipe) struct secret pem = {0};
	struct stat status;
	int size;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return -EPERM;
	r = read_all(fd, &pem);
	if (r < 0)
		return r;
	size = wc_KeyPemToDer(pem.data, (int)pem.size, ret_der->data, sizeof(ret_der->data), NULL);
	if (size <= 0)
		return -EBADMSG;
	ret_der->size = (word32)size;
	return 0;
}

static int decode_ed25519(const struct secret *der, ed25519_key *key, struct public_key *ret_public)
{
	word32 offset = 0;

	ret_public->algorithm = KEY_ED25519;
	if (wc_Ed25519PrivateKeyDecode(der->data, &offset, key, der->size) != 0)
		return -EBADMSG;
	if (wc_ed25519_make_public(key, ret_public->bytes, ED25519_PUB_KEY_SIZE) != 0)
		return -EBADMSG;
	/* Signing hashes the public key too. */
	if (wc_ed25519_import_public_ex(ret_public->bytes, ED25519_PUB_KEY_SIZE, key, 1) != 0)
		return -EBADMSG;
	return 0;
}

static int decode_p256(const struct secret *der, ecc_key *key, WC_RNG *rng,
		       struct public_key *ret_public)
{
	word32 x_size = KEYS_NUMBER_SIZE;
	word32 y_size = KEYS_NUMBER_SIZE;
	word32 offset = 0;

	ret_public->algorithm = KEY_P256;
	if (wc_EccPrivateKeyDecode(der->data, &offset, key, der->size) != 0 ||
	    wc_ecc_get_curve_id(key->idx) != ECC_SECP256R1)
		return -EBADMSG;
	if (wc_ecc_make_pub_ex(key, NULL, rng) != 0 || wc_ecc_set_rng(key, rng) != 0)
		return -EBADMSG;
	if (wc_ecc_export_public_raw(key, ret_public->bytes, &x_size,
				     ret_public->bytes + KEYS_NUMBER_SIZE, &y_size) != 0)
		return -EBADMSG;
	return 0;
}

static int load_sign(const char *directory, struct keys *keys)
{
	_cleanup_(secret_wipe) struct secret der = {0};
	char path[KEYS_PATH_MAX];
	int r = path_in(directory, sign_file, "", path);

	if (r == 0)
		r = read_file(path, &der);
	if (r == 0 && decode_ed25519(&der, &keys->ed25519, &keys->sign_key) < 0) {
		keys->sign_key = (struct public_key){0};
		r = decode_p256(&der, &keys->p256, &keys->rng, &keys->sign_key);
	}
	return r;
}

static int load_dtls(const char *directory, struct keys *keys)
{
	_cleanup_(secret_wipe) struct secret der = {0};
	struct public_key public_key = {0};
	ecc_key key;
	int r = path_in(directory, dtls_file, "", keys->dtls_path);

	if (r == 0)
		r = read_file(keys->dtls_path, &der);
	if (r < 0)
		return r;
	if (wc_ecc_init(&key) != 0)
		return -ENOMEM;
	r = decode_p256(&der, &key, &keys->rng, &public_key);
	if (r == 0) {
		int size = wc_EccPublicKeyToDer(&key, keys->spki, sizeof(keys->spki), 1);

		r = size <= 0 ? -EBADMSG : 0;
		keys->spki_size = size <= 0 ? 0 : (size_t)size;
	}
	(void)wc_ecc_free(&key);
	return r;
}

int keys_load(const char *directory, struct keys **ret_keys)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	int r;

	if (!keys)
		return -ENOMEM;
	if (wc_InitRng(&keys->rng) != 0) {
		free(keys);
		return -EIO;
	}
	/* Both only set the structures up; they allocate nothing and do not fail. */
	r = wc_ed25519_init(&keys->ed25519);
	assert(r == 0);
	r = wc_ecc_init(&keys->p256);
	assert(r == 0);
	r = load_sign(directory, keys);
	if (r == 0)
		r = load_dtls(directory, keys);
	if (r < 0) {
		keys_free(keys);
		return r;
	}
	*ret_keys = keys;
	return 0;
}

void keys_free(struct keys *keys)
{
	if (!keys)
		return;
	wc_ed25519_free(&keys->ed25519);
	(void)wc_ecc_free(&keys->p256);
	(void)wc_FreeRng(&keys->rng);
	explicit_bzero(keys, sizeof(*keys));
	free(keys);
}

const struct public_key *keys_sign_key(const struct keys *keys)
{
	return &keys->sign_key;
}

struct bytes keys_spki(const struct keys *keys)
{
	return BYTES(keys->spki, keys->spki_size);
}

const char *keys_dtls_file(const struct keys *keys)
{
	return keys->dtls_path;
}

/* Signing */

static int sign_ed25519(struct keys *keys, const struct hash *hash, struct signature *ret_signature)
{
	word32 size = sizeof(ret_signature->bytes);

	if (wc_ed25519_sign_msg(hash->bytes, sizeof(hash->bytes), ret_signature->bytes, &size,
				&keys->ed25519) != 0 ||
	    size != sizeof(ret_signature->bytes))
		return -EIO;
	return 0;
}

/** Right-aligns a number of @size bytes at most 32. */
static void align(uint8_t *number, size_t size)
{
	memmove(number + KEYS_NUMBER_SIZE - size, number, size);
	memset(number, 0, KEYS_NUMBER_SIZE - size);
}

/** order - s, big-endian; s is below the order. */
static void negate(uint8_t *s)
{
	unsigned int borrow = 0;

	for (size_t index = KEYS_NUMBER_SIZE; index > 0; index--) {
		unsigned int taken = s[index - 1] + borrow;

		borrow = keys_p256_order[index - 1] < taken;
		s[index - 1] = (uint8_t)(keys_p256_order[index - 1] + 256 * borrow - taken);
	}
}

static int sign_p256(struct keys *keys, const struct hash *hash, struct signature *ret_signature)
{
	uint8_t *s = ret_signature->bytes + KEYS_NUMBER_SIZE;
	uint8_t der[SIGNATURE_DER_MAX];
	word32 der_size = sizeof(der);
	word32 r_size = KEYS_NUMBER_SIZE;
	word32 s_size = KEYS_NUMBER_SIZE;

	if (wc_ecc_sign_hash(hash->bytes, sizeof(hash->bytes), der, &der_size, &keys->rng,
			     &keys->p256) != 0 ||
	    wc_ecc_sig_to_rs(der, der_size, ret_signature->bytes, &r_size, s, &s_size) != 0)
		return -EIO;
	align(ret_signature->bytes, r_size);
	align(s, s_size);
	if (!keys_p256_is_low(s))
		negate(s);
	return 0;
}

static int sign(void *context, const struct hash *hash, struct signature *ret_signature)
{
	struct keys *keys = context;
	struct signature signature = {0};
	int r = keys->sign_key.algorithm == KEY_ED25519 ? sign_ed25519(keys, hash, &signature)
							: sign_p256(keys, hash, &signature);

	if (r == 0)
		*ret_signature = signature;
	return r;
}

struct signer keys_signer(struct keys *keys)
{
	return (struct signer){.sign = sign, .context = keys};
}
