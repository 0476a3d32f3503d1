/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cleans text from outside for display; knows characters, nothing of what they say. */
#include "ui/sentence.h"

#include <glib.h>
#include <string.h>

static gboolean changes_direction(gunichar character)
{
	return (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
	       character == 0x200f || character == 0x061c;
}

static gboolean is_shown(gunichar character)
{
	return !changes_direction(character) && character != 0xfeff && character != 0x200b;
}

void smi_sentence_clean(const char *text, size_t characters_max, char *ret_text, size_t size)
{
	const char *position = text;
	size_t characters = 0;
	size_t bytes = 0;
	size_t last = 0;

	g_assert(characters_max > 0 && size / 4 >= characters_max && size % 4 == 1);
	while (*position != '\0') {
		gunichar character = g_utf8_get_char_validated(position, -1);

		if (character == (gunichar)-1 || character == (gunichar)-2) {
			character = 0xfffd;
			position++;
		} else {
			position = g_utf8_next_char(position);
		}
		if (!is_shown(character))
			continue;
		if (characters == characters_max) {
			bytes = last + (size_t)g_unichar_to_utf8(0x2026, ret_text + last);
			break;
		}
		if (g_unichar_iscntrl(character) || character == 0x2028 || character == 0x2029)
			character = ' ';
		last = bytes;
		bytes += (size_t)g_unichar_to_utf8(character, ret_text + bytes);
		characters++;
	}
	ret_text[bytes] = '\0';
	g_strstrip(ret_text);
}

void smi_sentence_name(char *name)
{
	static const char *const initialisms[] = {"pc", "tv"};
	char *word = name;

	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(name))
		return;
	g_strdelimit(name, "-_", ' ');
	while (*word != '\0') {
		size_t length = strcspn(word, " ");

		for (size_t i = 0; i < G_N_ELEMENTS(initialisms); i++) {
			if (length == 2 && strncmp(word, initialisms[i], length) == 0) {
				word[0] = g_ascii_toupper(word[0]);
				word[1] = g_ascii_toupper(word[1]);
			}
		}
		word += length + strspn(word + length, " ");
	}
	name[0] = g_ascii_toupper(name[0]);
}
