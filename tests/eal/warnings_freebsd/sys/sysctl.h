/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 *
 * What EAL uses of FreeBSD's header of this name: see sysctl(3) there.
 */

#include <stddef.h>

int
sysctlbyname(const char *name, void *value, size_t *len, const void *new_value, size_t new_len);
