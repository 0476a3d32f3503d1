/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The other members of the node's ledger over its one endpoint: who they are by their keys, who
 * dials whom, and what was refused. A peer's number is its member index in the contract.
 */
#pragma once

#include "config.h"
#include "drivers/endpoint.h"

/** Borrowed until peers_close(). */
struct peers_settings {
	sd_event *loop;
	const struct config *config;
	const struct contract *contract;
	unsigned int own;
	const char *key_file;
	struct bytes spki;
};

/** The owner's side; called from the loop. */
struct peers_handlers {
	void (*on_peer)(unsigned int member, bool is_up, void *context);
	void (*on_message)(unsigned int member, const struct address *from, struct bytes message,
			   void *context);
	/** A notification of an appliance's power. */
	void (*on_power)(unsigned int member, unsigned int content_format, struct bytes content,
			 void *context);
	/**
	 * A stranger or a peer did what it may not: @who is a name or an address, @what a word for
	 * alarms or NULL where it is only worth counting, @why a sentence.
	 */
	void (*on_refused)(const char *who, const char *what, const char *why, void *context);
	void *context;
};

struct peers;

/** Path of an appliance's power measurement (IPSO object 3305, first instance). */
#define PEERS_POWER_PATH "/3305/0"

/**
 * Opens the endpoint, dials the members that are this node's to dial, observes them if it is a
 * meter. Errors: those of endpoint_open().
 */
_must_check_ int peers_open(const struct peers_settings *settings,
			    const struct peers_handlers *handlers, struct peers **ret_peers);
void peers_close(struct peers *peers);
DEFINE_CLEANUP(struct peers *, peers_close);

/** True if this node keeps the session with @member: the hub dials, among equals the lower id. */
bool peers_dials(const struct contract *contract, unsigned int own, unsigned int member);

/** To one member, or to all others (LEDGER_MEMBERS_MAX); not connected: dropped, the ledger
 * repeats. */
void peers_send(struct peers *peers, unsigned int member, struct bytes message);
bool peers_is_up(const struct peers *peers, unsigned int member);
/** This appliance's newest power measurement, for who observes it. */
_must_check_ int peers_publish_power(struct peers *peers, unsigned int content_format,
				     struct bytes content);

/** How often each of enum endpoint_refusal happened, and its word. */
uint64_t peers_refused(const struct peers *peers, enum endpoint_refusal refusal);
const char *peers_refusal_word(enum endpoint_refusal refusal);
