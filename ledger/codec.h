/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The ledger's objects to and from deterministic CBOR. Pure; every byte is hostile: a decoder
 * refuses what its encoder would not have written. Signatures are not checked here.
 *
 * What is signed, and every hash of an object, is SHA-256(chain id, message type, object without
 * its signature), so that nothing can be replayed as something else or elsewhere:
 *
 *   transaction  [type, device, incarnation, sequence, previous, time_us, body]
 *     reading    [mode 0, start_us, end_us, import_mwh, export_mwh, observed_us, quality, anchor]
 *     anchor     null or [height, hash]
 *   verdicts     [judge, incarnation, [transaction hash = yes | [transaction hash, reason] ...]]
 *   vote         [epoch, slot, kind, block hash, incarnation]
 *   header       [1, chain, epoch, slot, height, parent, parent slot, time_us, proposer, count,
 *                 transaction root, verdict hash, log size, log root, state root, next members,
 *                 justification]
 *
 * On the wire, the message type first:
 *   [1, transaction, signature]
 *   [2, verdicts, signature]
 *   [3, block, [certificate ...]]             a candidate with its justification
 *   [4, vote, member index, signature]
 *   [5, certificate]
 *   [6, height, head hash, slot, wanted]      status; wanted: null or the hash of a missing block
 *   [7, [block ...], certificate]             final blocks in order, the last one's FINAL
 *   certificate  [kind, epoch, slot, block hash, [[member, incarnation, signature] ...]]
 *   block        [header, [[transaction, signature] ...], [[verdicts, signature] ...], signature]
 * Within a block a verdict names a transaction of the same block by its place instead of its hash.
 */
#pragma once

#include "base/cbor.h"
#include "objects.h"

enum message_type {
	MESSAGE_TRANSACTION = 1,
	MESSAGE_VERDICTS = 2,
	MESSAGE_CANDIDATE = 3,
	MESSAGE_VOTE = 4,
	MESSAGE_CERTIFICATE = 5,
	MESSAGE_STATUS = 6,
	MESSAGE_BLOCKS = 7,
};

/** What a node says of itself when it starts, stands still, or misses a block. */
struct status {
	uint64_t height;
	struct hash head;
	uint64_t slot;
	bool has_wanted;
	struct hash wanted;
};

/** SHA-256 of the concatenation; @count parts. */
void hash_parts(const struct bytes *parts, size_t count, struct hash *ret_hash);
static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
	return bytes_equal(BYTES_OF(*a), BYTES_OF(*b));
}
bool hash_is_zero(const struct hash *hash);

/** Fills transaction->hash from everything but the signature. */
void transaction_set_hash(const struct hash *chain, struct transaction *transaction);
/** Fills batch->hash; the verdicts are sorted already. */
void verdict_batch_set_hash(const struct hash *chain, struct verdict_batch *batch);
/** What a vote's signature covers; the same for all members of one incarnation. */
void vote_hash(const struct hash *chain, const struct vote *vote, struct hash *ret_hash);
/** Hash of a header: the block's name, and what its proposer signs. */
void block_set_hash(struct block *block);

/*
 * Encoders write one whole message (LEDGER_MESSAGE_MAX suffices for all that respect the limits of
 * objects.h) or one part. Errors stick in the writer.
 */
void transaction_write(struct cbor_writer *writer, const struct transaction *transaction);
void block_write(struct cbor_writer *writer, const struct block *block);
void certificate_write(struct cbor_writer *writer, const struct certificate *certificate);
void message_write_transaction(struct cbor_writer *writer, const struct transaction *transaction);
void message_write_verdicts(struct cbor_writer *writer, const struct verdict_batch *batch);
/** @certificates: one encoded array of certificates, as justification_write() made it. */
void message_write_candidate(struct cbor_writer *writer, const struct block *block,
			     struct bytes certificates);
void message_write_vote(struct cbor_writer *writer, const struct vote *vote);
void message_write_certificate(struct cbor_writer *writer, const struct certificate *certificate);
void message_write_status(struct cbor_writer *writer, const struct status *status);
/** @blocks: @count encoded blocks. */
void message_write_blocks(struct cbor_writer *writer, const struct bytes *blocks, size_t count,
			  struct bytes certificate);

/** The verdict hash of a header: over the encoded list of the block's batches. */
void block_verdict_hash(const struct block *block, struct hash *ret_hash);

/*
 * Decoders. Each reads one object at the reader and fills the derived hashes. On an error the
 * reader's error stands and nothing needs to be freed.
 */
/** [transaction, signature] as it stands in a block. */
void transaction_read(struct cbor_reader *reader, const struct hash *chain,
		      struct transaction *ret_transaction);
void certificate_read(struct cbor_reader *reader, struct certificate *ret_certificate);
/** On success the caller frees with block_clear(). Refuses another chain. */
void block_read(struct cbor_reader *reader, const struct hash *chain, struct block *ret_block);
void block_clear(struct block *block);

/** The type of a message, or 0; the reader then stands behind it. */
enum message_type message_read_type(struct cbor_reader *reader);
/* Each reads the rest of a message of that type; the caller ends with cbor_read_end(). */
void message_read_transaction(struct cbor_reader *reader, const struct hash *chain,
			      struct transaction *ret_transaction);
/** verdicts: LEDGER_BATCH_VERDICTS_MAX entries of the caller's, into which ret_batch points. */
void message_read_verdicts(struct cbor_reader *reader, const struct hash *chain,
			   struct verdict *verdicts, struct verdict_batch *ret_batch);
/** *ret_certificates: the encoded array, borrowed; iterate with certificate_read(). */
void message_read_candidate(struct cbor_reader *reader, const struct hash *chain,
			    struct block *ret_block, struct bytes *ret_certificates);
void message_read_vote(struct cbor_reader *reader, struct vote *ret_vote);
void message_read_certificate(struct cbor_reader *reader, struct certificate *ret_certificate);
void message_read_status(struct cbor_reader *reader, struct status *ret_status);
/** *ret_count at most LEDGER_SYNC_BLOCKS_MAX; then that many block_read() and one
 * certificate_read(). */
void message_read_blocks(struct cbor_reader *reader, size_t *ret_count);
