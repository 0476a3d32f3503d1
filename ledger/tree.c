/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Candidate blocks that are not final; see tree.h. */
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

static void free_node(struct node *node)
{
	if (!node)
		return;
	block_clear(&node->block);
	free(node->wire);
	free(node->justification);
	free(node->state);
	free(node);
}

void tree_finish(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		free_node(tree->nodes[i]);
	*tree = (struct tree){0};
}

struct node *tree_find(const struct tree *tree, const struct hash *hash)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (hash_equal(&tree->nodes[i]->block.hash, hash))
			return tree->nodes[i];
	}
	return NULL;
}

struct node *tree_at(const struct tree *tree, uint64_t slot)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->nodes[i]->block.header.slot == slot)
			return tree->nodes[i];
	}
	return NULL;
}

static uint8_t *copy_of(struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.size > 0 ? bytes.size : 1);

	if (copy && bytes.size > 0)
		memcpy(copy, bytes.data, bytes.size);
	return copy;
}

int tree_add(struct tree *tree, struct block *block, struct bytes wire, struct bytes justification,
	     struct node **ret_node)
{
	struct node *node;

	if (tree_find(tree, &block->hash))
		return -EEXIST;
	if (tree->count == TREE_NODES_MAX)
		return -ENOSPC;
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->wire = copy_of(wire);
	node->wire_size = wire.size;
	node->justification = copy_of(justification);
	node->justification_size = justification.size;
	if (!node->wire || !node->justification) {
		free_node(node);
		return -ENOMEM;
	}
	node->block = *block;
	*block = (struct block){0};
	tree->nodes[tree->count++] = node;
	*ret_node = node;
	return 0;
}

void tree_remove(struct tree *tree, struct node *node)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->nodes[i] != node)
			continue;
		tree->nodes[i] = tree->nodes[--tree->count];
		free_node(node);
		return;
	}
}
