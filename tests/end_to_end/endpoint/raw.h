/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A DTLS client that says what it likes: to be a peer that is broken, or one that lies. */
#pragma once

#include "node.h"

struct raw;

/**
 * A client with the private key of @key, showing the public key of @shown, at the start of its
 * handshake with @server. Fails the test on error.
 */
struct raw *raw_open(const struct node *key, const struct node *shown, const struct node *server);
void raw_close(struct raw *raw);
/** One step of the handshake: 1 done, 0 goes on, -1 failed. */
int raw_connect(struct raw *raw);
/** One record with these bytes. */
void raw_send(struct raw *raw, const uint8_t *data, size_t size);
/** What came, or 0. */
size_t raw_receive(struct raw *raw, uint8_t *data, size_t size);
