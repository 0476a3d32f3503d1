/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Numbers, times and bars as a technician reads them in a terminal; the same forms as the panel's
 * ui/numbers.h, in plain ASCII. Pure: integers in, text out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SMI_TEXT_MAX = 64, /**< Of every text below, with the zero byte. */
	SMI_BAR_CELLS_MAX = 40,
	SMI_BAR_MAX = SMI_BAR_CELLS_MAX * 3 + 1, /**< A block character is three bytes. */
};

/** "1,234 W" below 10 kW, "12.35 kW" below 100 kW, then "123.4 kW", "1,234 kW"; "<1 W" is not 0 W.
 */
void smi_power_text(int64_t power_mw, char ret_text[static SMI_TEXT_MAX]);
/** "0.42 kWh" below 1 kWh, "6.4 kWh" below 1000 kWh, then "1,234 kWh". */
void smi_energy_text(int64_t energy_mwh, char ret_text[static SMI_TEXT_MAX]);
/** As a meter shows its register: "1,234.567 kWh". */
void smi_register_text(int64_t energy_mwh, char ret_text[static SMI_TEXT_MAX]);
/** "1,234,567" */
void smi_count_text(uint64_t count, char ret_text[static SMI_TEXT_MAX]);
/** "just now" (below 5 s, and the future), "12 s ago", "2 min ago", "3 h ago", "4 days ago". */
void smi_age_text(int64_t age_us, char ret_text[static SMI_TEXT_MAX]);
/** time_us in local time: "2026-10-05 14:03:22"; "-" for 0 and what no calendar holds. */
void smi_time_text(int64_t time_us, char ret_text[static SMI_TEXT_MAX]);
/** Only the time of day if it is the same day as @now_us, else as smi_time_text(). */
void smi_clock_text(int64_t time_us, int64_t now_us, char ret_text[static SMI_TEXT_MAX]);

/**
 * A bar of @cells columns, @part of @whole of it filled, in eighths of a block (UTF-8) or in '#';
 * at least a sliver for what is not zero.
 */
void smi_bar_text(int64_t part, int64_t whole, unsigned int cells, bool is_utf8,
		  char ret_text[static SMI_BAR_MAX]);

/**
 * Copies a text from the bus for one line of a terminal: what does not print, and what would drive
 * a terminal, becomes '?'. Cuts at @size.
 */
void smi_line_clean(const char *text, char *ret_text, size_t size);
