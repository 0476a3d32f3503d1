/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Decodes whatever bytes and writes what was understood again, for tests and fuzz targets: what a
 * decoder takes, its encoder must write with the same bytes.
 */
#pragma once

#include "ledger/codec.h"

/** 0 and what was written again, or the decoder's error. @data holds LEDGER_MESSAGE_MAX bytes. */
_must_check_ int ledger_roundtrip_message(const struct hash *chain, struct bytes message,
					  uint8_t *data, size_t *ret_size);
_must_check_ int ledger_roundtrip_block(const struct hash *chain, struct bytes encoded,
					uint8_t *data, size_t *ret_size);
