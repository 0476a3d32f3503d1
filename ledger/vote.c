/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Votes and certificates, ours and others', in and out (LEDGER.md section 3). */
#include "core.h"

#include <errno.h>
#include <stdlib.h>

static const struct hash zero_hash;

static void send_vote(struct ledger *ledger, unsigned int member, const struct vote *vote)
{
	struct cbor_writer writer;

	effects_write_begin(&ledger->effects, &writer);
	message_write_vote(&writer, vote);
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}

static bool sign_vote(struct ledger *ledger, struct vote *vote)
{
	struct hash hash;

	vote_hash(&ledger->contract->chain, vote, &hash);
	return ledger->signer.sign(ledger->signer.context, &hash, &vote->signature) == 0;
}

static struct vote make_vote(const struct ledger *ledger, const struct slot *slot,
			     enum vote_kind kind, const struct hash *block)
{
	return (struct vote){
		.kind = kind,
		.epoch = ledger->state->epoch,
		.slot = slot->number,
		.block = block ? *block : zero_hash,
		.member = (uint16_t)ledger->own,
	};
}

static void note_voter(struct ledger *ledger, const struct vote *vote)
{
	struct link *link = &ledger->links[vote->member];

	if (vote->slot > link->vote_slot)
		link->vote_slot = vote->slot;
}

/** The certificates that moved this node are durable no later than its next vote. */
static void store_dirty_slots(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->slots.count; i++) {
		if (ledger->slots.slots[i].is_dirty)
			record_slot(ledger, &ledger->slots.slots[i]);
	}
}

/** True if the slot's votes now make a certificate of this kind. */
static bool form_certificate(struct ledger *ledger, struct slot *slot, enum vote_kind kind)
{
	int r = slot_form_certificate(&ledger->slots, ledger->state->epoch, slot, kind,
				      &ledger->certificate);

	if (r < 0)
		ledger->effects.error = r;
	return r > 0;
}

void vote_cast(struct ledger *ledger, struct slot *slot, enum vote_kind kind,
	       const struct hash *block)
{
	struct vote vote = make_vote(ledger, slot, kind, block);

	if (!sign_vote(ledger, &vote) || slot_add_vote(&ledger->slots, slot, &vote) == -ENOMEM) {
		ledger->effects.error = -ENOMEM;
		return;
	}
	if (kind == VOTE_NOTAR) {
		slot->voted_notar = true;
		slot->notar = *block;
	}
	slot->voted_skip = slot->voted_skip || kind == VOTE_SKIP;
	slot->voted_final = slot->voted_final || kind == VOTE_FINAL;
	slot->is_dirty = true;
	store_dirty_slots(ledger);
	send_vote(ledger, LEDGER_MEMBERS_MAX, &vote);
	ledger->votes_cast++;
	note_voter(ledger, &vote);
	for (int each = VOTE_NOTAR; each <= VOTE_FINAL; each++)
		(void)form_certificate(ledger, slot, (enum vote_kind)each);
}

/** Votes of before the last start are signed again: the same bytes, signatures are deterministic.
 */
void vote_send_own(struct ledger *ledger, unsigned int member, struct slot *slot)
{
	const bool given[VOTE_KINDS] = {slot->voted_notar, slot->voted_skip, slot->voted_final};

	for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind++) {
		struct vote vote = make_vote(ledger, slot, (enum vote_kind)kind,
					     kind == VOTE_SKIP ? NULL : &slot->notar);

		if (!given[kind - 1])
			continue;
		if (slot_find_signature(&ledger->slots, slot, &vote)) {
			send_vote(ledger, member, &vote);
			continue;
		}
		if (!sign_vote(ledger, &vote))
			continue;
		if (slot_add_vote(&ledger->slots, slot, &vote) == -ENOMEM)
			ledger->effects.error = -ENOMEM;
		send_vote(ledger, member, &vote);
	}
}

static bool is_vote_good(struct ledger *ledger, const struct slot *slot, const struct vote *vote)
{
	const struct member *member = &ledger->contract->members[vote->member];
	struct hash hash;

	if (slot_has_vote(&ledger->slots, slot, vote))
		return true;
	vote_hash(&ledger->contract->chain, vote, &hash);
	return ledger->verifier.verify(ledger->verifier.context, &member->sign_key, &hash,
				       &vote->signature);
}

void vote_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct vote vote;
	struct slot *slot;
	int r;

	message_read_vote(reader, &vote);
	if (cbor_read_end(reader) < 0 || vote.member >= ledger->contract->member_count ||
	    vote.epoch != ledger->state->epoch) {
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
		return;
	}
	if (vote.slot < ledger->slots.base) {
		/* It is behind, or its packet was. */
		ledger->duplicates++;
		return;
	}
	r = vote.slot <= ledger->slot + SLOTS_AHEAD_MAX
		    ? slots_get(&ledger->slots, vote.slot, &slot)
		    : -ERANGE;
	if (r == -ENOMEM) {
		ledger->effects.error = r;
		return;
	}
	if (r < 0) {
		refuse(ledger, LEDGER_REFUSED_SLOT, sender, vote.member);
		sync_ask(ledger, sender);
		return;
	}
	if (slot_has_vote(&ledger->slots, slot, &vote)) {
		ledger->duplicates++;
		return;
	}
	if (!is_vote_good(ledger, slot, &vote)) {
		refuse(ledger, LEDGER_REFUSED_SIGNATURE, sender, vote.member);
		return;
	}
	note_voter(ledger, &vote);
	r = slot_add_vote(&ledger->slots, slot, &vote);
	if (r == -ENOTUNIQ)
		refuse(ledger, LEDGER_REFUSED_EQUIVOCATION, sender, vote.member);
	if (r == -ENOMEM)
		ledger->effects.error = r;
	if (form_certificate(ledger, slot, vote.kind))
		ledger->news_us = ledger->now_us;
}

static struct vote certified_vote(const struct certificate *certificate, size_t index)
{
	const struct certificate_entry *entry = &certificate->entries[index];

	return (struct vote){
		.kind = certificate->kind,
		.epoch = certificate->epoch,
		.slot = certificate->slot,
		.block = certificate->block,
		.member = entry->member,
		.incarnation = entry->incarnation,
		.signature = entry->signature,
	};
}

/** Every signature in it, of which those known as votes are not checked twice. */
static bool is_certificate_good(struct ledger *ledger, const struct certificate *certificate)
{
	static const struct slot unknown;
	const struct slot *slot = slots_find(&ledger->slots, certificate->slot);

	if (!contract_is_quorum(ledger->contract, certificate))
		return false;
	for (size_t i = 0; i < certificate->count; i++) {
		struct vote vote = certified_vote(certificate, i);

		if (!is_vote_good(ledger, slot ? slot : &unknown, &vote))
			return false;
	}
	return true;
}

/** Its votes count for themselves too, and show who is there. */
static void keep_votes(struct ledger *ledger, struct slot *slot,
		       const struct certificate *certificate)
{
	for (size_t i = 0; i < certificate->count; i++) {
		struct vote vote = certified_vote(certificate, i);

		if (slot_add_vote(&ledger->slots, slot, &vote) == -ENOMEM)
			ledger->effects.error = -ENOMEM;
		note_voter(ledger, &vote);
	}
}

bool certificate_take(struct ledger *ledger, unsigned int sender,
		      const struct certificate *certificate)
{
	const struct slot *known = slots_find(&ledger->slots, certificate->slot);
	struct slot *slot;
	int r;

	if (certificate->epoch != ledger->state->epoch) {
		refuse(ledger, LEDGER_REFUSED_CERTIFICATE, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	if (certificate->slot < ledger->slots.base)
		return true;
	if (known && slot_has_certificate(known, certificate->kind))
		return true;
	if (certificate->slot - ledger->slots.base >= SLOTS_MAX) {
		refuse(ledger, LEDGER_REFUSED_SLOT, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	if (!is_certificate_good(ledger, certificate)) {
		refuse(ledger, LEDGER_REFUSED_CERTIFICATE, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	r = slots_get(&ledger->slots, certificate->slot, &slot);
	if (r == 0) {
		keep_votes(ledger, slot, certificate);
		r = slot_keep_certificate(slot, certificate);
	}
	if (r < 0) {
		ledger->effects.error = r;
		return false;
	}
	ledger->news_us = ledger->now_us;
	/* A quorum has left that slot: so do we, through progress(). */
	if (certificate->slot > ledger->slot)
		ledger->slot = certificate->slot;
	return true;
}

void certificate_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	message_read_certificate(reader, &ledger->certificate);
	if (cbor_read_end(reader) < 0)
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
	else
		(void)certificate_take(ledger, sender, &ledger->certificate);
}

void certificate_send(struct ledger *ledger, unsigned int member,
		      const struct slot_certificate *certificate)
{
	struct cbor_writer writer;

	if (!certificate->data)
		return;
	effects_write_begin(&ledger->effects, &writer);
	cbor_write_array(&writer, 2);
	cbor_write_uint(&writer, MESSAGE_CERTIFICATE);
	cbor_write_raw(&writer, BYTES(certificate->data, certificate->size));
	effects_send(&ledger->effects, member, effects_write_end(&ledger->effects, &writer));
}
