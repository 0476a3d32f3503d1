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
		(void)slot_form_certificate(&ledger->slots, ledger->state->epoch, slot,
					    (enum vote_kind)each, &ledger->certificate);
}

/** Signs again what is durable already: the same bytes, as signatures are deterministic. */
void vote_send_own(struct ledger *ledger, unsigned int member, struct slot *slot)
{
	const bool given[VOTE_KINDS] = {slot->voted_notar, slot->voted_skip, slot->voted_final};

	for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind++) {
		struct vote vote = make_vote(ledger, slot, (enum vote_kind)kind,
					     kind == VOTE_SKIP ? NULL : &slot->notar);

		if (!given[kind - 1] || !sign_vote(ledger, &vote))
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
	slot = vote.slot <= ledger->slot + SLOTS_AHEAD_MAX ? slots_get(&ledger->slots, vote.slot)
							   : NULL;
	if (!slot) {
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
	if (slot_form_certificate(&ledger->slots, ledger->state->epoch, slot, vote.kind,
				  &ledger->certificate))
		ledger->news_us = ledger->now_us;
}

/** Every signature in it, of which those known as votes are not checked twice. */
static bool is_certificate_good(struct ledger *ledger, struct slot *slot,
				const struct certificate *certificate)
{
	if (!contract_is_quorum(ledger->contract, certificate))
		return false;
	for (size_t i = 0; i < certificate->count; i++) {
		const struct certificate_entry *entry = &certificate->entries[i];
		struct vote vote = {
			.kind = certificate->kind,
			.epoch = certificate->epoch,
			.slot = certificate->slot,
			.block = certificate->block,
			.member = entry->member,
			.incarnation = entry->incarnation,
			.signature = entry->signature,
		};

		if (!is_vote_good(ledger, slot, &vote))
			return false;
		if (slot_add_vote(&ledger->slots, slot, &vote) == -ENOMEM)
			ledger->effects.error = -ENOMEM;
		note_voter(ledger, &vote);
	}
	return true;
}

bool certificate_take(struct ledger *ledger, unsigned int sender,
		      const struct certificate *certificate)
{
	struct slot *slot;

	if (certificate->epoch != ledger->state->epoch) {
		refuse(ledger, LEDGER_REFUSED_CERTIFICATE, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	if (certificate->slot < ledger->slots.base)
		return true;
	slot = slots_get(&ledger->slots, certificate->slot);
	if (!slot) {
		refuse(ledger, LEDGER_REFUSED_SLOT, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	if (slot_has_certificate(slot, certificate->kind))
		return true;
	if (!is_certificate_good(ledger, slot, certificate)) {
		refuse(ledger, LEDGER_REFUSED_CERTIFICATE, sender, LEDGER_MEMBERS_MAX);
		return false;
	}
	if (slot_keep_certificate(slot, certificate) == -ENOMEM)
		ledger->effects.error = -ENOMEM;
	ledger->news_us = ledger->now_us;
	/* A quorum has left that slot: so do we, through progress(). */
	if (certificate->slot > ledger->slot)
		ledger->slot = certificate->slot;
	return true;
}

void certificate_receive(struct ledger *ledger, unsigned int sender, struct cbor_reader *reader)
{
	struct certificate *certificate = malloc(sizeof(*certificate));

	if (!certificate) {
		ledger->effects.error = -ENOMEM;
		return;
	}
	message_read_certificate(reader, certificate);
	if (cbor_read_end(reader) < 0)
		refuse(ledger, LEDGER_REFUSED_MALFORMED, sender, LEDGER_MEMBERS_MAX);
	else
		(void)certificate_take(ledger, sender, certificate);
	free(certificate);
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
