/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whether a certificate proves what it says: a quorum of valid signatures. Pure. */
#pragma once

#include "contract.h"
#include "keys.h"

/** True if contract_is_quorum() and every signature in it is its member's. */
_must_check_ bool certificate_verify(const struct contract *contract, struct verifier verifier,
				     const struct certificate *certificate);
