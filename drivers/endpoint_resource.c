/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the node publishes: small observable resources (RFC 7641) that only peers may read. */
#include "endpoint_private.h"

#include <errno.h>

enum { REQUEST_COST = 256 };

static void on_refused_method(coap_resource_t *resource, coap_session_t *session,
			      const coap_pdu_t *request, const coap_string_t *query,
			      coap_pdu_t *response)
{
	struct endpoint *endpoint = coap_get_app_data(coap_session_get_context(session));
	struct endpoint_link *link = NULL;
	struct endpoint_peer *peer = endpoint_session_heard(session, &link);
	bool is_known = coap_resource_get_userdata(resource) != NULL;

	(void)request;
	(void)query;
	if (!peer) {
		coap_pdu_set_code(response, COAP_RESPONSE_CODE_UNAUTHORIZED);
		return;
	}
	if (!endpoint_message_may_cost(link, peer, 1, REQUEST_COST))
		return;
	endpoint_refuse(endpoint, ENDPOINT_REFUSED_PATH, &link->address, BYTES(NULL, 0));
	coap_pdu_set_code(response,
			  is_known ? COAP_RESPONSE_CODE_NOT_ALLOWED : COAP_RESPONSE_CODE_NOT_FOUND);
}

void endpoint_resource_refuse_methods(coap_resource_t *resource)
{
	static const coap_request_t methods[] = {
		COAP_REQUEST_GET,   COAP_REQUEST_POST,	COAP_REQUEST_PUT,    COAP_REQUEST_DELETE,
		COAP_REQUEST_FETCH, COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH,
	};

	for (size_t index = 0; index < sizeof(methods) / sizeof(methods[0]); index++)
		coap_register_request_handler(resource, methods[index], on_refused_method);
}

/**
 * libcoap keeps one observer for each combination of options that one session asks with: only
 * those that a reader needs are let through, so that a peer cannot make it keep any number.
 */
static coap_pdu_code_t check_options(const coap_pdu_t *request,
				     const struct endpoint_resource *published)
{
	coap_opt_iterator_t iterator;
	coap_opt_t *option;

	coap_option_iterator_init(request, &iterator, COAP_OPT_ALL);
	while ((option = coap_option_next(&iterator))) {
		if (iterator.number == COAP_OPTION_OBSERVE ||
		    iterator.number == COAP_OPTION_URI_PATH)
			continue;
		if (iterator.number != COAP_OPTION_ACCEPT)
			return COAP_RESPONSE_CODE_BAD_OPTION;
		if (coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) !=
		    published->content_format)
			return COAP_RESPONSE_CODE_NOT_ACCEPTABLE;
	}
	return COAP_RESPONSE_CODE_CONTENT;
}

/** For a request of a peer, and for each notification that follows from one. */
static void on_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
		   const coap_string_t *query, coap_pdu_t *response)
{
	const struct endpoint_resource *published = coap_resource_get_userdata(resource);
	struct endpoint_link *link = coap_session_get_app_data(session);
	struct endpoint_peer *peer = link && link->is_complete ? link->peer : NULL;
	coap_pdu_code_t code = check_options(request, published);
	uint8_t format[2];

	(void)query;
	if (peer && peer->link != link)
		peer = endpoint_session_heard(session, &link);
	if (!peer)
		code = COAP_RESPONSE_CODE_UNAUTHORIZED;
	else if (!endpoint_message_may_cost(link, peer, 1, REQUEST_COST))
		code = COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
	coap_pdu_set_code(response, code);
	if (code != COAP_RESPONSE_CODE_CONTENT)
		return;
	coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
			coap_encode_var_safe(format, sizeof(format), published->content_format),
			format);
	if (published->size > 0)
		coap_add_data(response, published->size, published->content);
}

static struct endpoint_resource *find(struct endpoint *endpoint, const char *path)
{
	for (unsigned int index = 0; index < endpoint->resource_count; index++)
		if (strcmp(endpoint->resources[index]->path, path) == 0)
			return endpoint->resources[index];
	return NULL;
}

static struct endpoint_resource *add(struct endpoint *endpoint, const char *path)
{
	_cleanup_(freep) struct endpoint_resource *added = calloc(1, sizeof(*added));
	coap_str_const_t name;

	if (!added)
		return NULL;
	memcpy(added->path, path, strlen(path) + 1);
	name = (coap_str_const_t){
		.length = strlen(added->path) - 1,
		.s = (const uint8_t *)added->path + 1,
	};
	/* Never confirmable: a session that died is found by its silence, for all at once. */
	added->resource = coap_resource_init(&name, COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS);
	if (!added->resource)
		return NULL;
	coap_resource_set_userdata(added->resource, added);
	coap_resource_set_get_observable(added->resource, 1);
	endpoint_resource_refuse_methods(added->resource);
	coap_register_request_handler(added->resource, COAP_REQUEST_GET, on_get);
	coap_add_resource(endpoint->context, added->resource);
	endpoint->resources[endpoint->resource_count++] = added;
	return TAKE(added);
}

int endpoint_publish(struct endpoint *endpoint, const char *path, unsigned int content_format,
		     struct bytes content)
{
	struct endpoint_resource *resource;

	if (content.size > ENDPOINT_CONTENT_MAX)
		return -EMSGSIZE;
	if (path[0] != '/' || strlen(path) < 2 || strlen(path) >= ENDPOINT_PATH_MAX ||
	    content_format > UINT16_MAX)
		return -EINVAL;
	resource = find(endpoint, path);
	if (!resource) {
		if (endpoint->resource_count >= ENDPOINT_RESOURCES_MAX)
			return -ENOSPC;
		resource = add(endpoint, path);
	}
	if (!resource)
		return -ENOMEM;
	resource->content_format = content_format;
	resource->size = content.size;
	if (content.size > 0)
		memcpy(resource->content, content.data, content.size);
	coap_resource_notify_observers(resource->resource, NULL);
	endpoint->is_prepare_due = true;
	endpoint_kick(endpoint);
	return 0;
}

int endpoint_resource_register(struct endpoint *endpoint)
{
	coap_resource_t *unknown = coap_resource_unknown_init2(on_refused_method, 0);

	if (!unknown)
		return -ENOMEM;
	endpoint_resource_refuse_methods(unknown);
	coap_add_resource(endpoint->context, unknown);
	return 0;
}

/** To be called when libcoap has let go of them. */
void endpoint_resource_free(struct endpoint *endpoint)
{
	for (unsigned int index = 0; index < endpoint->resource_count; index++)
		free(endpoint->resources[index]);
	endpoint->resource_count = 0;
}
