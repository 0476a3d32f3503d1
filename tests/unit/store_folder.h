/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A folder with a store in it, and the few steps that the store's tests share. */
#pragma once

#include "ledger/store.h"

enum { STORE_FOLDER_PATH_MAX = 128 };

struct store_folder {
	char path[64];
};

void store_folder_make(struct store_folder *folder);
/** With the store in it, of layer "lan". */
void store_folder_remove(const struct store_folder *folder);
/** Of a file of the store; @path is returned. */
const char *store_folder_file(const struct store_folder *folder, const char *name,
			      char path[static STORE_FOLDER_PATH_MAX]);

/** Stages a record under a number, with that number repeated @size times as its value. */
_must_check_ int store_folder_put(struct store *store, enum ledger_table table, uint64_t number,
				  size_t size);
_must_check_ int store_folder_delete(struct store *store, enum ledger_table table,
				     uint64_t number);
/** True if such a record stands there with @size bytes. */
bool store_folder_has(struct store *store, enum ledger_table table, uint64_t number, size_t size);

/** The exit status of @function in a process of its own, or minus the signal that ended it. */
int store_folder_in_child(int (*function)(const struct store_folder *folder, void *context),
			  const struct store_folder *folder, void *context);
