/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The ledger's records in LMDB: the one file of the ledger with I/O, but for store_env.c, its lower
 * half. Fully synchronous: a commit that returned 0 survives a power cut.
 *
 * One environment a process (LMDB forbids opening a path twice), no transaction held across a turn
 * of the event loop. The map grows by itself up to STORE_SIZE_MAX.
 */
#pragma once

#include "ledger.h"

enum {
	STORE_BATCH_MAX = 65536,		 /**< Records of one commit. */
	STORE_BATCH_SIZE_MAX = 16 * 1024 * 1024, /**< Bytes of one commit. */
};

/** Bytes that the data file may grow to: what there is address space for. */
#define STORE_SIZE_MAX (sizeof(void *) > 4 ? UINT64_C(64) << 30 : UINT64_C(1) << 30)

struct store;

/**
 * Opens DIR/ledger-LAYER (made if missing) or, with is_read_only, only reads it: several readers
 * may, beside one writer. Errors: -EBUSY (another process writes it), -EUCLEAN (another chain's or
 * a newer format; nothing was changed), -ENOENT (nothing to read), -EIO, -ENOSPC, -EROFS, -errno.
 */
_must_check_ int store_open(const char *directory, const struct contract *contract,
			    bool is_read_only, struct store **ret_store);
void store_close(struct store *store);
DEFINE_CLEANUP(struct store *, store_close);

/**
 * Writes down, once, whose ledger this is. Errors: -EUCLEAN (another device's; nothing was
 * changed), and those of store_commit().
 */
_must_check_ int store_claim(struct store *store, const struct device_id *own);

/** Gives every record that ledger_restore() needs, in its order. Errors: as it, -EIO. */
_must_check_ int store_load(struct store *store, struct ledger *ledger);

/**
 * Gathers a PUT or DELETE (copied) for the next commit. Errors: -ENOMEM, -ENOBUFS (STORE_BATCH_MAX
 * or STORE_BATCH_SIZE_MAX).
 */
_must_check_ int store_stage(struct store *store, const struct ledger_effect *effect);
/**
 * Writes all that was gathered, durably, or nothing; then it is still gathered. Errors: -ENOSPC,
 * -EROFS, -EIO, -errno.
 */
_must_check_ int store_commit(struct store *store);
/** Forgets what was gathered. */
void store_discard(struct store *store);

/** For ledger_set_reader(): @context is the store. Valid until the next call of it or commit. */
struct bytes store_read(void *context, enum ledger_table table, struct bytes key);

/**
 * From here to the end all reads see one moment, also while another process writes: for
 * verify_ledger(). Not across a turn of the event loop, and without a commit between them.
 * Errors: -errno.
 */
_must_check_ int store_snapshot_begin(struct store *store);
void store_snapshot_end(struct store *store);

/** Calls @on_record in key order; stops at its first error and returns it. */
typedef int (*store_record_callback)(struct bytes key, struct bytes value, void *context);
_must_check_ int store_each(struct store *store, enum ledger_table table,
			    store_record_callback on_record, void *context);

/** Durable commits since it was opened, and bytes gathered for them. */
void store_counters(const struct store *store, uint64_t *ret_commits, uint64_t *ret_bytes);
