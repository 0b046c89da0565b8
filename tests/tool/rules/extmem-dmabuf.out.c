/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "malloc_heap.h"
#include "eal_dmabuf.h"

static int
sync_memory(void *va_addr, size_t len, bool attach)
{
	struct rte_memseg_list *list = find(va_addr, len);

	return attach ? (list->properties & RTE_MEMSEG_LIST_DMABUF) ? 1 : eal_extmem_attach(list) : eal_dmabuf_detach(list);
}

int
rte_extmem_attach(void *va_addr, size_t len)
{
	int ret = sync_memory(va_addr, len, true);

	/* a dma-buf is attached without the lock */
	return ret > 0 ? eal_dmabuf_attach(va_addr, len) : ret;
}

int
rte_extmem_unregister(void *va_addr, size_t len)
{
	struct eal_dmabuf_gone gone = EAL_DMABUF_NOT_GONE;
	int ret = 0;

	list = find(va_addr, len);
	ret = eal_dmabuf_unregister(list, &gone);
unlock:
	rte_mcfg_mem_write_unlock();
	eal_dmabuf_unregistered(&gone);
	return ret;
}

static int
sync_memory(const char *heap_name, void *start)
{
	struct rte_memseg_list *list = look_for(heap_name, start);

	if (list == NULL || eal_dmabuf_is_of_no_heap(list))
		return -1;
	return eal_extmem_attach(list);
}
