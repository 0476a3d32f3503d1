/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Answers of org.smihub.Hub1 as JSON, in the form of a snapshot (see org.smihub.Hub1.xml). The
 * daemon may be anyone: depth, count and size are bounded, and unknown types are left out.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

enum {
	SMI_OBJECTS_MAX = 512,
	SMI_INTERFACES_MAX = 16,     /**< Of one object. */
	SMI_PROPERTIES_MAX = 64,     /**< Of one interface. */
	SMI_ITEMS_MAX = 1024,	     /**< Of one array. */
	SMI_STRING_MAX = 512 * 1024, /**< A contract's text is the longest. */
};

/**
 * Each reads at the message's place. Only interfaces of ours ("org.smihub.") are kept. Errors:
 * -EBADMSG (another type), -EFBIG (a bound above), -ENOMEM, those of sd-bus. The caller owns what
 * is returned.
 */
/** a{oa{sa{sv}}}: GetManagedObjects. */
_must_check_ int smi_json_objects(sd_bus_message *message, json_t **ret_objects);
/** a{sa{sv}}: InterfacesAdded, behind the path. */
_must_check_ int smi_json_interfaces(sd_bus_message *message, json_t **ret_interfaces);
/** a{sv}: PropertiesChanged, behind the interface's name. */
_must_check_ int smi_json_properties(sd_bus_message *message, json_t **ret_properties);

/** True for an interface that a snapshot keeps. */
bool smi_json_is_ours(const char *interface);
