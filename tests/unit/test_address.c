/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Addresses in text and as the system has them. */
#include "unit.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/address.h"

static struct address address_or_fail(const char *text)
{
	struct address address;

	assert_int_equal(address_from_text(text, &address), 0);
	return address;
}

static bool is_inside(const char *address_text, const char *prefix_text)
{
	struct address address = address_or_fail(address_text);
	struct address_prefix prefix;

	assert_int_equal(address_prefix_from_text(prefix_text, &prefix), 0);
	return address_in_prefix(&address, &prefix);
}

UNIT_TEST(text_goes_there_and_back)
{
	static const char *const texts[] = {"192.0.2.7", "0.0.0.0", "255.255.255.255",
					    "::",	 "::1",	    "2001:db8::7"};
	char text[ADDRESS_TEXT_MAX];

	for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
		struct address address = address_or_fail(texts[index]);

		address_to_text(&address, text);
		assert_string_equal(text, texts[index]);
		assert_int_equal(address.port, 0);
	}
}

UNIT_TEST(a_mapped_address_is_the_same_host_as_its_ipv4)
{
	struct address mapped = address_or_fail("::ffff:192.0.2.7");
	struct address plain = address_or_fail("192.0.2.7");
	struct address other = address_or_fail("192.0.2.8");

	plain.port = 5684;
	assert_true(address_same_host(&mapped, &plain));
	assert_false(address_same_host(&mapped, &other));
}

UNIT_TEST(what_is_no_address_is_refused)
{
	static const char *const wrong[] = {"",		"localhost", "192.0.2",	   "192.0.2.256",
					    "1.2.3.4 ", "2001:db8",  "fe80::1%lo", "::1/128"};
	struct address address;

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_int_equal(address_from_text(wrong[index], &address), -EINVAL);
}

UNIT_TEST(a_prefix_holds_its_hosts_and_no_others)
{
	assert_true(is_inside("192.0.2.7", "192.0.2.0/24"));
	assert_false(is_inside("192.0.3.7", "192.0.2.0/24"));
	assert_true(is_inside("10.0.0.5", "10.0.0.4/30"));
	assert_false(is_inside("10.0.0.8", "10.0.0.4/30"));
	assert_true(is_inside("10.9.9.9", "0.0.0.0/0"));
	assert_false(is_inside("2001:db8::1", "0.0.0.0/0"));
	assert_true(is_inside("2001:db8::1", "2001:db8::/33"));
	assert_false(is_inside("2001:db8:8000::1", "2001:db8::/33"));
	assert_true(is_inside("10.9.9.9", "::/0"));
	assert_true(is_inside("::1", "::1/128"));
}

UNIT_TEST(a_wrong_prefix_is_refused)
{
	static const char *const wrong[] = {
		"192.0.2.0",
		"192.0.2.1/24",
		"192.0.2.0/33",
		"192.0.2.0/",
		"192.0.2.0/024",
		"192.0.2.0/-1",
		"192.0.2.0/2x",
		"2001::/129",
		"2001::1/64",
		"/24",
		"x/24",
		"::/1000",
		"11111111111111111111111111111111111111111111111111111111111111111/24"};
	struct address_prefix prefix;

	for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); index++)
		assert_int_equal(address_prefix_from_text(wrong[index], &prefix), -EINVAL);
}

UNIT_TEST(loopback_is_known_in_both_families)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} cases[] = {{"127.0.0.1", true},  {"127.9.9.9", true}, {"::1", true},
		     {"128.0.0.1", false}, {"::2", false},	{"::", false}};

	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct address address = address_or_fail(cases[index].text);

		assert_int_equal(address_is_loopback(&address), cases[index].is_loopback);
	}
}

UNIT_TEST(socket_addresses_go_there_and_back)
{
	static const char *const texts[] = {"192.0.2.7", "2001:db8::7"};
	static const socklen_t sizes[] = {sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6)};

	for (size_t index = 0; index < 2; index++) {
		struct address address = address_or_fail(texts[index]);
		struct address back;
		struct sockaddr_storage storage;

		address.port = 5684;
		assert_int_equal(address_to_sockaddr(&address, &storage), sizes[index]);
		assert_int_equal(address_from_sockaddr((struct sockaddr *)&storage, &back), 0);
		assert_memory_equal(&back, &address, sizeof(back));
	}
}

UNIT_TEST(another_family_is_refused)
{
	struct sockaddr_storage storage = {.ss_family = AF_UNIX};
	struct address address;

	assert_int_equal(address_from_sockaddr((struct sockaddr *)&storage, &address),
			 -EAFNOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_there_and_back),
		cmocka_unit_test(a_mapped_address_is_the_same_host_as_its_ipv4),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_prefix_holds_its_hosts_and_no_others),
		cmocka_unit_test(a_wrong_prefix_is_refused),
		cmocka_unit_test(loopback_is_known_in_both_families),
		cmocka_unit_test(socket_addresses_go_there_and_back),
		cmocka_unit_test(another_family_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
