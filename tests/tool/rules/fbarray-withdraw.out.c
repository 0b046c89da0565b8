/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "eal_private.h"
#include "eal_memcfg.h"

int
rte_fbarray_destroy(struct rte_fbarray *arr)
{
	eal_extmem_withdraw_memsegs(arr);
	rte_mem_unmap(arr->data, len);
	return 0;
}
