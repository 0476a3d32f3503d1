/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A bounded list of calls that wait. */
#include "bus_callers.h"

#include <errno.h>

int bus_callers_add(struct bus_callers *callers, sd_bus_message *call)
{
	if (callers->count == BUS_CALLERS_MAX)
		return -ENOBUFS;
	callers->calls[callers->count++] = sd_bus_message_ref(call);
	return 0;
}

void bus_callers_answer(struct bus_callers *callers, bool is_good, const char *text,
			uint64_t blocks)
{
	/* One that cannot be sent is dropped: its connection has gone, or there is no memory. */
	for (size_t index = 0; index < callers->count; index++)
		(void)sd_bus_reply_method_return(callers->calls[index], "bst", (int)is_good, text,
						 blocks);
	bus_callers_drop(callers);
}

void bus_callers_drop(struct bus_callers *callers)
{
	while (callers->count > 0)
		sd_bus_message_unref(callers->calls[--callers->count]);
}
