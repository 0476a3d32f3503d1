/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Allocators that ask a pipe whether to fail: a byte 'y' lets one pass, 'n' fails one. */
#include "failing_allocation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { ANSWERS_FD = 200 }; /* Far from what a test opens. */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

static bool may_pass(void)
{
	int saved = errno;
	char answer = 'y';
	bool fails = read(ANSWERS_FD, &answer, 1) == 1 && answer == 'n';

	errno = fails ? ENOMEM : saved;
	return !fails;
}

void *__wrap_malloc(size_t size)
{
	return may_pass() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return may_pass() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *pointer, size_t size)
{
	return may_pass() ? __real_realloc(pointer, size) : NULL;
}

void allocation_fail_at(unsigned int n)
{
	int ends[2];
	ssize_t written = 0;
	int r = pipe2(ends, O_NONBLOCK | O_CLOEXEC);

	assert(r == 0 && n > 0);
	for (unsigned int passed = 1; passed < n; passed++)
		written += write(ends[1], "y", 1);
	written += write(ends[1], "n", 1);
	assert(written == (ssize_t)n);
	r = dup3(ends[0], ANSWERS_FD, O_CLOEXEC);
	assert(r == ANSWERS_FD);
	close(ends[0]);
	close(ends[1]);
}

bool allocation_has_failed(void)
{
	char answer;
	bool is_left = false;

	while (read(ANSWERS_FD, &answer, 1) == 1)
		is_left = true;
	close(ANSWERS_FD);
	return !is_left;
}
