/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The effects of one step; see effects.h. */
#include "effects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct effects_chunk {
	struct effects_chunk *next;
	size_t used;
	size_t capacity;
	uint8_t data[];
};

static void free_chunks(struct effects_chunk *chunk)
{
	while (chunk) {
		struct effects_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void effects_reset(struct effects *effects)
{
	if (effects->chunks) {
		free_chunks(effects->chunks->next);
		effects->chunks->next = NULL;
		effects->chunks->used = 0;
	}
	effects->count = 0;
	effects->error = 0;
}

void effects_finish(struct effects *effects)
{
	free_chunks(effects->chunks);
	free(effects->list);
	*effects = (struct effects){0};
}

uint8_t *effects_allocate(struct effects *effects, size_t size)
{
	struct effects_chunk *chunk = effects->chunks;
	uint8_t *data;

	if (!chunk || chunk->capacity - chunk->used < size) {
		size_t capacity = size > EFFECTS_CHUNK ? size : EFFECTS_CHUNK;

		chunk = malloc(sizeof(*chunk) + capacity);
		if (!chunk) {
			effects->error = -ENOMEM;
			return NULL;
		}
		*chunk = (struct effects_chunk){.next = effects->chunks, .capacity = capacity};
		effects->chunks = chunk;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	return data;
}

void effects_write_begin(struct effects *effects, struct cbor_writer *writer)
{
	uint8_t *data = effects_allocate(effects, LEDGER_MESSAGE_MAX);

	cbor_write_init(writer, data, data ? LEDGER_MESSAGE_MAX : 0);
}

struct bytes effects_write_end(struct effects *effects, struct cbor_writer *writer)
{
	if (writer->error < 0) {
		effects->error = -ENOMEM;
		return BYTES(NULL, 0);
	}
	/* The newest chunk holds it last: give back what was not needed. */
	effects->chunks->used -= LEDGER_MESSAGE_MAX - writer->size;
	return BYTES(writer->data, writer->size);
}

struct ledger_effect *effects_add(struct effects *effects, enum ledger_effect_kind kind)
{
	if (effects->count == effects->capacity) {
		size_t capacity = effects->capacity ? effects->capacity * 2 : 64;
		struct ledger_effect *list;

		if (capacity > EFFECTS_MAX) {
			effects->error = -ENOMEM;
			return NULL;
		}
		list = realloc(effects->list, capacity * sizeof(*list));
		if (!list) {
			effects->error = -ENOMEM;
			return NULL;
		}
		effects->list = list;
		effects->capacity = capacity;
	}
	effects->list[effects->count] = (struct ledger_effect){.kind = kind};
	return &effects->list[effects->count++];
}

static void add_record(struct effects *effects, enum ledger_effect_kind kind,
		       enum ledger_table table, struct bytes key, struct bytes value)
{
	uint8_t *copy = effects_allocate(effects, key.size);
	struct ledger_effect *effect = effects_add(effects, kind);

	if (!copy || !effect)
		return;
	memcpy(copy, key.data, key.size);
	effect->record.table = table;
	effect->record.key = BYTES(copy, key.size);
	effect->record.value = value;
}

void effects_put(struct effects *effects, enum ledger_table table, struct bytes key,
		 struct bytes value)
{
	add_record(effects, LEDGER_EFFECT_PUT, table, key, value);
}

void effects_delete(struct effects *effects, enum ledger_table table, struct bytes key)
{
	add_record(effects, LEDGER_EFFECT_DELETE, table, key, BYTES(NULL, 0));
}

void effects_put_number(struct effects *effects, enum ledger_table table, uint64_t number,
			struct bytes value)
{
	uint8_t key[8];

	bytes_put_u64(key, number);
	effects_put(effects, table, BYTES(key, sizeof(key)), value);
}

void effects_delete_number(struct effects *effects, enum ledger_table table, uint64_t number)
{
	uint8_t key[8];

	bytes_put_u64(key, number);
	effects_delete(effects, table, BYTES(key, sizeof(key)));
}

void effects_send(struct effects *effects, unsigned int member, struct bytes message)
{
	struct ledger_effect *effect;

	if (message.size == 0)
		return;
	effect = effects_add(effects, LEDGER_EFFECT_SEND);
	if (!effect)
		return;
	effect->send.member = member;
	effect->send.message = message;
}

void effects_refuse(struct effects *effects, enum ledger_refusal refusal, unsigned int member,
		    unsigned int device)
{
	struct ledger_effect *effect = effects_add(effects, LEDGER_EFFECT_REFUSED);

	if (!effect)
		return;
	effect->refused.refusal = refusal;
	effect->refused.member = member;
	effect->refused.device = device;
}
