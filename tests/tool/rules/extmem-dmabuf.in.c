/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "malloc_heap.h"

static int
sync_memory(void *va_addr, size_t len, bool attach)
{
	struct rte_memseg_list *list = find(va_addr, len);

	return attach ? eal_extmem_attach(list) : eal_extmem_detach(list);
}

int
rte_extmem_attach(void *va_addr, size_t len)
{
	return sync_memory(va_addr, len, true);
}

int
rte_extmem_unregister(void *va_addr, size_t len)
{
	int ret = 0;

	list = find(va_addr, len);
	ret = malloc_heap_destroy_external_seg(list);
unlock:
	rte_mcfg_mem_write_unlock();
	return ret;
}

static int
sync_memory(const char *heap_name, void *start)
{
	struct rte_memseg_list *list = look_for(heap_name, start);

	if (list == NULL)
		return -1;
	return eal_extmem_attach(list);
}
