/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
/*
 * doctor.h - between the list of checks (doctor.c) and what they look at: kernel.c for
 * kernel and modules, device.c for network devices.
 */
#ifndef _BSDNET_DOCTOR_H
#define _BSDNET_DOCTOR_H

#include "../lib/bsdnet.h"

enum dr_status { DR_OK, DR_WARN, DR_FAIL };

/* Tell one finding of the check that runs: what is, and what to do (NULL if all is well). */
void dr_tell(enum dr_status status, const char *what, const char *todo, ...)
	__attribute__((format(printf, 3, 4)));
/* @what with a value in it; static, four buffers in turn. */
const char *dr_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool dr_loaded(const char *module);

void dr_kernel(void);
void dr_headers(void);
void dr_module(void);
void dr_signing(void);
void dr_families(void);
void dr_abi(void);
void dr_names(void);
void dr_nics(const char *only);		/* NULL: all */

#endif /* _BSDNET_DOCTOR_H */
