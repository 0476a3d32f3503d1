/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Opening and growing an LMDB environment; what is in it is store.c's matter. */
#include "store_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store.h"

enum {
	SIZE_FIRST = 1024 * 1024,
	/* LMDB may end a file before pages that it took and gave back in one transaction. */
	SHORT_PAGES_MAX = 16,
	FULL_BLOCKS = 16,	/**< Fewer that are free is a full disk. */
};

int store_env_error(int lmdb_error)
{
	switch (lmdb_error) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return -ENOENT;
	case MDB_MAP_FULL:
		return -ENOSPC;
	case MDB_VERSION_MISMATCH:
		return -EUCLEAN;
	case MDB_READERS_FULL:
		return -EAGAIN;
	case MDB_TXN_FULL:
		return -ENOBUFS;
	default:
		/* Below zero are LMDB's own: a damaged file, or one that could not be written. */
		return lmdb_error > 0 ? -lmdb_error : -EIO;
	}
}

int store_env_commit_error(MDB_env *env, int lmdb_error)
{
	mdb_filehandle_t fd;
	struct statvfs space;

	if (lmdb_error == EIO && mdb_env_get_fd(env, &fd) == 0 && fstatvfs(fd, &space) == 0 &&
	    space.f_bavail < FULL_BLOCKS)
		return -ENOSPC;
	return store_env_error(lmdb_error);
}

/**
 * A data file that was cut short would end the process by SIGBUS where it is read. What LMDB itself
 * may have left out is filled in.
 */
static int check_size(MDB_env *env, const char *path, bool is_read_only)
{
	_cleanup_(closep) int fd = -1;
	MDB_envinfo info;
	MDB_stat layout;
	struct stat status;
	uint64_t size;

	if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &layout) != 0)
		return -EIO;
	fd = open(path, (is_read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	size = ((uint64_t)info.me_last_pgno + 1) * layout.ms_psize;
	if ((uint64_t)status.st_size >= size)
		return 0;
	if ((uint64_t)status.st_size + (uint64_t)SHORT_PAGES_MAX * layout.ms_psize < size)
		return -EIO;
	if (!is_read_only && ftruncate(fd, (off_t)size) < 0)
		return -errno;
	return 0;
}

int store_env_open(const char *path, bool is_read_only, MDB_env **ret_env)
{
	unsigned int flags = MDB_NOSUBDIR | MDB_NOTLS | (is_read_only ? MDB_RDONLY : 0);
	MDB_env *env;
	int dead = 0;
	int r = store_env_error(mdb_env_create(&env));

	if (r < 0)
		return r;
	r = store_env_error(mdb_env_set_maxdbs(env, STORE_ENV_TABLES_MAX));
	if (r == 0)
		r = store_env_error(mdb_env_set_mapsize(env, SIZE_FIRST));
	if (r == 0)
		r = store_env_error(mdb_env_open(env, path, flags, 0600));
	if (r == 0)
		r = check_size(env, path, is_read_only);
	/* Readers that were killed would keep old pages from being used again. */
	if (r == 0 && !is_read_only)
		r = store_env_error(mdb_reader_check(env, &dead));
	if (r < 0) {
		mdb_env_close(env);
		return r;
	}
	*ret_env = env;
	return 0;
}

int store_env_begin(MDB_env *env, unsigned int flags, MDB_txn **ret_txn)
{
	int r = mdb_txn_begin(env, NULL, flags, ret_txn);

	if (r == MDB_MAP_RESIZED) {
		r = mdb_env_set_mapsize(env, 0);
		if (r == 0)
			r = mdb_txn_begin(env, NULL, flags, ret_txn);
	}
	return r;
}

int store_env_grow(MDB_env *env)
{
	MDB_envinfo info;
	uint64_t size;

	if (mdb_env_info(env, &info) != 0)
		return -EIO;
	size = (uint64_t)info.me_mapsize;
	if (size >= STORE_SIZE_MAX)
		return -ENOSPC;
	size = size > STORE_SIZE_MAX / 2 ? STORE_SIZE_MAX : size * 2;
	return store_env_error(mdb_env_set_mapsize(env, (size_t)size));
}
