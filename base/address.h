/* SPDX-License-Identifier: GPL-3.0-or-later */
/** An address is 16 bytes, IPv4 as ::ffff:a.b.c.d, so that nothing else asks which family it is. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"

enum { ADDRESS_TEXT_MAX = 64 };

struct address {
	uint8_t ip[16];
	uint16_t port; /**< Host order; 0 where only the host is meant. */
};

/** Addresses that share the first @bits of their 16 bytes (an IPv4 /24 is 120). */
struct address_prefix {
	uint8_t ip[16];
	uint8_t bits;
};

bool address_same_host(const struct address *a, const struct address *b);
bool address_in_prefix(const struct address *address, const struct address_prefix *prefix);
bool address_is_loopback(const struct address *address);

/** "192.0.2.7", "2001:db8::7"; port stays 0. Errors: -EINVAL (no name is looked up). */
_must_check_ int address_from_text(const char *text, struct address *ret_address);
/** "192.0.2.0/24", "2001:db8::/64". Errors: -EINVAL, also for bits set beyond the prefix. */
_must_check_ int address_prefix_from_text(const char *text, struct address_prefix *ret_prefix);
/** "192.0.2.7" or "2001:db8::7", without the port. */
void address_to_text(const struct address *address, char text[static ADDRESS_TEXT_MAX]);

_must_check_ int address_from_sockaddr(const struct sockaddr *socket_address,
				       struct address *ret_address);
/** AF_INET for mapped addresses, else AF_INET6; returns the length that bind(2) wants. */
socklen_t address_to_sockaddr(const struct address *address, struct sockaddr_storage *ret_storage);
