/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "eal_extmem_record.h"

struct rte_mem_config {
	int first;
	struct eal_extmem extmem;
};
