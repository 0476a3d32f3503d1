/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The ledger's records, one sub-database a table. In the folder DIR/ledger-LAYER lie
 *
 *	data.mdb		the records
 *	data.mdb-lock		LMDB's own, for its readers
 *	writer.lock		flock(2) of the one process that writes
 *
 * and under META "format" the store's own record, [format, chain, null | own device].
 */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cbor.h"
#include "store_env.h"

enum {
	STORE_FORMAT = 1,
	STORE_PATH_MAX = 512,
	STORE_KEY_MAX = 40,
	FORMAT_SIZE_MAX = 64,
	ROOM_FIRST = 4096,
};

static const char format_key[] = "format";

static const char *const table_names[LEDGER_TABLES] = {
	[LEDGER_TABLE_META] = "meta",
	[LEDGER_TABLE_BLOCK] = "block",
	[LEDGER_TABLE_CERTIFICATE] = "certificate",
	[LEDGER_TABLE_STATE] = "state",
	[LEDGER_TABLE_SLOT] = "slot",
	[LEDGER_TABLE_CANDIDATE] = "candidate",
	[LEDGER_TABLE_VERDICT] = "verdict",
	[LEDGER_TABLE_OUTBOX] = "outbox",
};

static_assert((int)LEDGER_TABLES <= (int)STORE_ENV_TABLES_MAX, "the environment holds all tables");

/** A growing buffer. */
struct room {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/** A gathered record; its key and value follow it in store->batch. */
struct staged {
	uint32_t value_size;
	uint8_t key_size;
	uint8_t table;
	bool is_delete;
};

struct store {
	MDB_env *env;
	MDB_dbi tables[LEDGER_TABLES];
	int writer_fd;
	bool is_read_only;
	struct hash chain;
	bool has_device;
	struct device_id device;
	MDB_txn *reader; /**< Of store_each() or a snapshot; NULL between them. */
	struct room batch;
	size_t batch_count;
	struct room value; /**< What store_read() gave last. */
	uint64_t commits;
	uint64_t bytes;
};

static int room_reserve(struct room *room, size_t size)
{
	size_t capacity = room->capacity > 0 ? room->capacity : ROOM_FIRST;
	uint8_t *data;

	if (size <= room->capacity)
		return 0;
	while (capacity < size)
		capacity *= 2;
	data = realloc(room->data, capacity);
	if (!data)
		return -ENOMEM;
	room->data = data;
	room->capacity = capacity;
	return 0;
}

static MDB_val value_of(struct bytes bytes)
{
	/* LMDB's type has no const; it does not write through it. */
	return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data};
}

static struct bytes bytes_of(const MDB_val *value)
{
	return BYTES(value->mv_data, value->mv_size);
}

/* The format record */

static int write_format(struct store *store, MDB_txn *txn)
{
	MDB_val key = value_of(BYTES((const uint8_t *)format_key, strlen(format_key)));
	uint8_t data[FORMAT_SIZE_MAX];
	struct cbor_writer writer;
	MDB_val value;

	cbor_write_init(&writer, data, sizeof(data));
	cbor_write_array(&writer, 3);
	cbor_write_uint(&writer, STORE_FORMAT);
	cbor_write_bytes(&writer, BYTES_OF(store->chain));
	if (store->has_device)
		cbor_write_bytes(&writer, BYTES_OF(store->device));
	else
		cbor_write_null(&writer);
	assert(writer.error == 0);
	value = value_of(BYTES(data, writer.size));
	return mdb_put(txn, store->tables[LEDGER_TABLE_META], &key, &value, 0);
}

/** Errors: -EUCLEAN (newer, or of another chain), -EIO (not readable). */
static int read_format(struct store *store, const MDB_val *value)
{
	struct cbor_reader reader;
	struct hash chain;
	uint64_t format;

	cbor_read_init(&reader, bytes_of(value));
	cbor_read_array_exact(&reader, 3);
	format = cbor_read_uint(&reader);
	if (reader.error == 0 && format != STORE_FORMAT)
		return -EUCLEAN;
	cbor_read_bytes_fixed(&reader, chain.bytes, sizeof(chain.bytes));
	store->has_device = !cbor_read_null(&reader);
	if (store->has_device)
		cbor_read_bytes_fixed(&reader, store->device.bytes, sizeof(store->device.bytes));
	if (cbor_read_end(&reader) < 0)
		return -EIO;
	return bytes_equal(BYTES_OF(chain), BYTES_OF(store->chain)) ? 0 : -EUCLEAN;
}

static int open_tables(struct store *store, MDB_txn *txn, unsigned int flags)
{
	for (size_t table = 0; table < LEDGER_TABLES; table++) {
		int r = mdb_dbi_open(txn, table_names[table], flags, &store->tables[table]);

		if (r != 0)
			return r;
	}
	return 0;
}

/* Opening */

static int path_in(const char *folder, const char *file, char path[static STORE_PATH_MAX])
{
	int size = snprintf(path, STORE_PATH_MAX, "%s/%s", folder, file);

	return size < 0 || size >= STORE_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int sync_folder(const char *folder)
{
	_cleanup_(closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int take_lock(struct store *store, const char *folder)
{
	char path[STORE_PATH_MAX];
	int r = path_in(folder, "writer.lock", path);

	if (r < 0)
		return r;
	store->writer_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->writer_fd < 0)
		return -errno;
	if (flock(store->writer_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

/** Empty tables and the format record, in one commit. */
static int fill_new(struct store *store)
{
	MDB_txn *txn;
	int r = mdb_txn_begin(store->env, NULL, 0, &txn);

	if (r != 0)
		return store_env_error(r);
	r = open_tables(store, txn, MDB_CREATE);
	if (r == 0)
		r = write_format(store, txn);
	if (r == 0)
		return store_env_error(mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return store_env_error(r);
}

static void close_env(struct store *store)
{
	if (store->env)
		mdb_env_close(store->env);
	store->env = NULL;
}

/** Under another name first, so that a power cut leaves either no data file or a whole one. */
static int make_data(struct store *store, const char *folder, const char *path)
{
	char temporary[STORE_PATH_MAX];
	char temporary_lock[STORE_PATH_MAX];
	int r = path_in(folder, "new.mdb", temporary);

	if (r == 0)
		r = path_in(folder, "new.mdb-lock", temporary_lock);
	if (r < 0)
		return r;
	if (unlink(temporary) < 0 && errno != ENOENT)
		return -errno;
	r = store_env_open(temporary, false, &store->env);
	if (r == 0)
		r = fill_new(store);
	close_env(store);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temporary);
	(void)unlink(temporary_lock);
	return r < 0 ? r : sync_folder(folder);
}

static int check_format(struct store *store)
{
	MDB_val key = value_of(BYTES((const uint8_t *)format_key, strlen(format_key)));
	MDB_val value;
	MDB_txn *txn;
	int r = store_env_error(store_env_begin(store->env, MDB_RDONLY, &txn));

	if (r < 0)
		return r;
	r = open_tables(store, txn, 0);
	if (r == 0)
		r = mdb_get(txn, store->tables[LEDGER_TABLE_META], &key, &value);
	/* The data file is there, but not what its first commit wrote. */
	if (r == MDB_NOTFOUND)
		r = MDB_CORRUPTED;
	r = r == 0 ? read_format(store, &value) : store_env_error(r);
	if (r < 0) {
		mdb_txn_abort(txn);
		return r;
	}
	/* The handles outlive only a transaction that is committed. */
	return store_env_error(mdb_txn_commit(txn));
}

static int open_folder(struct store *store, const char *directory, const char *folder)
{
	char path[STORE_PATH_MAX];
	int r = path_in(folder, "data.mdb", path);

	if (r < 0)
		return r;
	if (!store->is_read_only) {
		if (mkdir(folder, 0700) == 0)
			r = sync_folder(directory);
		else if (errno != EEXIST)
			r = -errno;
		if (r == 0)
			r = take_lock(store, folder);
		if (r < 0)
			return r;
	}
	if (access(path, F_OK) < 0) {
		if (errno != ENOENT || store->is_read_only)
			return -errno;
		r = make_data(store, folder, path);
		if (r < 0)
			return r;
	}
	r = store_env_open(path, store->is_read_only, &store->env);
	return r < 0 ? r : check_format(store);
}

int store_open(const char *directory, const struct contract *contract, bool is_read_only,
	       struct store **ret_store)
{
	_cleanup_(store_closep) struct store *store = calloc(1, sizeof(*store));
	char folder[STORE_PATH_MAX];
	int size = snprintf(folder, sizeof(folder), "%s/ledger-%s", directory,
			    layer_text(contract->layer));
	int r;

	if (size < 0 || (size_t)size >= sizeof(folder))
		return -ENAMETOOLONG;
	if (!store)
		return -ENOMEM;
	store->writer_fd = -1;
	store->is_read_only = is_read_only;
	store->chain = contract->chain;
	r = open_folder(store, directory, folder);
	if (r < 0)
		return r;
	*ret_store = TAKE(store);
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_snapshot_end(store);
	close_env(store);
	closep(&store->writer_fd);
	free(store->batch.data);
	free(store->value.data);
	free(store);
}

/** Gives LMDB's errors. */
static int write_claim(struct store *store)
{
	MDB_txn *txn;
	int r = store_env_begin(store->env, 0, &txn);

	if (r != 0)
		return r;
	r = write_format(store, txn);
	if (r == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return r;
}

int store_claim(struct store *store, const struct device_id *own)
{
	int r;

	if (store->has_device)
		return bytes_equal(BYTES_OF(store->device), BYTES_OF(*own)) ? 0 : -EUCLEAN;
	if (store->is_read_only)
		return -EROFS;
	store->device = *own;
	store->has_device = true;
	r = write_claim(store);
	while (r == MDB_MAP_FULL && store_env_grow(store->env) == 0)
		r = write_claim(store);
	store->has_device = r == 0;
	return r == 0 ? 0 : store_env_commit_error(store->env, r);
}

/* Writing */

int store_stage(struct store *store, const struct ledger_effect *effect)
{
	bool is_delete = effect->kind == LEDGER_EFFECT_DELETE;
	struct bytes key = effect->record.key;
	struct bytes value = is_delete ? (struct bytes){0} : effect->record.value;
	struct staged staged = {
		.value_size = (uint32_t)value.size,
		.key_size = (uint8_t)key.size,
		.table = (uint8_t)effect->record.table,
		.is_delete = is_delete,
	};
	size_t size = sizeof(staged) + key.size + value.size;

	assert(is_delete || effect->kind == LEDGER_EFFECT_PUT);
	assert((size_t)effect->record.table < LEDGER_TABLES);
	assert(key.size > 0 && key.size <= STORE_KEY_MAX);
	if (store->batch_count >= STORE_BATCH_MAX || value.size > STORE_BATCH_SIZE_MAX ||
	    store->batch.size + size > STORE_BATCH_SIZE_MAX)
		return -ENOBUFS;
	if (room_reserve(&store->batch, store->batch.size + size) < 0)
		return -ENOMEM;
	memcpy(store->batch.data + store->batch.size, &staged, sizeof(staged));
	memcpy(store->batch.data + store->batch.size + sizeof(staged), key.data, key.size);
	if (value.size > 0)
		memcpy(store->batch.data + store->batch.size + sizeof(staged) + key.size,
		       value.data, value.size);
	store->batch.size += size;
	store->batch_count++;
	return 0;
}

static int write_record(struct store *store, MDB_txn *txn, const struct staged *staged,
			const uint8_t *data)
{
	MDB_val key = value_of(BYTES(data, staged->key_size));
	MDB_val value = value_of(BYTES(data + staged->key_size, staged->value_size));
	int r;

	if (!staged->is_delete)
		return mdb_put(txn, store->tables[staged->table], &key, &value, 0);
	r = mdb_del(txn, store->tables[staged->table], &key, NULL);
	return r == MDB_NOTFOUND ? 0 : r;
}

/** All that was gathered, in one transaction. Gives LMDB's errors. */
static int write_batch(struct store *store)
{
	size_t offset = 0;
	MDB_txn *txn;
	int r = store_env_begin(store->env, 0, &txn);

	if (r != 0)
		return r;
	while (offset < store->batch.size) {
		struct staged staged;

		memcpy(&staged, store->batch.data + offset, sizeof(staged));
		offset += sizeof(staged);
		r = write_record(store, txn, &staged, store->batch.data + offset);
		if (r != 0) {
			mdb_txn_abort(txn);
			return r;
		}
		offset += staged.key_size + staged.value_size;
	}
	return mdb_txn_commit(txn);
}

int store_commit(struct store *store)
{
	int r;

	if (store->batch_count == 0)
		return 0;
	if (store->is_read_only)
		return -EROFS;
	/* The map may move. */
	assert(!store->reader);
	r = write_batch(store);
	while (r == MDB_MAP_FULL) {
		r = store_env_grow(store->env);
		if (r < 0)
			return r;
		r = write_batch(store);
	}
	if (r != 0)
		return store_env_commit_error(store->env, r);
	store->commits++;
	store->bytes += store->batch.size - store->batch_count * sizeof(struct staged);
	store_discard(store);
	return 0;
}

void store_discard(struct store *store)
{
	store->batch.size = 0;
	store->batch_count = 0;
}

/* Reading */

int store_snapshot_begin(struct store *store)
{
	assert(!store->reader);
	return store_env_error(store_env_begin(store->env, MDB_RDONLY, &store->reader));
}

void store_snapshot_end(struct store *store)
{
	if (store->reader)
		mdb_txn_abort(store->reader);
	store->reader = NULL;
}

/** Copies a record to store->value. Gives LMDB's errors, ENOMEM. */
static int copy_record(struct store *store, enum ledger_table table, struct bytes wanted)
{
	MDB_val key = value_of(wanted);
	MDB_val value;
	int r = mdb_get(store->reader, store->tables[table], &key, &value);

	if (r != 0)
		return r;
	if (room_reserve(&store->value, value.mv_size > 0 ? value.mv_size : 1) < 0)
		return ENOMEM;
	if (value.mv_size > 0)
		memcpy(store->value.data, value.mv_data, value.mv_size);
	store->value.size = value.mv_size;
	return 0;
}

struct bytes store_read(void *context, enum ledger_table table, struct bytes key)
{
	struct store *store = context;
	bool has_snapshot = store->reader;
	int r;

	if (!has_snapshot && store_snapshot_begin(store) < 0)
		return (struct bytes){0};
	r = copy_record(store, table, key);
	if (!has_snapshot)
		store_snapshot_end(store);
	return r == 0 ? BYTES(store->value.data, store->value.size) : (struct bytes){0};
}

/** Calls @on_record from @first in steps of @next until there is no more. */
static int walk(struct store *store, enum ledger_table table, MDB_cursor_op first,
		MDB_cursor_op next, store_record_callback on_record, void *context)
{
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	int r = store_env_error(mdb_cursor_open(store->reader, store->tables[table], &cursor));
	int found;

	if (r < 0)
		return r;
	found = mdb_cursor_get(cursor, &key, &value, first);
	while (found == 0 && r >= 0) {
		r = on_record(bytes_of(&key), bytes_of(&value), context);
		if (first == next)
			break;
		found = mdb_cursor_get(cursor, &key, &value, next);
	}
	mdb_cursor_close(cursor);
	if (r < 0)
		return r;
	return found == MDB_NOTFOUND ? 0 : store_env_error(found);
}

int store_each(struct store *store, enum ledger_table table, store_record_callback on_record,
	       void *context)
{
	bool has_snapshot = store->reader;
	int r = has_snapshot ? 0 : store_snapshot_begin(store);

	if (r < 0)
		return r;
	r = walk(store, table, MDB_FIRST, MDB_NEXT, on_record, context);
	if (!has_snapshot)
		store_snapshot_end(store);
	return r;
}

struct loading {
	struct ledger *ledger;
	enum ledger_table table;
};

static int on_record(struct bytes key, struct bytes value, void *context)
{
	const struct loading *loading = context;

	if (loading->table == LEDGER_TABLE_META &&
	    bytes_equal(key, BYTES((const uint8_t *)format_key, strlen(format_key))))
		return 0;
	return ledger_restore(loading->ledger, loading->table, key, value);
}

int store_load(struct store *store, struct ledger *ledger)
{
	int r = store_snapshot_begin(store);

	if (r < 0)
		return r;
	for (unsigned int table = 0; table < LEDGER_TABLES && r == 0; table++) {
		struct loading loading = {ledger, (enum ledger_table)table};
		bool is_long = table == LEDGER_TABLE_BLOCK || table == LEDGER_TABLE_CERTIFICATE;

		/* Of the long ones the ledger needs the newest record only. */
		r = walk(store, loading.table, is_long ? MDB_LAST : MDB_FIRST,
			 is_long ? MDB_LAST : MDB_NEXT, on_record, &loading);
	}
	store_snapshot_end(store);
	return r;
}

void store_counters(const struct store *store, uint64_t *ret_commits, uint64_t *ret_bytes)
{
	*ret_commits = store->commits;
	*ret_bytes = store->bytes;
}
