/* SPDX-License-Identifier: GPL-3.0-or-later */
/** wolfSSL without CoAP. */
#include "raw.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

struct raw {
	int fd;
	WOLFSSL_CTX *context;
	WOLFSSL *ssl;
};

static int accept_any(int verified, WOLFSSL_X509_STORE_CTX *store)
{
	(void)verified;
	(void)store;
	return 1;
}

struct raw *raw_open(const struct node *key, const struct node *shown, const struct node *server)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	char types[] = {WOLFSSL_CERT_TYPE_RPK};
	struct sockaddr_storage storage;
	socklen_t size = address_to_sockaddr(&server->address, &storage);

	assert_non_null(raw);
	raw->fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(raw->fd >= 0);
	assert_int_equal(connect(raw->fd, (const struct sockaddr *)&storage, size), 0);
	raw->context = wolfSSL_CTX_new(wolfDTLSv1_2_client_method());
	assert_non_null(raw->context);
	wolfSSL_CTX_set_verify(raw->context, WOLFSSL_VERIFY_PEER, accept_any);
	raw->ssl = wolfSSL_new(raw->context);
	assert_non_null(raw->ssl);
	assert_int_equal(wolfSSL_use_PrivateKey_file(raw->ssl, key->key_file, WOLFSSL_FILETYPE_PEM),
			 WOLFSSL_SUCCESS);
	assert_int_equal(wolfSSL_use_certificate_buffer(raw->ssl, shown->spki,
							(long)shown->spki_size,
							WOLFSSL_FILETYPE_ASN1),
			 WOLFSSL_SUCCESS);
	wolfSSL_set_client_cert_type(raw->ssl, types, sizeof(types));
	wolfSSL_set_server_cert_type(raw->ssl, types, sizeof(types));
	wolfSSL_set_fd(raw->ssl, raw->fd);
	wolfSSL_dtls_set_using_nonblock(raw->ssl, 1);
	return raw;
}

void raw_close(struct raw *raw)
{
	wolfSSL_free(raw->ssl);
	wolfSSL_CTX_free(raw->context);
	(void)close(raw->fd);
	free(raw);
}

int raw_connect(struct raw *raw)
{
	int result = wolfSSL_connect(raw->ssl);
	int error;

	if (result == WOLFSSL_SUCCESS)
		return 1;
	error = wolfSSL_get_error(raw->ssl, result);
	return error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE ? 0 : -1;
}

void raw_send(struct raw *raw, const uint8_t *data, size_t size)
{
	assert_int_equal(wolfSSL_write(raw->ssl, data, (int)size), (int)size);
}

size_t raw_receive(struct raw *raw, uint8_t *data, size_t size)
{
	int count = wolfSSL_read(raw->ssl, data, (int)size);

	return count > 0 ? (size_t)count : 0;
}
