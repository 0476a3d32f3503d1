/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Folders, records and processes for the store's tests. */
#include "store_folder.h"

#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

void store_folder_make(struct store_folder *folder)
{
	char *made;

	(void)snprintf(folder->path, sizeof(folder->path), "/tmp/smi-test-store-XXXXXX");
	made = mkdtemp(folder->path);
	assert(made);
	(void)made;
}

const char *store_folder_file(const struct store_folder *folder, const char *name,
			      char path[static STORE_FOLDER_PATH_MAX])
{
	(void)snprintf(path, STORE_FOLDER_PATH_MAX, "%s/ledger-lan/%s", folder->path, name);
	return path;
}

void store_folder_remove(const struct store_folder *folder)
{
	static const char *const names[] = {
		"data.mdb", "data.mdb-lock", "new.mdb", "new.mdb-lock", "writer.lock",
	};
	char path[STORE_FOLDER_PATH_MAX];

	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++)
		(void)unlink(store_folder_file(folder, names[index], path));
	(void)rmdir(store_folder_file(folder, "", path));
	(void)rmdir(folder->path);
}

int store_folder_put(struct store *store, enum ledger_table table, uint64_t number, size_t size)
{
	_cleanup_(freep) uint8_t *value = malloc(size + 1);
	struct ledger_effect effect = {.kind = LEDGER_EFFECT_PUT};
	uint8_t key[sizeof(number)];

	assert(value);
	memset(value, (int)(number & 0xff), size + 1);
	bytes_put_u64(key, number);
	effect.record.table = table;
	effect.record.key = BYTES(key, sizeof(key));
	effect.record.value = BYTES(value, size);
	return store_stage(store, &effect);
}

int store_folder_delete(struct store *store, enum ledger_table table, uint64_t number)
{
	struct ledger_effect effect = {.kind = LEDGER_EFFECT_DELETE};
	uint8_t key[sizeof(number)];

	bytes_put_u64(key, number);
	effect.record.table = table;
	effect.record.key = BYTES(key, sizeof(key));
	return store_stage(store, &effect);
}

bool store_folder_has(struct store *store, enum ledger_table table, uint64_t number, size_t size)
{
	uint8_t key[sizeof(number)];
	struct bytes value;

	bytes_put_u64(key, number);
	value = store_read(store, table, BYTES(key, sizeof(key)));
	if (!value.data || value.size != size)
		return false;
	for (size_t index = 0; index < size; index++)
		if (value.data[index] != (uint8_t)(number & 0xff))
			return false;
	return true;
}

int store_folder_in_child(int (*function)(const struct store_folder *folder, void *context),
			  const struct store_folder *folder, void *context)
{
	int status = 0;
	pid_t child = fork();

	assert(child >= 0);
	if (child == 0)
		_exit(function(folder, context));
	child = waitpid(child, &status, 0);
	assert(child > 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}
