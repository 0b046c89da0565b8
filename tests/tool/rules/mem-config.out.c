/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <rte_memory.h>
#include "eal_extmem_record.h"

struct rte_mem_config {
	int first;
	int last;

	/** Records of external memory. */
	struct eal_extmem extmem;
};
