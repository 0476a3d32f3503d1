/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Signatures that all members judge alike, and the key files. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ledger/codec.h"
#include "ledger_fixture.h"

enum { FILES_PATH_MAX = 128 };

/** A folder of its own for one test. */
struct folder {
	char path[64];
};

static void folder_make(struct folder *folder)
{
	(void)snprintf(folder->path, sizeof(folder->path), "/tmp/smi-test-keys-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
}

static const char *file_in(const struct folder *folder, const char *name,
			   char path[static FILES_PATH_MAX])
{
	(void)snprintf(path, FILES_PATH_MAX, "%s/%s", folder->path, name);
	return path;
}

static void folder_remove(const struct folder *folder)
{
	static const char *const names[] = {"sign.pem", "dtls.pem", "sign.pem.new", "dtls.pem.new"};
	char path[FILES_PATH_MAX];

	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++)
		(void)unlink(file_in(folder, names[index], path));
	assert_int_equal(rmdir(folder->path), 0);
}

static void write_file(const struct folder *folder, const char *name, const char *text, mode_t mode)
{
	char path[FILES_PATH_MAX];
	int fd;

	(void)unlink(file_in(folder, name, path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static bool verifies(const struct public_key *key, const struct hash *hash,
		     const struct signature *signature)
{
	struct verifier verifier = keys_verifier();

	return verifier.verify(verifier.context, key, hash, signature);
}

static void from_hex(const char *text, uint8_t *data, size_t size)
{
	assert_int_equal(bytes_from_hex(text, data, size), 0);
}

/* Ed25519 */

/** The key of RFC 8032 section 7.1, TEST 1, and its signature of the bytes 0..31 by OpenSSL. */
static const char rfc_public[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
static const char rfc_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
			      "-----END PRIVATE KEY-----\n";
static const char rfc_signature[] =
	"00c1db988bb12fd7351a6054ae3fac90fab7e4fc56b1651c7181f5f55f896f66"
	"3933d3a90605d9058e9d0ac45950ee2d3c9c9b14857415587179fe0ccac35f09";

static struct hash counting(void)
{
	struct hash hash;

	for (size_t index = 0; index < sizeof(hash.bytes); index++)
		hash.bytes[index] = (uint8_t)index;
	return hash;
}

UNIT_TEST(a_signature_by_another_implementation_verifies)
{
	struct public_key key = {.algorithm = KEY_ED25519};
	struct signature signature;
	struct hash hash = counting();

	from_hex(rfc_public, key.bytes, 32);
	from_hex(rfc_signature, signature.bytes, sizeof(signature.bytes));
	assert_true(verifies(&key, &hash, &signature));
	for (size_t bit = 0; bit < 8 * sizeof(signature.bytes); bit++) {
		signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(verifies(&key, &hash, &signature));
		signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	hash.bytes[0] ^= 1;
	assert_false(verifies(&key, &hash, &signature));
	hash.bytes[0] ^= 1;
	key.algorithm = (enum key_algorithm)3;
	assert_false(verifies(&key, &hash, &signature));
}

/** S + L has the same effect as S; only the smaller one is a signature (RFC 8032 section 5.1.7). */
UNIT_TEST(an_s_beyond_the_order_is_refused)
{
	static const char order[] =
		"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
	struct public_key key = {.algorithm = KEY_ED25519};
	struct signature signature;
	struct hash hash = counting();
	uint8_t added[32];
	unsigned int carry = 0;

	from_hex(rfc_public, key.bytes, 32);
	from_hex(rfc_signature, signature.bytes, sizeof(signature.bytes));
	from_hex(order, added, sizeof(added));
	for (size_t index = 0; index < sizeof(added); index++) {
		carry += (unsigned int)signature.bytes[32 + index] + added[index];
		signature.bytes[32 + index] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_false(verifies(&key, &hash, &signature));
	memcpy(signature.bytes + 32, added, sizeof(added));
	assert_false(verifies(&key, &hash, &signature));
}

/**
 * With a key of small order, R = the neutral point and S = 0 sign every message whose hash is a
 * multiple of that order: for the neutral point itself all, for one of order 8 each eighth.
 */
UNIT_TEST(keys_of_small_order_sign_nothing)
{
	static const char *const ys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		/* The same points written with y + p: no encodings at all. */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	const struct signature signature = {{1}};

	for (size_t index = 0; index < 2 * sizeof(ys) / sizeof(ys[0]); index++) {
		struct public_key key = {.algorithm = KEY_ED25519};

		from_hex(ys[index / 2], key.bytes, 32);
		key.bytes[31] |= (uint8_t)(index % 2 << 7);
		for (unsigned int turn = 0; turn < 64; turn++) {
			struct hash hash = {{(uint8_t)turn}};

			assert_false(verifies(&key, &hash, &signature));
		}
	}
}

UNIT_TEST(keys_that_are_not_on_the_curve_sign_nothing)
{
	struct public_key key = {.algorithm = KEY_ED25519, .bytes = {2}};
	struct signature signature = {{1}};
	struct hash hash = counting();

	/* y = 2 has no x; then any other coordinate. */
	assert_false(verifies(&key, &hash, &signature));
	key.algorithm = KEY_P256;
	signature.bytes[63] = 1;
	assert_false(verifies(&key, &hash, &signature));
}

/* P-256 */

/** RFC 6979 section A.2.5, SHA-256: the key, and the signatures of "sample" and "test". */
static const char p256_public[] =
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const char sample_signature[] =
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
/** The order of the group less the s of "sample". */
static const char sample_low_s[] =
	"0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
static const char test_signature[] =
	"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
	"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";

static struct hash hash_of(const char *text)
{
	const struct bytes part = BYTES((const uint8_t *)text, strlen(text));
	struct hash hash;

	hash_parts(&part, 1, &hash);
	return hash;
}

UNIT_TEST(p256_signatures_have_a_low_s)
{
	struct public_key key = {.algorithm = KEY_P256};
	struct signature signature;
	struct hash sample = hash_of("sample");
	struct hash test = hash_of("test");

	from_hex(p256_public, key.bytes, sizeof(key.bytes));
	from_hex(test_signature, signature.bytes, sizeof(signature.bytes));
	assert_true(verifies(&key, &test, &signature));
	assert_false(verifies(&key, &sample, &signature));
	from_hex(sample_signature, signature.bytes, sizeof(signature.bytes));
	assert_false(verifies(&key, &sample, &signature));
	from_hex(sample_low_s, signature.bytes + 32, 32);
	assert_true(verifies(&key, &sample, &signature));
	key.bytes[63] ^= 1;
	assert_false(verifies(&key, &sample, &signature));
}

UNIT_TEST(p256_numbers_out_of_range_are_refused)
{
	static const char order[] =
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	struct public_key key = {.algorithm = KEY_P256};
	struct hash test = hash_of("test");
	struct signature good;
	struct signature bad;

	from_hex(p256_public, key.bytes, sizeof(key.bytes));
	from_hex(test_signature, good.bytes, sizeof(good.bytes));
	bad = good;
	memset(bad.bytes, 0, 32);
	assert_false(verifies(&key, &test, &bad));
	from_hex(order, bad.bytes, 32);
	assert_false(verifies(&key, &test, &bad));
	bad = good;
	memset(bad.bytes + 32, 0, 32);
	assert_false(verifies(&key, &test, &bad));
	from_hex(order, bad.bytes + 32, 32);
	assert_false(verifies(&key, &test, &bad));
}

/* Files */

UNIT_TEST(made_keys_load_and_sign)
{
	struct folder folder;
	struct keys *keys = NULL;
	struct keys *again = NULL;
	struct signature signature;
	struct hash hash = counting();
	struct signer signer;
	struct stat status;
	char path[FILES_PATH_MAX];

	folder_make(&folder);
	assert_int_equal(keys_load(folder.path, &keys), -ENOENT);
	assert_null(keys);
	assert_int_equal(keys_make(folder.path), 0);
	assert_int_equal(keys_load(folder.path, &keys), 0);
	assert_int_equal(stat(file_in(&folder, "sign.pem", path), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_string_equal(keys_dtls_file(keys), file_in(&folder, "dtls.pem", path));
	assert_int_equal(keys_spki(keys).size, FIXTURE_SPKI_SIZE);
	signer = keys_signer(keys);
	assert_int_equal(signer.sign(signer.context, &hash, &signature), 0);
	assert_true(verifies(keys_sign_key(keys), &hash, &signature));
	/* Made once only. */
	assert_int_equal(keys_make(folder.path), 0);
	assert_int_equal(keys_load(folder.path, &again), 0);
	assert_memory_equal(keys_sign_key(again), keys_sign_key(keys), sizeof(struct public_key));
	assert_true(bytes_equal(keys_spki(again), keys_spki(keys)));
	keys_free(again);
	keys_free(keys);
	keys_free(NULL);
	folder_remove(&folder);
}

UNIT_TEST(the_key_of_rfc_8032_loads_with_its_public_key)
{
	struct folder folder;
	struct keys *keys = NULL;
	struct signature expected;
	struct signature signature;
	struct hash hash = counting();
	struct signer signer;
	uint8_t public_bytes[32];

	folder_make(&folder);
	assert_int_equal(keys_make(folder.path), 0);
	write_file(&folder, "sign.pem", rfc_pem, 0600);
	assert_int_equal(keys_load(folder.path, &keys), 0);
	from_hex(rfc_public, public_bytes, sizeof(public_bytes));
	assert_memory_equal(keys_sign_key(keys)->bytes, public_bytes, sizeof(public_bytes));
	signer = keys_signer(keys);
	assert_int_equal(signer.sign(signer.context, &hash, &signature), 0);
	from_hex(rfc_signature, expected.bytes, sizeof(expected.bytes));
	assert_memory_equal(&signature, &expected, sizeof(signature));
	keys_free(keys);
	folder_remove(&folder);
}

UNIT_TEST(a_p256_key_signs_with_low_s)
{
	struct folder folder;
	struct keys *keys = NULL;
	struct signer signer;
	char sign_path[FILES_PATH_MAX];
	char dtls_path[FILES_PATH_MAX];

	folder_make(&folder);
	assert_int_equal(keys_make(folder.path), 0);
	file_in(&folder, "sign.pem", sign_path);
	file_in(&folder, "dtls.pem", dtls_path);
	assert_int_equal(rename(dtls_path, sign_path), 0);
	assert_int_equal(keys_make(folder.path), 0);
	assert_int_equal(keys_load(folder.path, &keys), 0);
	assert_int_equal(keys_sign_key(keys)->algorithm, KEY_P256);
	signer = keys_signer(keys);
	for (unsigned int turn = 0; turn < 40; turn++) {
		struct hash hash = {{(uint8_t)turn}};
		struct signature signature;

		assert_int_equal(signer.sign(signer.context, &hash, &signature), 0);
		assert_true(verifies(keys_sign_key(keys), &hash, &signature));
	}
	keys_free(keys);
	folder_remove(&folder);
}

static void assert_load_gives(const struct folder *folder, int error)
{
	struct keys *keys = NULL;

	assert_int_equal(keys_load(folder->path, &keys), error);
	assert_null(keys);
}

UNIT_TEST(files_that_are_not_a_key_of_ones_own_are_refused)
{
	struct folder folder;
	char path[FILES_PATH_MAX];
	char other[FILES_PATH_MAX];
	char large[6000];

	folder_make(&folder);
	assert_int_equal(keys_make(folder.path), 0);
	assert_int_equal(chmod(file_in(&folder, "sign.pem", path), 0640), 0);
	assert_load_gives(&folder, -EPERM);
	write_file(&folder, "sign.pem", "not a key\n", 0600);
	assert_load_gives(&folder, -EBADMSG);
	write_file(&folder, "sign.pem", "", 0600);
	assert_load_gives(&folder, -EBADMSG);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	write_file(&folder, "sign.pem", large, 0600);
	assert_load_gives(&folder, -EBADMSG);
	write_file(&folder, "sign.pem", rfc_pem, 0600);
	/* Ed25519 does not do for DTLS. */
	write_file(&folder, "dtls.pem", rfc_pem, 0600);
	assert_load_gives(&folder, -EBADMSG);
	assert_int_equal(unlink(file_in(&folder, "dtls.pem", path)), 0);
	assert_load_gives(&folder, -ENOENT);
	file_in(&folder, "sign.pem", other);
	assert_int_equal(symlink(other, path), 0);
	assert_load_gives(&folder, -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_load_gives(&folder, -EBADMSG);
	assert_int_equal(rmdir(path), 0);
	folder_remove(&folder);
}

UNIT_TEST(a_folder_that_cannot_be_made_is_an_error)
{
	char path[600];

	assert_int_equal(keys_make("/proc/no-such-folder"), -ENOENT);
	assert_int_equal(keys_make("/dev/null/keys"), -ENOTDIR);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(keys_make(path), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_by_another_implementation_verifies),
		cmocka_unit_test(an_s_beyond_the_order_is_refused),
		cmocka_unit_test(keys_of_small_order_sign_nothing),
		cmocka_unit_test(keys_that_are_not_on_the_curve_sign_nothing),
		cmocka_unit_test(p256_signatures_have_a_low_s),
		cmocka_unit_test(p256_numbers_out_of_range_are_refused),
		cmocka_unit_test(made_keys_load_and_sign),
		cmocka_unit_test(the_key_of_rfc_8032_loads_with_its_public_key),
		cmocka_unit_test(a_p256_key_signs_with_low_s),
		cmocka_unit_test(files_that_are_not_a_key_of_ones_own_are_refused),
		cmocka_unit_test(a_folder_that_cannot_be_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
