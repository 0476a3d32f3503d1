/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One member's word on one reading (LEDGER.md section 2): everything that depends on who judges,
 * where the reading came from and when. Pure.
 */
#pragma once

#include "state.h"

/** What a judge knows besides the contract. */
struct judge_view {
	const struct member *sender; /**< The member that the reading names. */
	/** Address of the session it came over; NULL for the judge's own reading. */
	const struct address *from;
	int64_t time_us; /**< The judge's reading time. */
	/** The newest reading before this one that the judge accepts; has_reading false: none. */
	bool has_reading;
	int64_t import_mwh;
	int64_t export_mwh;
	int64_t end_us;
};

/** VERDICT_YES or the first rule that the reading breaks. Age is never a reason, only the future
 * is. */
enum verdict_reason judge_reading(const struct contract *contract, const struct judge_view *view,
				  const struct reading_body *reading);

/** The rules that need no judge: a reading after another, whoever looks. Used by state.c too. */
enum verdict_reason judge_succession(const struct contract *contract,
				     const struct member_state *before,
				     const struct reading_body *reading);
