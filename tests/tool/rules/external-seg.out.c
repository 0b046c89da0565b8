/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <rte_malloc.h>
#include "eal_extmem.h"

struct rte_memseg_list *
malloc_heap_create_external_seg(void *va, rte_iova_t iovas[], unsigned int n, size_t page_sz,
		const char *name, unsigned int socket, const struct eal_extmem_dmabuf *dmabuf)
{
	struct rte_memseg_list *found = NULL;
	int i;

	/* nothing overlaps a dma-buf */
	if (eal_memseg_index_find_range(va, n * page_sz, RTE_MEMSEG_LIST_DMABUF) != NULL) {
		rte_errno = EEXIST;
		return NULL;
	}
	for (i = 0; i < MAX; i++) {
		struct rte_memseg_list *slot = &slots[i];

		if (slot->base_va == NULL && (dmabuf == NULL || dmabuf->msl_idx == eal_memseg_list_idx(slot))) {
			found = slot;
			break;
		}
	}
	fill(found, va, iovas, n, page_sz, name, socket);
	eal_extmem_publish(found, dmabuf);
	return found;
}

struct rte_memseg_list *
malloc_heap_find_external_seg(void *va, size_t len)
{
	return eal_memseg_list_walk_all(compare, va) ? wanted : NULL;
}

void
caller(void)
{
	malloc_heap_create_external_seg(va, NULL, 1, 4096, "name", 0, NULL);
}
