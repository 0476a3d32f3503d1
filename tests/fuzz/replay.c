/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A fuzz target without libFuzzer: every file of the corpus folder, then seeded mutations of them.
 *
 *	replay-cbor FOLDER MUTATIONS [SEED]
 *
 * A crash names the input on standard error, so that it can be kept in the corpus.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "fuzz.h"

enum {
	FILES_MAX = 1024,
	INPUT_SIZE_MAX = 64 * 1024,
	CHANGES_MAX = 8, /* Of one mutation. */
};

struct input {
	uint8_t *data;
	size_t size;
};

struct corpus {
	struct input inputs[FILES_MAX];
	size_t count;
};

static uint64_t next_random(uint64_t *seed)
{
	uint64_t value = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static size_t random_below(uint64_t *seed, size_t bound)
{
	return (size_t)(next_random(seed) % bound);
}

static void corpus_free(struct corpus *corpus)
{
	for (size_t index = 0; index < corpus->count; index++)
		free(corpus->inputs[index].data);
	free(corpus);
}

DEFINE_CLEANUP(struct corpus *, corpus_free);

static int read_input(int folder, const char *name, struct input *ret_input)
{
	_cleanup_(closep) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) uint8_t *data = malloc(INPUT_SIZE_MAX);
	ssize_t size;

	if (fd < 0 || !data)
		return -errno;
	size = read(fd, data, INPUT_SIZE_MAX);
	if (size < 0)
		return -errno;
	ret_input->size = (size_t)size;
	ret_input->data = TAKE(data);
	return 0;
}

/** Sorted, so that mutations are the same on every machine. */
static int read_corpus(const char *path, struct corpus *corpus)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);
	_cleanup_(closep) int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (count < 0 || folder < 0)
		return -errno;
	for (int index = 0; index < count; index++) {
		if (r == 0 && names[index]->d_name[0] != '.' && corpus->count < FILES_MAX) {
			r = read_input(folder, names[index]->d_name,
				       &corpus->inputs[corpus->count]);
			corpus->count += r == 0 ? 1 : 0;
		}
		free(names[index]);
	}
	free(names);
	return r;
}

/** Inserts, removes, changes or repeats some bytes; @data has room for INPUT_SIZE_MAX. */
static size_t change(uint8_t *data, size_t size, uint64_t *seed)
{
	static const uint8_t telling[] = {0, 1, 0x17, 0x18, 0x7f, 0x80, 0xff, ' ', '\n', ';'};
	size_t at = random_below(seed, size + 1);
	size_t run = 1 + random_below(seed, 8);

	switch (next_random(seed) % 5) {
	case 0:
		if (at < size)
			data[at] ^= (uint8_t)(1u << random_below(seed, 8));
		break;
	case 1:
		if (at < size)
			data[at] = telling[random_below(seed, sizeof(telling))];
		break;
	case 2:
		if (size - at < run)
			run = size - at;
		memmove(data + at, data + at + run, size - at - run);
		return size - run;
	case 3:
		if (size + run > INPUT_SIZE_MAX)
			return size;
		memmove(data + at + run, data + at, size - at);
		for (size_t index = 0; index < run; index++)
			data[at + index] = (uint8_t)next_random(seed);
		return size + run;
	default:
		return at; /* Cut off. */
	}
	return size;
}

/** A copy of its exact size, so that a sanitizer sees a byte read too many. */
static int try_input(const uint8_t *data, size_t size)
{
	_cleanup_(freep) uint8_t *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		return -ENOMEM;
	if (size > 0)
		memcpy(copy, data, size);
	return LLVMFuzzerTestOneInput(copy, size);
}

static int try_mutations(const struct corpus *corpus, unsigned long mutations, uint64_t seed)
{
	_cleanup_(freep) uint8_t *data = malloc(INPUT_SIZE_MAX);

	if (!data)
		return -ENOMEM;
	for (unsigned long turn = 0; turn < mutations; turn++) {
		const struct input *input = &corpus->inputs[random_below(&seed, corpus->count)];
		size_t changes = 1 + random_below(&seed, CHANGES_MAX);
		size_t size = input->size;
		int r;

		if (size > 0)
			memcpy(data, input->data, size);
		for (size_t count = 0; count < changes; count++)
			size = change(data, size, &seed);
		r = try_input(data, size);
		if (r != 0)
			return r;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	_cleanup_(corpus_freep) struct corpus *corpus = calloc(1, sizeof(*corpus));
	unsigned long mutations;
	uint64_t seed;

	if (argc < 3 || argc > 4 || !corpus) {
		fprintf(stderr, "usage: %s FOLDER MUTATIONS [SEED]\n", argv[0]);
		return 2;
	}
	mutations = strtoul(argv[2], NULL, 10);
	seed = argc == 4 ? strtoull(argv[3], NULL, 10) : 1;
	if (read_corpus(argv[1], corpus) < 0 || corpus->count == 0) {
		fprintf(stderr, "'%s' is no folder with inputs\n", argv[1]);
		return 1;
	}
	for (size_t index = 0; index < corpus->count; index++)
		if (try_input(corpus->inputs[index].data, corpus->inputs[index].size) != 0)
			return 1;
	return try_mutations(corpus, mutations, seed) == 0 ? 0 : 1;
}
