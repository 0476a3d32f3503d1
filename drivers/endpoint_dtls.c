/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Raw public keys on both sides (RFC 7250), each pinned: who may finish a handshake. */
#include "endpoint_private.h"

#include <errno.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

/** A client's link knows whom it dialled: that key and no other. */
static bool is_dialled_key(const struct endpoint_link *link, struct bytes spki)
{
	const struct endpoint_peer *peer = link->peer;

	return peer && bytes_equal(BYTES(peer->spki, peer->spki_size), spki);
}

/** A server's link learns here who it is; a second key on one session is refused. */
static bool is_known_key(struct endpoint_link *link, struct bytes spki)
{
	struct endpoint *endpoint = link->endpoint;
	struct endpoint_peer *peer;
	int number = endpoint->handlers.find_peer(spki, endpoint->handlers.context);

	if (number < 0 || number >= ENDPOINT_PEERS_MAX)
		return false;
	peer = endpoint_peer(endpoint, (unsigned int)number);
	if (!peer || (link->peer && link->peer != peer))
		return false;
	link->peer = peer;
	return true;
}

/**
 * Called with the far side's SubjectPublicKeyInfo, before it has proved that it holds the private
 * half: nothing but this link may change here. Returns 1 to go on.
 */
static int on_key(const char *name, const uint8_t *der, size_t size, coap_session_t *session,
		  unsigned int depth, int validated, void *context)
{
	struct endpoint *endpoint = context;
	struct endpoint_link *link = coap_session_get_app_data(session);
	struct bytes spki = BYTES(der, size);

	(void)name;
	if (!link || depth != 0 || !validated || size > ENDPOINT_SPKI_MAX)
		return 0;
	if (link->is_client ? is_dialled_key(link, spki) : is_known_key(link, spki)) {
		link->is_key_shown = true;
		return 1;
	}
	link->is_key_shown = false;
	link->is_key_refused = true;
	endpoint_refuse(endpoint, ENDPOINT_REFUSED_KEY, &link->address, spki);
	return 0;
}

/** Without this the wolfSSL back end ends every server's handshake with alert 40. */
static coap_dtls_key_t *on_server_name(const char *name, void *context)
{
	struct endpoint *endpoint = context;

	(void)name;
	return &endpoint->dtls_key;
}

int endpoint_dtls_set_up(struct endpoint *endpoint)
{
	coap_dtls_pki_t pki = {
		.version = COAP_DTLS_PKI_SETUP_VERSION,
		.verify_peer_cert = 1,
		.check_common_ca = 0,
		.allow_self_signed = 0,
		.allow_expired_certs = 0,
		.cert_chain_validation = 0,
		.check_cert_revocation = 0,
		.is_rpk_not_cert = 1,
		.use_cid = 0,
		.validate_cn_call_back = on_key,
		.cn_call_back_arg = endpoint,
		.validate_sni_call_back = on_server_name,
		.sni_call_back_arg = endpoint,
	};

	endpoint->dtls_key = (coap_dtls_key_t){
		.key_type = COAP_PKI_KEY_PEM_BUF,
		.key.pem_buf =
			{
				.public_cert = endpoint->key.public_pem,
				.public_cert_len = endpoint->key.public_size,
				.private_key = endpoint->key.private_pem,
				.private_key_len = endpoint->key.private_size,
			},
	};
	pki.pki_key = endpoint->dtls_key;
	return coap_context_set_pki(endpoint->context, &pki) ? 0 : -EKEYREJECTED;
}

bool endpoint_dtls_has_answered(const coap_session_t *session)
{
	coap_tls_library_t library = COAP_TLS_LIBRARY_NOTLS;
	/* The back end returns where it keeps the WOLFSSL pointer, not the pointer. */
	WOLFSSL *const *ssl = coap_session_get_tls(session, &library);

	/* A suite is chosen once the ClientHello came back with our cookie. */
	return library == COAP_TLS_LIBRARY_WOLFSSL && ssl && *ssl &&
	       wolfSSL_get_cipher_name(*ssl) != NULL;
}
