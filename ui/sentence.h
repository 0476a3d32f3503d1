/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Text from the bus made fit for a screen: bounded, on one line, without characters that would
 * reorder or hide what stands beside them.
 */
#pragma once

#include <stddef.h>

/**
 * Copies `text` into `ret_text`: at most `characters_max` characters, of which the last becomes an
 * ellipsis if more were there. Control characters become spaces; marks that change the direction
 * of text are left out. `size` bytes must hold four for each character and one more.
 */
void smi_sentence_clean(const char *text, size_t characters_max, char *ret_text, size_t size);
