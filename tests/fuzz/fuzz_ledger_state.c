/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a stored state: refused, or exactly what the encoder writes. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "ledger/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of a contract a state needs the count of members only. */
	const struct contract contract = {.member_count = 3};
	_cleanup_(freep) struct ledger_state *state = calloc(1, state_size(&contract));
	uint8_t again[4096];
	size_t again_size = 0;
	int r;

	assert(state && state_encoded_size(&contract) <= sizeof(again));
	r = state_decode(BYTES(data, size), &contract, state);
	assert(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	r = state_encode(state, again, sizeof(again), &again_size);
	assert(r == 0);
	assert(bytes_equal(BYTES(again, again_size), BYTES(data, size)));
	return 0;
}
