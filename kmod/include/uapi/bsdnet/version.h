/* SPDX-License-Identifier: ((GPL-2.0+ WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * bsdnet/version.h - ABI version, asked for by every tool at start.
 */
#ifndef _UAPI_BSDNET_VERSION_H
#define _UAPI_BSDNET_VERSION_H

#define BSDNET_VERSION		"0.1"
#define BSDNET_ABI		1	/* BSIOCGABI; changes when a struct here does */

#endif /* _UAPI_BSDNET_VERSION_H */
