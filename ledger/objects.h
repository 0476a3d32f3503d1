/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the ledger is made of: plain values, without behaviour. codec.h draws them on the wire. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"

enum {
	LEDGER_MEMBERS_MAX = 256,
	LEDGER_NAME_MAX = 32, /**< Of a member or layer, with the zero byte. */
	LEDGER_SPKI_MAX = 128,
	LEDGER_MESSAGE_MAX = 64 * 1024,
	LEDGER_BLOCK_TRANSACTIONS_MAX = 256,
	LEDGER_BATCH_VERDICTS_MAX = 256, /**< Verdicts under one signature. */
	LEDGER_BLOCK_BATCHES_MAX = 1024,
	LEDGER_JUSTIFICATION_MAX = 64, /**< Certificates that a candidate brings along. */
	/** Of an encoded block, so that it fits into a message with any certificate. */
	LEDGER_BLOCK_SIZE_MAX = 44 * 1024,
	LEDGER_SYNC_BLOCKS_MAX = 64, /**< Blocks in one answer to a node that is behind. */
};

struct hash {
	uint8_t bytes[32]; /**< SHA-256. */
};

/** First 16 bytes of SHA-256 of algorithm and signing key. */
struct device_id {
	uint8_t bytes[16];
};

struct signature {
	uint8_t bytes[64]; /**< Ed25519 (RFC 8032), or P-256 r and s with low s. */
};

enum key_algorithm {
	KEY_ED25519 = 1,
	KEY_P256 = 2,
};

struct public_key {
	enum key_algorithm algorithm;
	uint8_t bytes[64]; /**< Ed25519: 32, P-256: x and y. The rest is zero. */
};

enum layer {
	LAYER_LAN = 1,
	LAYER_HAN = 2,
	LAYER_NAN = 3,
	LAYER_WAN = 4,
};

enum role {
	ROLE_APPLIANCE = 1,
	ROLE_METER = 2,
	ROLE_DCU = 3,
	ROLE_MDMS = 4,
};

/** One member of a layer; its index is its place in the contract's list, sorted by id. */
struct member {
	struct device_id id;
	enum role role;
	char name[LEDGER_NAME_MAX]; /**< Letters, digits, '-' and '_'. */
	struct public_key sign_key;
	uint8_t spki[LEDGER_SPKI_MAX]; /**< DTLS key, SubjectPublicKeyInfo in DER. */
	size_t spki_size;
	struct address address; /**< The host; its port is a hint. */
};

enum transaction_type {
	TRANSACTION_READING = 1,
	/* MEMBER 2, SLEEP 3, WAKE 4, TOKEN 5, ACK 6, ALARM 7, METER_EXCHANGE 8, EVIDENCE 9,
	 * RECOVER 10, VOID 11, RELEASE 12: refused until their rules exist. */
};

/** How much of a reading's interval was seen, as its sender says. */
enum reading_quality {
	READING_LIVE = 0,
	READING_BACKFILLED = 1, /**< Sent late from the sender's own memory. */
	READING_RECOVERED = 2,	/**< The register is right, what happened when is not known. */
};

/** A member's registers at the end of an interval. Value mode is always plain for now. */
struct reading_body {
	int64_t start_us; /**< End of the sender's previous reading's interval. */
	int64_t end_us;	  /**< A multiple of the contract's interval. */
	int64_t import_mwh;
	int64_t export_mwh;
	int64_t observed_us; /**< How long of start..end was measured. */
	enum reading_quality quality;
	bool has_anchor; /**< Of a hub's reading in the HAN: its LAN head. */
	uint64_t anchor_height;
	struct hash anchor_hash;
};

struct transaction {
	enum transaction_type type;
	struct device_id device;
	uint32_t incarnation;
	uint64_t sequence; /**< From 1; gap-free within an incarnation. */
	struct hash previous; /**< Of the device's transaction before; zero before the first. */
	int64_t time_us;      /**< When it was made. */
	struct reading_body reading;
	struct signature signature; /**< Over @hash. */
	struct hash hash;	    /**< Derived: what the signature covers. */
};

/** Why a reading was voted down; 0 is yes. Stored: numbers never change their meaning. */
enum verdict_reason {
	VERDICT_YES = 0,
	VERDICT_KEY = 1,      /**< Its key is not the member's. */
	VERDICT_ADDRESS = 2,  /**< Came over a session from another address than the member's. */
	VERDICT_REGISTER = 3, /**< A register ran back. */
	VERDICT_RATE = 4,     /**< More than the connection can carry. */
	VERDICT_FUTURE = 5,   /**< Beyond the skew. */
	VERDICT_INTERVAL = 6, /**< Not a multiple, not after the last, or observed too long. */
	VERDICT_REASONS,
};

struct verdict {
	struct hash transaction;
	enum verdict_reason reason;
};

/** A member's verdicts under one signature, in ascending order of transaction hash. */
struct verdict_batch {
	struct device_id judge;
	uint32_t incarnation;
	size_t count;
	struct verdict *verdicts;   /**< Owned by whoever made the batch. */
	struct signature signature; /**< Over @hash. */
	struct hash hash;	    /**< Derived. */
};

enum vote_kind {
	VOTE_NOTAR = 1,
	VOTE_SKIP = 2, /**< Its hash is zero. */
	VOTE_FINAL = 3,
};

enum { VOTE_KINDS = 3 };

struct vote {
	enum vote_kind kind;
	uint64_t epoch;
	uint64_t slot;
	struct hash block;
	uint16_t member; /**< Index of the voter. */
	uint32_t incarnation;
	struct signature signature; /**< Over vote_hash(). */
};

/** One signer of a certificate, all of the same statement. */
struct certificate_entry {
	uint16_t member;
	uint32_t incarnation;
	struct signature signature;
};

struct certificate {
	enum vote_kind kind;
	uint64_t epoch;
	uint64_t slot;
	struct hash block;
	size_t count;
	struct certificate_entry entries[LEDGER_MEMBERS_MAX]; /**< In ascending order of member. */
};

struct block_header {
	struct hash chain;
	uint64_t epoch;
	uint64_t slot;
	uint64_t height;
	struct hash parent;
	uint64_t parent_slot;
	int64_t time_us;
	struct device_id proposer;
	uint64_t count;		      /**< Transactions. */
	struct hash transaction_root; /**< RFC 9162 over this block's log leaves. */
	struct hash verdict_hash;     /**< SHA-256 of the encoded list of verdict batches. */
	uint64_t log_size;	      /**< Leaves of the chain's log with this block. */
	struct hash log_root;
	struct hash state_root; /**< Of the state after this block. */
	struct hash next_members;
	struct hash justification; /**< SHA-256 of the encoded list of certificates it came with. */
};

/** A block with all it holds; block_clear() frees what the pointers own. */
struct block {
	struct block_header header;
	struct hash hash; /**< Derived: SHA-256 of chain, message type and header. */
	struct transaction *transactions; /**< header.count of them. */
	struct verdict_batch *batches;
	size_t batch_count;
	struct verdict *verdicts;   /**< The array that all batches point into. */
	struct signature signature; /**< The proposer's, over @hash. */
};
