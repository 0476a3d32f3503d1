/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What codec.c and codec_block.c share; nobody else includes it. */
#pragma once

#include "codec.h"
#include "places.h"

void codec_write_hash(struct cbor_writer *writer, const struct hash *hash);
void codec_read_hash(struct cbor_reader *reader, struct hash *ret_hash);
void codec_write_signature(struct cbor_writer *writer, const struct signature *signature);
void codec_read_signature(struct cbor_reader *reader, struct signature *ret_signature);
void codec_write_device(struct cbor_writer *writer, const struct device_id *device);
void codec_read_device(struct cbor_reader *reader, struct device_id *ret_device);
/** -ERANGE above @max. */
uint64_t codec_read_uint_max(struct cbor_reader *reader, uint64_t max);

/** SHA-256(chain, type, object): what is signed. */
void codec_object_hash(const struct hash *chain, enum message_type type, struct bytes object,
		       struct hash *ret_hash);

/** [verdicts, signature]; with @places a verdict names a transaction of those by its index. */
void codec_write_batch(struct cbor_writer *writer, const struct verdict_batch *batch,
		       const struct places *places);
/** [judge, incarnation, count of verdicts follows]: what stands before them. */
size_t codec_read_batch_head(struct cbor_reader *reader, struct verdict_batch *ret_batch);
/** The verdicts and the signature; @batch->verdicts has room for the head's count of them. */
void codec_read_batch_rest(struct cbor_reader *reader, const struct hash *chain,
			   const struct places *places, struct verdict_batch *batch);
