/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Uneventful ledgers of any length in a real store, written as quickly as the disk allows. */
#pragma once

#include "ledger/store.h"
#include "ledger_fixture.h"

/** @count further blocks of which each is certified, and the state, in one commit. */
void long_ledger_add(const struct fixture *fixture, struct store *store, struct ledger_state *state,
		     uint64_t count);

/** Makes such a ledger of @blocks blocks in @directory; @state, made anew, ends as it does. */
void long_ledger_make(const struct fixture *fixture, const char *directory, uint64_t blocks,
		      struct ledger_state *state);
