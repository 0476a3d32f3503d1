/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Lets the n-th LMDB call of the store fail, or ends the process at it (linker --wrap). As in
 * failing_allocation.h the count lives in a pipe, so that there is no variable to share.
 */
#pragma once

#include <stdbool.h>

enum lmdb_mishap {
	LMDB_FAILS = 'f',
	LMDB_KILLED_BEFORE = 'b',	/**< SIGKILL in place of the call. */
	LMDB_KILLED_AFTER = 'a',	/**< SIGKILL when the call has returned. */
};

/** From 1. */
void lmdb_mishap_at(unsigned int n, enum lmdb_mishap mishap);

/** True if that call was reached; nothing happens any more. */
bool lmdb_mishap_has_come(void);
