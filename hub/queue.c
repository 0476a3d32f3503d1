/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A list of copied effects; each owns its message. */
#include "queue.h"

#include <errno.h>

struct queue_item {
	struct queue_item *next;
	struct ledger_effect effect;
	uint8_t message[];
};

int queue_add(struct queue *queue, const struct ledger_effect *effect)
{
	bool is_send = effect->kind == LEDGER_EFFECT_SEND;
	size_t size = is_send ? effect->send.message.size : 0;
	struct queue_item *item = malloc(sizeof(*item) + size);

	if (!item)
		return -ENOMEM;
	item->next = NULL;
	item->effect = *effect;
	if (size > 0) {
		memcpy(item->message, effect->send.message.data, size);
		item->effect.send.message = BYTES(item->message, size);
	}
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->size += size;
	return 0;
}

const struct ledger_effect *queue_first(struct queue *queue)
{
	queue->next = queue->first;
	return queue_next(queue);
}

const struct ledger_effect *queue_next(struct queue *queue)
{
	const struct queue_item *item = queue->next;

	if (!item)
		return NULL;
	queue->next = item->next;
	return &item->effect;
}

void queue_clear(struct queue *queue)
{
	struct queue_item *item = queue->first;

	while (item) {
		struct queue_item *next = item->next;

		free(item);
		item = next;
	}
	*queue = (struct queue){0};
}
