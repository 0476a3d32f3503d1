/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reads a file, uncompressed or gzip, into memory for load_new_trace(); keeps nothing of it. */
#include "load_file.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

enum { CHUNK_SIZE = 256 * 1024 };

struct buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

static void close_gzip(gzFile *file)
{
	if (*file)
		(void)gzclose_r(*file);
}

_printf_(4, 5) static int refuse(struct load_error *error, const char *path, int code,
				 const char *format, ...)
{
	char why[LOAD_ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	(void)snprintf(error->message, sizeof(error->message), "%.*s: %.*s", LOAD_ERROR_MAX / 2,
		       path, LOAD_ERROR_MAX / 2 - 3, why);
	return code;
}

static int open_regular(const char *path, int *ret_fd)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int reserve_chunk(struct buffer *buffer)
{
	size_t capacity = buffer->capacity > 0 ? 2 * buffer->capacity : CHUNK_SIZE;
	uint8_t *data;

	if (buffer->capacity - buffer->size > 0)
		return 0;
	if (buffer->size > LOAD_TRACE_SIZE_MAX)
		return -EFBIG;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

static int read_all(gzFile file, struct buffer *buffer)
{
	int code = Z_OK;
	int size;

	/* Ends: each turn reads at least a byte and reserve_chunk() refuses beyond the bound. */
	do {
		int r = reserve_chunk(buffer);

		if (r < 0)
			return r;
		size = gzread(file, buffer->data + buffer->size,
			      (unsigned int)(buffer->capacity - buffer->size));
		if (size > 0)
			buffer->size += (size_t)size;
	} while (size > 0);
	/* A stream that was cut off reads as shorter, and only the error code tells. */
	(void)gzerror(file, &code);
	if (code == Z_ERRNO)
		return -EIO;
	return code == Z_OK || code == Z_STREAM_END ? 0 : -EBADMSG;
}

/** Hands the descriptor over to zlib, which closes it. */
static int read_file(int fd, struct buffer *buffer)
{
	_cleanup_(close_gzip) gzFile file = gzdopen(fd, "rb");

	if (!file) {
		(void)close(fd);
		return -ENOMEM;
	}
	return read_all(file, buffer);
}

int load_open_trace(const char *path, struct load **ret_load, struct load_error *error)
{
	_cleanup_(freep) uint8_t *owned = NULL;
	struct buffer buffer = {0};
	struct load_error why;
	int fd = -1;
	int r = open_regular(path, &fd);

	if (r < 0)
		return refuse(error, path, r, "%s", strerror(-r));
	r = read_file(fd, &buffer);
	owned = buffer.data;
	if (r == -EFBIG)
		return refuse(error, path, r, "more than %d bytes", LOAD_TRACE_SIZE_MAX);
	if (r == -EBADMSG)
		return refuse(error, path, r, "damaged or cut off gzip data");
	if (r < 0)
		return refuse(error, path, r, "%s", strerror(-r));
	r = load_new_trace(BYTES(buffer.data, buffer.size), ret_load, &why);
	if (r < 0)
		return refuse(error, path, r, "%s", why.message);
	/* The text is many times what is kept of it; a small machine wants that back at once. */
	free(TAKE(owned));
	(void)malloc_trim(0);
	return 0;
}
