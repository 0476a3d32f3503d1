/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a contract's file: refused with a place, or a contract that keeps its rules. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "ledger/codec.h"
#include "ledger/contract.h"

static void check(const struct contract *contract)
{
	_cleanup_(contract_freep) struct contract *again = NULL;
	_cleanup_(freep) char *text = NULL;
	struct text_error error;
	int r;

	assert(contract->member_count > 0 && contract->member_count <= LEDGER_MEMBERS_MAX);
	assert(contract_accept(contract, contract->member_count) <= contract->member_count);
	assert((contract->layer == LAYER_LAN) == (contract->authority < contract->member_count));
	assert(contract->timeout_ms <= contract->timeout_max_ms);
	for (size_t index = 0; index < contract->member_count; index++) {
		const struct member *member = &contract->members[index];

		assert(contract_find_device(contract, &member->id) == (int)index);
		assert(contract_find_name(contract, member->name) == (int)index);
	}
	r = contract_to_text(contract, &text);
	assert(r == 0);
	r = contract_parse("again", BYTES((const uint8_t *)text, strlen(text)), &again, &error);
	assert(r == 0);
	assert(hash_equal(&again->chain, &contract->chain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(contract_freep) struct contract *contract = NULL;
	struct text_error error;
	int r = contract_parse("f", BYTES(data, size), &contract, &error);

	assert(r == 0 || r == -EINVAL || r == -EFBIG);
	assert((r == 0) == (contract != NULL));
	assert(r == 0 || strncmp(error.message, "f:", 2) == 0);
	if (r == 0)
		check(contract);
	return 0;
}
