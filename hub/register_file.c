/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Registers that outlive the process, as text: [meter] pulses, [day] start_us, [midnight NAME]. */
#include "register_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "file.h"

struct saved_parser {
	const char *file;
	struct saved_registers *saved;
};

static int on_entry(const struct text_entry *entry, void *context, struct text_error *error)
{
	struct saved_parser *parser = context;
	struct saved_registers *saved = parser->saved;
	struct saved_day *day;
	int64_t *target = NULL;

	if (strcmp(entry->section, "midnight") == 0 && entry->key[0] == '\0') {
		if (saved->day_count == LIVE_SOURCES || strlen(entry->name) >= LEDGER_NAME_MAX)
			return text_error_at(error, parser->file, entry, "does not fit");
		day = &saved->days[saved->day_count++];
		memcpy(day->name, entry->name, strlen(entry->name) + 1);
		return 0;
	}
	if (entry->key[0] == '\0')
		return 0;
	if (strcmp(entry->section, "midnight") == 0 && strcmp(entry->key, "register_mwh") == 0)
		target = &saved->days[saved->day_count - 1].midnight_mwh;
	else if (strcmp(entry->section, "meter") == 0 && strcmp(entry->key, "pulses") == 0)
		target = &saved->pulses;
	else if (strcmp(entry->section, "day") == 0 && strcmp(entry->key, "start_us") == 0)
		target = &saved->day_start_us;
	if (!target)
		return text_error_at(error, parser->file, entry, "there is no such key");
	return text_value_int(parser->file, entry, 0, INT64_MAX, target, error);
}

int register_file_parse(const char *file, struct bytes text, struct saved_registers *ret_saved,
			struct text_error *error)
{
	struct saved_registers saved = {0};
	struct saved_parser parser = {.file = file, .saved = &saved};

	*ret_saved = (struct saved_registers){0};
	if (text_parse(file, text, on_entry, &parser, error) < 0)
		return -EBADMSG;
	*ret_saved = saved;
	return 0;
}

int register_file_load(const char *directory, struct saved_registers *ret_saved,
		       struct text_error *error)
{
	_cleanup_(freep) char *text = NULL;
	char path[REGISTER_FILE_PATH_MAX];
	size_t size;
	int r;

	*ret_saved = (struct saved_registers){0};
	error->message[0] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/registers", directory) >= sizeof(path))
		return -ENAMETOOLONG;
	r = file_read(path, TEXT_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	return register_file_parse(path, BYTES((const uint8_t *)text, size), ret_saved, error);
}

int register_file_save(const char *directory, const struct saved_registers *saved)
{
	_cleanup_(freep) char *text = NULL;
	char path[REGISTER_FILE_PATH_MAX];
	size_t size = 0;
	FILE *stream;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/registers", directory) >= sizeof(path))
		return -ENAMETOOLONG;
	stream = open_memstream(&text, &size);
	if (!stream)
		return -ENOMEM;
	(void)fprintf(stream, "[meter]\npulses = %" PRId64 "\n[day]\nstart_us = %" PRId64 "\n",
		      saved->pulses, saved->day_start_us);
	for (size_t index = 0; index < saved->day_count; index++)
		(void)fprintf(stream, "[midnight %s]\nregister_mwh = %" PRId64 "\n",
			      saved->days[index].name, saved->days[index].midnight_mwh);
	r = ferror(stream) ? -ENOMEM : 0;
	if (fclose(stream) != 0 || r < 0)
		return -ENOMEM;
	return file_replace(path, BYTES((const uint8_t *)text, size));
}
