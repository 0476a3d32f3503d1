/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Checks a certificate's signers and signatures against the contract's members. */
#include "certificate.h"

#include "codec.h"

bool certificate_verify(const struct contract *contract, struct verifier verifier,
			const struct certificate *certificate)
{
	if (!contract_is_quorum(contract, certificate))
		return false;
	for (size_t index = 0; index < certificate->count; index++) {
		const struct certificate_entry *entry = &certificate->entries[index];
		const struct vote vote = {
			.kind = certificate->kind,
			.epoch = certificate->epoch,
			.slot = certificate->slot,
			.block = certificate->block,
			.incarnation = entry->incarnation,
		};
		struct hash hash;

		vote_hash(&contract->chain, &vote, &hash);
		if (!verifier.verify(verifier.context, &contract->members[entry->member].sign_key,
				     &hash, &entry->signature))
			return false;
	}
	return true;
}
