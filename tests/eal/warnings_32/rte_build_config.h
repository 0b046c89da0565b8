/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Makes the configuration of a 64-bit x86 build one for gcc -m32; see ../warnings. */

#ifndef WARNINGS_32_RTE_BUILD_CONFIG_H_
#define WARNINGS_32_RTE_BUILD_CONFIG_H_

#include_next <rte_build_config.h>

#undef RTE_ARCH
#undef RTE_ARCH_64
#undef RTE_ARCH_X86_64
#define RTE_ARCH i686
#define RTE_ARCH_32 1
#define RTE_ARCH_I686 1

#endif
