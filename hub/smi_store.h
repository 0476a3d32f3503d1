/* SPDX-License-Identifier: GPL-3.0-or-later */
/** `smi ledger ... --state DIR`: reads a ledger from the disk, whether or not a daemon writes it.
 */
#pragma once

#include "smi.h"

enum smi_exit smi_store_head(const struct smi_options *options);
enum smi_exit smi_store_verify(const struct smi_options *options);
enum smi_exit smi_store_readings(const struct smi_options *options);
