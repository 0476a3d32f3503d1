/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reading and replacing small files; every error is the system's. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>

enum { FILE_PATH_MAX = 1024 };

int file_read(const char *path, size_t size_max, char **ret_text, size_t *ret_size)
{
	_cleanup_(freep) char *text = malloc(size_max + 2);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t size = 0;
	char *fitting;

	if (fd < 0)
		return -errno;
	if (!text)
		return -ENOMEM;
	while (size <= size_max) {
		ssize_t count = read(fd, text + size, size_max + 1 - size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		size += (size_t)count;
	}
	if (size > size_max)
		return -EFBIG;
	text[size] = '\0';
	fitting = realloc(text, size + 1);
	if (!fitting)
		return -ENOMEM;
	(void)TAKE(text);
	*ret_text = fitting;
	*ret_size = size;
	return 0;
}

static int file_write_all(int fd, struct bytes content)
{
	while (content.size > 0) {
		ssize_t count = write(fd, content.data, content.size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		content = BYTES(content.data + count, content.size - (size_t)count);
	}
	return 0;
}

/** Makes the rename itself survive a power cut. */
static int file_sync_directory(const char *path)
{
	char copy[FILE_PATH_MAX];
	_cleanup_(closep) int fd = -1;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int file_replace(const char *path, struct bytes content)
{
	char beside[FILE_PATH_MAX];
	_cleanup_(closep) int fd = -1;
	int r;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, content);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(beside);
		return r;
	}
	return file_sync_directory(path);
}
