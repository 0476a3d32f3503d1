/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Everything a node shows of itself, as plain values: filled by the node, read by the bus. The
 * names are those of org.smihub.Hub1.xml.
 */
#pragma once

#include "ledger/objects.h"

enum {
	VIEW_DEVICES_MAX = 64,
	VIEW_ALARMS_MAX = 32,
	VIEW_REFUSALS_MAX = 48,
	VIEW_WORD_MAX = 32,
	VIEW_TEXT_MAX = 160,
};

enum view_state {
	VIEW_GOOD,
	VIEW_WARNING,
	VIEW_FAILING,
};

enum view_agreement {
	VIEW_AGREED,	  /**< Everything that was measured is final, or on its way in time. */
	VIEW_WAITING,	  /**< Nothing final yet, or the oldest pending reading waits too long. */
	VIEW_STOPPED,	  /**< No agreement for minutes: members or the hub are missing. */
	VIEW_UNWITNESSED, /**< One member alone: a signed log. */
};

enum view_device_state {
	VIEW_DEVICE_LIVE,
	VIEW_DEVICE_STALE,
	VIEW_DEVICE_ABSENT,
};

struct view_device {
	char name[LEDGER_NAME_MAX];
	char kind[VIEW_WORD_MAX];
	int64_t power_mw;
	int64_t energy_mwh;
	int64_t energy_today_mwh;
	int64_t time_us;
	enum view_device_state state;
	uint64_t final_sequence;
	int64_t final_time_us;
	int64_t final_energy_mwh;
	uint64_t rejected;
};

struct view_alarm {
	int64_t time_us;
	char who[ADDRESS_TEXT_MAX]; /**< A member's name, or an address. */
	char what[VIEW_WORD_MAX];   /**< A word: "register", "key", "address", "rate", ... */
	char why[VIEW_TEXT_MAX];    /**< A sentence. */
};

struct view_refusal {
	char reason[VIEW_WORD_MAX];
	uint64_t count;
};

struct view_member {
	char name[LEDGER_NAME_MAX];
	enum role role;
	bool is_connected;
	uint64_t vote_slot;
};

struct view_ledger {
	enum layer layer;
	struct hash chain;
	struct hash head;
	uint64_t height;
	uint64_t slot;
	int64_t head_time_us;
	uint64_t readings_final;
	uint64_t readings_rejected;
	unsigned int pending;
	unsigned int own_pending;
	uint64_t votes_cast;
	unsigned int accept;
	struct view_member members[LEDGER_MEMBERS_MAX];
	size_t member_count;
};

struct view {
	char name[LEDGER_NAME_MAX];
	enum role role;
	int64_t time_us;
	unsigned int speed;
	int64_t power_mw;
	bool power_known;
	int64_t not_attributed_mw; /**< -1: not known. */
	int64_t energy_mwh;
	int64_t energy_today_mwh;
	enum view_state state;
	char state_text[VIEW_TEXT_MAX];
	enum view_agreement agreement;
	char agreement_text[VIEW_TEXT_MAX];
	char storage_error[VIEW_TEXT_MAX];
	uint32_t first_watt_ms;
	struct view_alarm alarms[VIEW_ALARMS_MAX]; /**< Newest first. */
	size_t alarm_count;
	struct view_refusal refusals[VIEW_REFUSALS_MAX];
	size_t refusal_count;
	struct view_device devices[VIEW_DEVICES_MAX];
	size_t device_count;
	struct view_ledger ledger;
	const char *contract_text; /**< Borrowed for the life of the view. */
};
