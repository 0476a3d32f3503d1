/* SPDX-License-Identifier: GPL-3.0-or-later */
/** LMDB calls that ask a pipe what to do; 'y' lets one pass, as does the pipe's end. */
#include "failing_lmdb.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <unistd.h>

enum { ANSWERS_FD = 201 }; /* Far from what a test opens. */

int __real_mdb_env_create(MDB_env **env);
int __real_mdb_env_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode);
int __real_mdb_env_info(MDB_env *env, MDB_envinfo *info);
int __real_mdb_env_set_mapsize(MDB_env *env, size_t size);
int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn);
int __real_mdb_txn_commit(MDB_txn *txn);
int __real_mdb_dbi_open(MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi);
int __real_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __real_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned int flags);
int __real_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __real_mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor);
int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);

int __wrap_mdb_env_create(MDB_env **env);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode);
int __wrap_mdb_env_info(MDB_env *env, MDB_envinfo *info);
int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t size);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_dbi_open(MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned int flags);
int __wrap_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);

/** What becomes of this call. */
static char next_answer(void)
{
	int saved = errno;
	char answer = 'y';

	if (read(ANSWERS_FD, &answer, 1) != 1)
		answer = 'y';
	errno = saved;
	if (answer == LMDB_KILLED_BEFORE)
		(void)raise(SIGKILL);
	return answer;
}

static int finished(char answer, int r)
{
	if (answer == LMDB_KILLED_AFTER)
		(void)raise(SIGKILL);
	return r;
}

int __wrap_mdb_env_create(MDB_env **env)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? ENOMEM : finished(answer, __real_mdb_env_create(env));
}

int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? EIO
				    : finished(answer, __real_mdb_env_open(env, path, flags, mode));
}

int __wrap_mdb_env_info(MDB_env *env, MDB_envinfo *info)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? EINVAL : finished(answer, __real_mdb_env_info(env, info));
}

int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t size)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? ENOMEM
				    : finished(answer, __real_mdb_env_set_mapsize(env, size));
}

int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn)
{
	char answer = next_answer();

	return answer == LMDB_FAILS
		       ? MDB_PANIC
		       : finished(answer, __real_mdb_txn_begin(env, parent, flags, txn));
}

int __wrap_mdb_txn_commit(MDB_txn *txn)
{
	char answer = next_answer();

	if (answer != LMDB_FAILS)
		return finished(answer, __real_mdb_txn_commit(txn));
	/* As LMDB itself does where a write fails. */
	mdb_txn_abort(txn);
	return EIO;
}

int __wrap_mdb_dbi_open(MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? MDB_DBS_FULL
				    : finished(answer, __real_mdb_dbi_open(txn, name, flags, dbi));
}

int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? MDB_CORRUPTED
				    : finished(answer, __real_mdb_get(txn, dbi, key, data));
}

int __wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned int flags)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? ENOSPC
				    : finished(answer, __real_mdb_put(txn, dbi, key, data, flags));
}

int __wrap_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? MDB_PAGE_NOTFOUND
				    : finished(answer, __real_mdb_del(txn, dbi, key, data));
}

int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor)
{
	char answer = next_answer();

	return answer == LMDB_FAILS ? ENOMEM
				    : finished(answer, __real_mdb_cursor_open(txn, dbi, cursor));
}

int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
	char answer = next_answer();

	return answer == LMDB_FAILS
		       ? MDB_CORRUPTED
		       : finished(answer, __real_mdb_cursor_get(cursor, key, data, op));
}

void lmdb_mishap_at(unsigned int n, enum lmdb_mishap mishap)
{
	const char last = (char)mishap;
	ssize_t written = 0;
	int ends[2];
	int r = pipe2(ends, O_NONBLOCK | O_CLOEXEC);

	assert(r == 0 && n > 0);
	for (unsigned int passed = 1; passed < n; passed++)
		written += write(ends[1], "y", 1);
	written += write(ends[1], &last, 1);
	assert(written == (ssize_t)n);
	r = dup3(ends[0], ANSWERS_FD, O_CLOEXEC);
	assert(r == ANSWERS_FD);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

bool lmdb_mishap_has_come(void)
{
	bool is_left = false;
	char answer;

	while (read(ANSWERS_FD, &answer, 1) == 1)
		is_left = true;
	(void)close(ANSWERS_FD);
	return !is_left;
}
