/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Addresses to and from text and sockaddr; looks up no names. */
#include "address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>

enum {
	MAPPED_BITS = 96, /* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */
	MAPPED_SIZE = 12,
};

static const uint8_t mapped_prefix[MAPPED_SIZE] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const uint8_t ip[static 16])
{
	return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool address_same_host(const struct address *a, const struct address *b)
{
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool address_in_prefix(const struct address *address, const struct address_prefix *prefix)
{
	size_t whole = prefix->bits / 8;
	unsigned int rest = prefix->bits % 8;

	assert(prefix->bits <= 128);
	if (memcmp(address->ip, prefix->ip, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return (address->ip[whole] ^ prefix->ip[whole]) >> (8 - rest) == 0;
}

bool address_is_loopback(const struct address *address)
{
	static const uint8_t loopback[16] = {[15] = 1};

	if (is_mapped(address->ip))
		return address->ip[MAPPED_SIZE] == 127;
	return memcmp(address->ip, loopback, sizeof(loopback)) == 0;
}

int address_from_text(const char *text, struct address *ret_address)
{
	struct address address = {0};

	if (inet_pton(AF_INET, text, address.ip + MAPPED_SIZE) == 1)
		memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
	else if (inet_pton(AF_INET6, text, address.ip) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

/** Reads 0..128 without sign, blanks or leading zeroes. */
static int bits_from_text(const char *text, unsigned int *ret_bits)
{
	unsigned int bits = 0;
	size_t size = strlen(text);

	if (size == 0 || size > 3 || (size > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t index = 0; index < size; index++) {
		if (text[index] < '0' || text[index] > '9')
			return -EINVAL;
		bits = bits * 10 + (unsigned int)(text[index] - '0');
	}
	if (bits > 128)
		return -EINVAL;
	*ret_bits = bits;
	return 0;
}

static bool has_bits_beyond(const uint8_t ip[static 16], unsigned int bits)
{
	for (unsigned int bit = bits; bit < 128; bit++)
		if ((ip[bit / 8] & 0x80u >> bit % 8) != 0)
			return true;
	return false;
}

int address_prefix_from_text(const char *text, struct address_prefix *ret_prefix)
{
	struct address_prefix prefix;
	struct address address;
	char host[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	unsigned int bits;

	if (!slash || slash - text >= ADDRESS_TEXT_MAX)
		return -EINVAL;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (address_from_text(host, &address) < 0 || bits_from_text(slash + 1, &bits) < 0)
		return -EINVAL;
	if (!strchr(host, ':'))
		bits += MAPPED_BITS;
	if (bits > 128 || has_bits_beyond(address.ip, bits))
		return -EINVAL;
	memcpy(prefix.ip, address.ip, sizeof(prefix.ip));
	prefix.bits = (uint8_t)bits;
	*ret_prefix = prefix;
	return 0;
}

void address_to_text(const struct address *address, char text[static ADDRESS_TEXT_MAX])
{
	const char *written;

	if (is_mapped(address->ip))
		written = inet_ntop(AF_INET, address->ip + MAPPED_SIZE, text, ADDRESS_TEXT_MAX);
	else
		written = inet_ntop(AF_INET6, address->ip, text, ADDRESS_TEXT_MAX);
	assert(written);
}

int address_from_sockaddr(const struct sockaddr *socket_address, struct address *ret_address)
{
	struct address address = {0};
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (socket_address->sa_family) {
	case AF_INET:
		memcpy(&in, socket_address, sizeof(in));
		memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
		memcpy(address.ip + MAPPED_SIZE, &in.sin_addr, sizeof(in.sin_addr));
		address.port = ntohs(in.sin_port);
		break;
	case AF_INET6:
		memcpy(&in6, socket_address, sizeof(in6));
		memcpy(address.ip, &in6.sin6_addr, sizeof(in6.sin6_addr));
		address.port = ntohs(in6.sin6_port);
		break;
	default:
		return -EAFNOSUPPORT;
	}
	*ret_address = address;
	return 0;
}

socklen_t address_to_sockaddr(const struct address *address, struct sockaddr_storage *ret_storage)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(address->port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};

	memset(ret_storage, 0, sizeof(*ret_storage));
	if (is_mapped(address->ip)) {
		memcpy(&in.sin_addr, address->ip + MAPPED_SIZE, sizeof(in.sin_addr));
		memcpy(ret_storage, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, address->ip, sizeof(in6.sin6_addr));
	memcpy(ret_storage, &in6, sizeof(in6));
	return sizeof(in6);
}
