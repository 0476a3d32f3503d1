/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What may stand in a name, a label or a line of configuration: UTF-8 (RFC 3629) that prints. */
#pragma once

#include "bytes.h"

/**
 * True if every byte belongs to a shortest-form UTF-8 character up to U+10FFFF that is neither a
 * surrogate nor a control character (U+0000..001F, U+007F..009F); an empty run is printable.
 */
bool utf8_is_printable(struct bytes text);
