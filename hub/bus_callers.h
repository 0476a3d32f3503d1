/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Who waits on the bus for one answer that takes longer than a call. One that has gone meanwhile
 * keeps its place until then; what it is sent reaches nobody.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

enum { BUS_CALLERS_MAX = 32 };

struct bus_callers {
	sd_bus_message *calls[BUS_CALLERS_MAX];
	size_t count;
};

/** Keeps @call (a reference) until it is answered or dropped. Errors: -ENOBUFS. */
_must_check_ int bus_callers_add(struct bus_callers *callers, sd_bus_message *call);
/** Answers all with (good, text, blocks); then nobody waits. @text must be UTF-8. */
void bus_callers_answer(struct bus_callers *callers, bool is_good, const char *text,
			uint64_t blocks);
/** Their bus has gone: nobody waits. */
void bus_callers_drop(struct bus_callers *callers);
