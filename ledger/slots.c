/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Votes and certificates, slot by slot; see slots.h. */
#include "slots.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "codec.h"

enum {
	CERTIFICATE_HEAD_SIZE_MAX = 64,
	CERTIFICATE_ENTRY_SIZE = 75, /**< At most: [member, incarnation, signature]. */
};

void slots_init(struct slots *slots, const struct contract *contract, uint64_t base)
{
	*slots = (struct slots){.contract = contract, .base = base};
}

static void clear_slot(struct slot *slot)
{
	free(slot->votes);
	for (int i = 0; i < VOTE_KINDS; i++)
		free(slot->certificates[i].data);
}

void slots_finish(struct slots *slots)
{
	for (size_t i = 0; i < slots->count; i++)
		clear_slot(&slots->slots[i]);
	free(slots->slots);
	*slots = (struct slots){0};
}

struct slot *slots_find(const struct slots *slots, uint64_t number)
{
	if (number < slots->base || number - slots->base >= slots->count)
		return NULL;
	return &slots->slots[number - slots->base];
}

int slots_get(struct slots *slots, uint64_t number, struct slot **ret_slot)
{
	size_t needed;

	if (number < slots->base || number - slots->base >= SLOTS_MAX)
		return -ERANGE;
	needed = (size_t)(number - slots->base) + 1;
	if (needed > slots->capacity) {
		size_t capacity = needed < 8 ? 8 : needed * 2;
		struct slot *grown = realloc(slots->slots, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		slots->slots = grown;
		slots->capacity = capacity;
	}
	while (slots->count < needed) {
		slots->slots[slots->count] = (struct slot){.number = slots->base + slots->count};
		slots->count++;
	}
	*ret_slot = &slots->slots[needed - 1];
	return 0;
}

void slots_advance(struct slots *slots, uint64_t base)
{
	size_t gone;

	assert(base >= slots->base);
	gone = base - slots->base < slots->count ? (size_t)(base - slots->base) : slots->count;
	for (size_t i = 0; i < gone; i++)
		clear_slot(&slots->slots[i]);
	if (gone > 0)
		memmove(slots->slots, slots->slots + gone,
			(slots->count - gone) * sizeof(*slots->slots));
	slots->count -= gone;
	slots->base = base;
}

void slots_trim(struct slots *slots, uint64_t current)
{
	for (size_t i = 0; i < slots->count; i++) {
		if (slots->slots[i].number + SLOTS_BEHIND_MAX >= current)
			return;
		free(slots->slots[i].votes);
		slots->slots[i].votes = NULL;
	}
}

static struct slot_vote *vote_place(const struct slots *slots, const struct slot *slot,
				    enum vote_kind kind, unsigned int member)
{
	return &slot->votes[((size_t)kind - 1) * slots->contract->member_count + member];
}

bool slot_find_signature(const struct slots *slots, const struct slot *slot, struct vote *vote)
{
	const struct slot_vote *known;

	if (!slot->votes)
		return false;
	known = vote_place(slots, slot, vote->kind, vote->member);
	if (!known->is_given || !hash_equal(&known->block, &vote->block) ||
	    known->incarnation != vote->incarnation)
		return false;
	vote->signature = known->signature;
	return true;
}

bool slot_has_vote(const struct slots *slots, const struct slot *slot, const struct vote *vote)
{
	struct vote known = *vote;

	return slot_find_signature(slots, slot, &known) &&
	       bytes_equal(BYTES_OF(known.signature), BYTES_OF(vote->signature));
}

int slot_add_vote(const struct slots *slots, struct slot *slot, const struct vote *vote)
{
	struct slot_vote *place;

	if (!slot->votes) {
		slot->votes = calloc(slots->contract->member_count * VOTE_KINDS,
				     sizeof(struct slot_vote));
		if (!slot->votes)
			return -ENOMEM;
	}
	place = vote_place(slots, slot, vote->kind, vote->member);
	if (place->is_given)
		return hash_equal(&place->block, &vote->block) ? -EEXIST : -ENOTUNIQ;
	*place = (struct slot_vote){
		.is_given = true,
		.block = vote->block,
		.incarnation = vote->incarnation,
		.signature = vote->signature,
	};
	return 0;
}

bool slot_has_certificate(const struct slot *slot, enum vote_kind kind)
{
	return slot->certificates[kind - 1].data;
}

int slot_keep_certificate(struct slot *slot, const struct certificate *certificate)
{
	struct slot_certificate *place = &slot->certificates[certificate->kind - 1];
	size_t capacity = CERTIFICATE_HEAD_SIZE_MAX + certificate->count * CERTIFICATE_ENTRY_SIZE;
	struct cbor_writer writer;
	uint8_t *data;

	if (place->data)
		return -EEXIST;
	data = malloc(capacity);
	if (!data)
		return -ENOMEM;
	cbor_write_init(&writer, data, capacity);
	certificate_write(&writer, certificate);
	assert(writer.error == 0);
	place->data = data;
	place->size = writer.size;
	place->block = certificate->block;
	slot->is_dirty = true;
	return 0;
}

/** Gathers the votes for one block into @certificate. */
static void gather(const struct slots *slots, const struct slot *slot,
		   struct certificate *certificate)
{
	certificate->count = 0;
	for (unsigned int i = 0; i < slots->contract->member_count; i++) {
		const struct slot_vote *vote = vote_place(slots, slot, certificate->kind, i);

		if (!vote->is_given || !hash_equal(&vote->block, &certificate->block))
			continue;
		certificate->entries[certificate->count++] = (struct certificate_entry){
			.member = (uint16_t)i,
			.incarnation = vote->incarnation,
			.signature = vote->signature,
		};
	}
}

int slot_form_certificate(const struct slots *slots, uint64_t epoch, struct slot *slot,
			  enum vote_kind kind, struct certificate *scratch)
{
	bool has_tried = false;
	int r;

	if (!slot->votes || slot_has_certificate(slot, kind))
		return 0;
	for (unsigned int i = 0; i < slots->contract->member_count; i++) {
		const struct slot_vote *vote = vote_place(slots, slot, kind, i);

		if (!vote->is_given || (has_tried && hash_equal(&scratch->block, &vote->block)))
			continue;
		has_tried = true;
		scratch->kind = kind;
		scratch->epoch = epoch;
		scratch->slot = slot->number;
		scratch->block = vote->block;
		gather(slots, slot, scratch);
		if (!contract_is_quorum(slots->contract, scratch))
			continue;
		r = slot_keep_certificate(slot, scratch);
		return r < 0 ? r : 1;
	}
	return 0;
}

unsigned int slot_voters(const struct slots *slots, const struct slot *slot)
{
	unsigned int voters = 0;

	if (!slot->votes)
		return 0;
	for (unsigned int i = 0; i < slots->contract->member_count; i++) {
		bool has_voted = false;

		for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind++)
			has_voted = has_voted ||
				    vote_place(slots, slot, (enum vote_kind)kind, i)->is_given;
		if (has_voted)
			voters++;
	}
	return voters;
}
