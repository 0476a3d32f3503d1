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

/**
 * Makes the plain name of a ledger's member ("desktop-pc", "washing_machine_2": small letters,
 * digits, '-' and '_') one that people write ("Desktop PC", "Washing machine 2"), in place. Any
 * other name is somebody's own and stays as it is.
 */
void smi_sentence_name(char *name);
