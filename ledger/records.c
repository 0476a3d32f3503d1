/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the core stores besides blocks, and how it comes back after a start. */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A SLOT record, keyed by the slot's number:
 *   [own NOTAR: null or block hash, own SKIP, own FINAL, [certificate ...]]
 */
void record_slot(struct ledger *ledger, struct slot *slot)
{
	struct cbor_writer writer;
	size_t count = 0;

	for (int kind = VOTE_NOTAR; kind <= VOTE_FINAL; kind++) {
		if (slot_has_certificate(slot, (enum vote_kind)kind))
			count++;
	}
	effects_write_begin(&ledger->effects, &writer);
	cbor_write_array(&writer, 4);
	if (slot->voted_notar)
		cbor_write_bytes(&writer, BYTES_OF(slot->notar));
	else
		cbor_write_null(&writer);
	cbor_write_bool(&writer, slot->voted_skip);
	cbor_write_bool(&writer, slot->voted_final);
	cbor_write_array(&writer, count);
	for (int i = 0; i < VOTE_KINDS; i++) {
		const struct slot_certificate *certificate = &slot->certificates[i];

		if (certificate->data)
			cbor_write_raw(&writer, BYTES(certificate->data, certificate->size));
	}
	effects_put_number(&ledger->effects, LEDGER_TABLE_SLOT, slot->number,
			   effects_write_end(&ledger->effects, &writer));
	slot->is_dirty = false;
	slot->is_stored = true;
}

void record_state(struct ledger *ledger)
{
	size_t capacity = state_encoded_size(ledger->contract);
	uint8_t *data = effects_allocate(&ledger->effects, capacity);
	size_t size = 0;

	if (!data)
		return;
	if (state_encode(ledger->state, data, capacity, &size) < 0) {
		ledger->effects.error = -ENOMEM;
		return;
	}
	effects_put(&ledger->effects, LEDGER_TABLE_STATE,
		    BYTES((const uint8_t *)STATE_RECORD_KEY, strlen(STATE_RECORD_KEY)),
		    BYTES(data, size));
}

static int restore_certificates(struct ledger *ledger, struct slot *slot,
				struct cbor_reader *reader)
{
	size_t count = cbor_read_array(reader, VOTE_KINDS);
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		certificate_read(reader, &ledger->certificate);
		if (reader->error < 0 || ledger->certificate.slot != slot->number)
			r = -EBADMSG;
		else
			r = slot_keep_certificate(slot, &ledger->certificate);
	}
	return r == -ENOMEM ? r : r < 0 ? -EBADMSG : 0;
}

static int restore_slot(struct ledger *ledger, struct bytes key, struct bytes value)
{
	struct cbor_reader reader;
	struct slot *slot;
	int r;

	if (key.size != 8)
		return -EBADMSG;
	if (bytes_get_u64(key.data) < ledger->slots.base)
		return 0;
	r = slots_get(&ledger->slots, bytes_get_u64(key.data), &slot);
	if (r < 0)
		return r == -ENOMEM ? r : -EUCLEAN;
	cbor_read_init(&reader, value);
	cbor_read_array_exact(&reader, 4);
	if (!cbor_read_null(&reader)) {
		cbor_read_bytes_fixed(&reader, slot->notar.bytes, sizeof(slot->notar.bytes));
		slot->voted_notar = true;
	}
	slot->voted_skip = cbor_read_bool(&reader);
	slot->voted_final = cbor_read_bool(&reader);
	r = restore_certificates(ledger, slot, &reader);
	if (r < 0)
		return r;
	if (cbor_read_end(&reader) < 0)
		return -EBADMSG;
	slot->is_stored = true;
	slot->is_dirty = false;
	return slot->voted_final && (slot->voted_skip || !slot->voted_notar) ? -EUCLEAN : 0;
}

static int restore_state(struct ledger *ledger, struct bytes value)
{
	const struct member_state *own;
	int r = state_decode(value, ledger->contract, ledger->state);

	if (r < 0)
		return r;
	slots_finish(&ledger->slots);
	slots_init(&ledger->slots, ledger->contract, ledger->state->slot + 1);
	ledger->slot = ledger->slots.base;
	own = &ledger->state->members[ledger->own];
	ledger->own_sequence = own->sequence;
	ledger->own_previous = own->previous;
	ledger->own_end_us = own->end_us;
	return 0;
}

int ledger_restore(struct ledger *ledger, enum ledger_table table, struct bytes key,
		   struct bytes value)
{
	switch (table) {
	case LEDGER_TABLE_META:
	case LEDGER_TABLE_BLOCK:
	case LEDGER_TABLE_CERTIFICATE:
	case LEDGER_TABLES:
		return 0;
	case LEDGER_TABLE_STATE:
		return restore_state(ledger, value);
	case LEDGER_TABLE_SLOT:
		return restore_slot(ledger, key, value);
	case LEDGER_TABLE_CANDIDATE:
		return candidate_restore(ledger, key, value);
	case LEDGER_TABLE_VERDICT:
		return own_restore_word(ledger, key, value);
	case LEDGER_TABLE_OUTBOX:
		return own_restore_transaction(ledger, key, value);
	}
	return -EBADMSG;
}
