/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a fuzz target implements; libFuzzer calls it, or replay.c where there is no libFuzzer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Any bytes; returns 0. A finding is a crash, a failed assertion or a sanitizer's report. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
