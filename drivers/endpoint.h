/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The node's one CoAP endpoint over DTLS 1.2 with pinned raw public keys (RFC 7252, RFC 7250,
 * RFC 7641): one session a pair, requests in both directions. Only endpoint*.c include libcoap;
 * everything runs on the loop's thread.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/address.h"
#include "base/bytes.h"

enum {
	ENDPOINT_PEERS_MAX = 256,
	ENDPOINT_MESSAGE_MAX = 64 * 1024, /**< Larger than a datagram: sent in pieces. */
	ENDPOINT_SPKI_MAX = 128,	  /**< SubjectPublicKeyInfo, DER; 91 bytes for P-256. */
	ENDPOINT_PATH_MAX = 64,
	ENDPOINT_CONTENT_MAX = 1024, /**< Of a published resource. */
};

enum endpoint_refusal {
	ENDPOINT_REFUSED_KEY,	    /**< A handshake with a key that find_peer does not know. */
	ENDPOINT_REFUSED_HANDSHAKE, /**< It failed for another reason. */
	ENDPOINT_REFUSED_PATH,	    /**< No such resource or method. */
	ENDPOINT_REFUSED_SIZE,	    /**< A body over ENDPOINT_MESSAGE_MAX. */
	ENDPOINT_REFUSED_RATE,	    /**< More a second from one peer than it may send. */
	ENDPOINT_REFUSED_MALFORMED, /**< Not CoAP, or not a packet of ours. */
	ENDPOINT_REFUSALS,
};

/**
 * The owner's side. All calls come from the loop, none from within another endpoint_ call but
 * on_refused; all but find_peer may call any function below but endpoint_close().
 */
struct endpoint_handlers {
	/** Whose key this is, 0 .. ENDPOINT_PEERS_MAX - 1, or -ENOKEY. No endpoint_ call inside. */
	int (*find_peer)(struct bytes spki, void *context);
	/** A session with @peer stands (is_up) or has gone; gone and up if another replaced it. */
	void (*on_peer)(unsigned int peer, const struct address *address, bool is_up,
			void *context);
	/** A message for the ledgers; @from is the session's address. Borrowed for the call. */
	void (*on_message)(unsigned int peer, const struct address *from, struct bytes message,
			   void *context);
	/** A notification of an observed resource. Borrowed for the call. */
	void (*on_notification)(unsigned int peer, const char *path, unsigned int content_format,
				struct bytes content, void *context);
	/** Something was refused; @spki empty unless ENDPOINT_REFUSED_KEY. */
	void (*on_refused)(enum endpoint_refusal refusal, const struct address *from,
			   struct bytes spki, void *context);
	void *context;
};

struct endpoint_config {
	/** Also the source address of outgoing sessions (with a port of their own). */
	struct address listen;
	const char *key_file; /**< PEM, P-256 private key. */
	struct bytes spki;    /**< Its public half. */
	/**
	 * Plain CoAP for the control run of the eavesdropping test: only on loopback (else -EPERM);
	 * peers are then told apart by the addresses given to endpoint_dial() and
	 * endpoint_expect().
	 */
	bool is_plain;
};

struct endpoint;

/**
 * Opens the socket and joins the loop. Errors: -EADDRINUSE, -EADDRNOTAVAIL, -EKEYREJECTED (no P-256
 * key, or not that of @config->spki), -EFBIG, -EPERM, -ENOMEM, -errno.
 */
_must_check_ int endpoint_open(const struct endpoint_config *config,
			       const struct endpoint_handlers *handlers, sd_event *loop,
			       struct endpoint **ret_endpoint);
/** Closes every session (with close_notify); NULL is allowed. Not from within a handler. */
void endpoint_close(struct endpoint *endpoint);

/**
 * Keeps one session with @peer at @address from now on: dials, redials with back-off (0.1 s
 * doubling to 5 s, jittered), at once again after a change of address. The far side must show
 * @spki. A far side that fell silent is dialled anew within two seconds. Errors: -EINVAL, -ENOMEM,
 * -EPERM (plain mode beyond loopback).
 */
_must_check_ int endpoint_dial(struct endpoint *endpoint, unsigned int peer,
			       const struct address *address, struct bytes spki);
/** Plain mode only: @peer is whoever speaks from @address (port 0: any). Errors as above. */
_must_check_ int endpoint_expect(struct endpoint *endpoint, unsigned int peer,
				 const struct address *address);
/** Ends the session with @peer, dials and observes it no more. on_peer follows from the loop. */
void endpoint_hang_up(struct endpoint *endpoint, unsigned int peer);

bool endpoint_is_up(const struct endpoint *endpoint, unsigned int peer);

/**
 * Sends one ledger message (POST /l) to @peer, copied, at the end of the loop's turn. A short one
 * is not confirmed; pieces of a long one are sent again until they arrive or ten seconds bring
 * nothing new. One lost is the ledger's to repeat. Errors: -ENOTCONN, -EMSGSIZE, -ENOBUFS (too much
 * is under way).
 */
_must_check_ int endpoint_send(struct endpoint *endpoint, unsigned int peer, struct bytes message);

/**
 * Makes @path ("/3305/0") an observable resource, or gives it a new representation and notifies its
 * observers. Only peers may read it. Errors: -EMSGSIZE, -ENOSPC (too many resources), -EINVAL,
 * -ENOMEM.
 */
_must_check_ int endpoint_publish(struct endpoint *endpoint, const char *path,
				  unsigned int content_format, struct bytes content);

/**
 * Keeps @path of @peer observed from now on, over every new session; if nothing came for
 * @silence_us the observation is registered again, after twice that the session is dialled again.
 * Errors: -ENOSPC (eight a peer), -EINVAL, -ENOMEM.
 */
_must_check_ int endpoint_observe(struct endpoint *endpoint, unsigned int peer, const char *path,
				  uint64_t silence_us);

/** How often each refusal happened since the endpoint was opened. */
uint64_t endpoint_refused(const struct endpoint *endpoint, enum endpoint_refusal refusal);
