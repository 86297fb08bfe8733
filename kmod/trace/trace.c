// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
/*
 * trace.c - the bodies of the tracepoints, made by the kernel's macros.
 */
#define CREATE_TRACE_POINTS
#include "bsdnet_trace.h"
