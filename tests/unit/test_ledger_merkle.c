/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The log's tree against a naive reading of RFC 9162 section 2.1.1 and known roots. */
#include "unit.h"

#include <errno.h>

#include "ledger/codec.h"
#include "ledger/merkle.h"

enum { LEAVES = 300 };

static void pair_hash(const struct hash *left, const struct hash *right, struct hash *ret_hash)
{
	const uint8_t tag = 1;
	const struct bytes parts[] = {BYTES(&tag, 1), BYTES_OF(*left), BYTES_OF(*right)};

	hash_parts(parts, 3, ret_hash);
}

/** MTH(D[n]) as the RFC says it: split at the largest power of two below n. */
static struct hash naive_root(const struct hash *leaves, size_t count)
{
	struct hash left;
	struct hash right;
	struct hash root;
	size_t split = 1;

	if (count == 1)
		return leaves[0];
	while (split * 2 < count)
		split *= 2;
	left = naive_root(leaves, split);
	right = naive_root(leaves + split, count - split);
	pair_hash(&left, &right, &root);
	return root;
}

UNIT_TEST(root_is_that_of_the_rfc_at_every_size)
{
	struct hash leaves[LEAVES];
	struct merkle merkle = {0};

	for (size_t index = 0; index < LEAVES; index++) {
		struct hash expected;
		struct hash root;

		merkle_leaf_hash(BYTES_OF(index), &leaves[index]);
		assert_int_equal(merkle_append(&merkle, &leaves[index]), 0);
		assert_int_equal(merkle.size, index + 1);
		expected = naive_root(leaves, index + 1);
		merkle_root(&merkle, &root);
		assert_memory_equal(&root, &expected, sizeof(root));
	}
}

/** The roots that the test data of Certificate Transparency (RFC 6962) has for its eight leaves. */
UNIT_TEST(roots_are_those_of_certificate_transparency)
{
	static const char *const leaves[] = {
		"",
		"00",
		"10",
		"2021",
		"3031",
		"40414243",
		"5051525354555657",
		"606162636465666768696a6b6c6d6e6f",
	};
	static const char *const roots[] = {
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct merkle merkle = {0};
	char text[2 * sizeof(struct hash) + 1];
	struct hash root;

	merkle_root(&merkle, &root);
	bytes_to_hex(BYTES_OF(root), text, sizeof(text));
	assert_string_equal(text,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t index = 0; index < sizeof(leaves) / sizeof(leaves[0]); index++) {
		uint8_t leaf[16];
		struct hash hash;
		size_t size = strlen(leaves[index]) / 2;

		assert_int_equal(bytes_from_hex(leaves[index], leaf, size), 0);
		merkle_leaf_hash(BYTES(leaf, size), &hash);
		assert_int_equal(merkle_append(&merkle, &hash), 0);
		merkle_root(&merkle, &root);
		bytes_to_hex(BYTES_OF(root), text, sizeof(text));
		assert_string_equal(text, roots[index]);
	}
}

UNIT_TEST(a_full_tree_takes_no_more)
{
	const struct hash leaf = {{1}};
	struct merkle merkle = {.size = (UINT64_C(1) << MERKLE_LEVELS_MAX) - 1};
	struct merkle before;

	assert_int_equal(merkle_append(&merkle, &leaf), 0);
	before = merkle;
	assert_int_equal(merkle_append(&merkle, &leaf), -ENOSPC);
	assert_memory_equal(&merkle, &before, sizeof(merkle));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_that_of_the_rfc_at_every_size),
		cmocka_unit_test(roots_are_those_of_certificate_transparency),
		cmocka_unit_test(a_full_tree_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
