/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Payloads of an IPSO power measurement (object 3305) in SenML CBOR (RFC 8428 section 6) to and
 * from a reading. Pure; every byte is hostile. JSON, TLV and text follow with more appliances.
 */
#pragma once

#include "base/bytes.h"
#include "driver.h"

enum {
	SENML_SIZE_MAX = 1024,
	SENML_RECORDS_MAX = 32,
	SENML_CONTENT_FORMAT_CBOR = 112, /**< RFC 8428 section 12.3. */
};

enum senml_error {
	SENML_OK = 0,
	SENML_MALFORMED = -1, /**< Not CBOR of the form of RFC 8428. */
	SENML_TOO_LARGE = -2,
	SENML_UNIT = -3,  /**< A unit we do not know, or Wh without bver 26 (RFC 8798, RFC 9100). */
	SENML_VALUE = -4, /**< Not finite or out of range. */
	SENML_NOTHING = -5, /**< No record of power or energy. */
};

/** A sentence for logs. */
const char *senml_error_text(enum senml_error error);

/**
 * Decodes a pack: resources 5800 (W) and 5805 (Wh), names "/3305/0/5800" or split over bn and n,
 * units absent (then the object's), "W", "kW", "J", "Wh", "kWh". Accepts integers, half, single and
 * double floats and decimal fractions. A record's time becomes reading->time_us if it is absolute
 * (>= 2^28 s, RFC 8428 section 4.5.3), else time_us stays as it was.
 */
_must_check_ enum senml_error senml_decode(struct bytes payload, struct reading *reading);

/** Encodes power and energy that @reading has, with bver 26; 0 or -ENOBUFS. */
_must_check_ int senml_encode(const struct reading *reading, uint8_t *data, size_t capacity,
			      size_t *ret_size);
