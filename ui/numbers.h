/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Numbers as a homeowner reads them: power, energy, age, time of day. Integers in, text out; no
 * clock, no locale, no floating point.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SMI_NUMBER_VALUE_MAX = 24,
	SMI_NUMBER_TEXT_MAX = 48,
	SMI_NUMBER_POWER_LIMIT_W = 999999999, /**< Beyond it a number is wrong, not large. */
	SMI_NUMBER_ENERGY_LIMIT_KWH = 999999999,
};

/** A number and its unit apart, for texts that set them in two sizes. */
struct smi_number {
	char value[SMI_NUMBER_VALUE_MAX];
	char unit[8];
};

/**
 * Writes a power: "1,234 W" below 10 kW, "12.35 kW" below 100 kW, then "123.4 kW" and "1,234 kW".
 * Something that is not zero but rounds to it is "<1 W".
 */
void smi_number_power(int64_t power_mw, struct smi_number *ret_number);

/** Writes an energy: "0.42 kWh" below 1 kWh, "6.4 kWh" below 1000 kWh, then "1,234 kWh". */
void smi_number_energy(int64_t energy_mwh, struct smi_number *ret_number);

/** Writes value and unit with a no-break space between; `size` is that of `ret_text`. */
void smi_number_join(const struct smi_number *number, char *ret_text, size_t size);

/** Writes "1,234 W"; see smi_number_power(). */
void smi_number_power_text(int64_t power_mw, char *ret_text, size_t size);

/**
 * Writes how long ago something was: "just now" (below 5 s, and for times in the future),
 * "12 s ago", "2 min ago", "3 h ago", "4 days ago".
 */
void smi_number_age_text(int64_t age_us, char *ret_text, size_t size);

/** Writes a span in words: "10 minutes", "2 hours", "3 days". */
void smi_number_span_text(int64_t span_us, char *ret_text, size_t size);

/** Returns `part` of `whole` in thousandths, 0 to 1000; nothing or less of anything is 0. */
unsigned int smi_number_permille(int64_t part, int64_t whole);
