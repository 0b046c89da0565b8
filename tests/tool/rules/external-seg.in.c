/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list *
malloc_heap_create_external_seg(void *va, rte_iova_t iovas[], unsigned int n, size_t page_sz,
		const char *name, unsigned int socket)
{
	struct rte_memseg_list *found = NULL;
	int i;

	for (i = 0; i < MAX; i++) {
		struct rte_memseg_list *slot = &slots[i];

		if (slot->base_va == NULL) {
			found = slot;
			break;
		}
	}
	fill(found, va, iovas, n, page_sz, name, socket);
	return found;
}
