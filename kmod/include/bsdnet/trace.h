/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * trace.h - what callers of tracepoints include; they are in trace/bsdnet_trace.h.
 */
#ifndef _BSDNET_TRACE_H
#define _BSDNET_TRACE_H

#include "../../trace/bsdnet_trace.h"

#endif /* _BSDNET_TRACE_H */
