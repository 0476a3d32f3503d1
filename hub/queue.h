/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Effects that wait for a commit, copied, in order. */
#pragma once

#include "ledger/ledger.h"

struct queue_item;

/** All zero is an empty queue. */
struct queue {
	struct queue_item *first;
	struct queue_item *last;
	struct queue_item *next; /**< For queue_next(). */
	size_t size;		 /**< Bytes of the messages in it. */
};

/** Copies a SEND with its message, or a READING. Errors: -ENOMEM. */
_must_check_ int queue_add(struct queue *queue, const struct ledger_effect *effect);
/** The oldest, borrowed until queue_clear(); NULL if the queue is empty. */
const struct ledger_effect *queue_first(struct queue *queue);
/** The one after it. */
const struct ledger_effect *queue_next(struct queue *queue);
void queue_clear(struct queue *queue);
