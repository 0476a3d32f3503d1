/* SPDX-License-Identifier: GPL-3.0-or-later */
/** An LMDB environment as the store needs it: opened whole, grown, its errors as -errno. */
#pragma once

#include <lmdb.h>
#include <stdbool.h>

#include "base/cleanup.h"

enum { STORE_ENV_TABLES_MAX = 16 };

/** An LMDB error, or an errno as LMDB gives it, as -errno; 0 stays 0. */
_must_check_ int store_env_error(int lmdb_error);

/**
 * The same for a failed commit into @env: LMDB calls a write that was cut short an input/output
 * error; where nothing is left on the disk it is -ENOSPC.
 */
_must_check_ int store_env_commit_error(MDB_env *env, int lmdb_error);

/**
 * Opens the data file @path. Errors: -ENOENT, -EIO (damaged), -EUCLEAN (of another LMDB), -errno.
 * The caller closes with mdb_env_close().
 */
_must_check_ int store_env_open(const char *path, bool is_read_only, MDB_env **ret_env);

/** Begins a transaction, also where another process has grown the map. Gives LMDB's errors. */
_must_check_ int store_env_begin(MDB_env *env, unsigned int flags, MDB_txn **ret_txn);

/** Doubles the map. No transaction may be open. Errors: -ENOSPC at STORE_SIZE_MAX, -errno. */
_must_check_ int store_env_grow(MDB_env *env);
