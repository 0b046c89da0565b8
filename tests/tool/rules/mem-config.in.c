/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <rte_memory.h>

struct rte_mem_config {
	int first;
	int last;
};
