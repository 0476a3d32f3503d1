/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Any bytes as a message between nodes: refused, or exactly what the encoder writes. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "tests/unit/ledger_roundtrip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash chain = {{0}};
	_cleanup_(freep) uint8_t *again = malloc(LEDGER_MESSAGE_MAX);
	size_t again_size = 0;
	int r;

	assert(again);
	r = ledger_roundtrip_message(&chain, BYTES(data, size), again, &again_size);
	assert(r == 0 || r == -EBADMSG || r == -ERANGE || r == -EMSGSIZE);
	assert(r < 0 || bytes_equal(BYTES(again, again_size), BYTES(data, size)));
	return 0;
}
