/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "eal_extmem_record.h"
#include "eal_memseg_index.h"

struct rte_mem_config {
	int first;
	struct eal_extmem extmem;
	/** The address of every memseg list in use. */
	struct eal_memseg_index memseg_index;
};
