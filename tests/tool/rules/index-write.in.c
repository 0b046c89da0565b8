/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list *
malloc_heap_create_external_seg(void *va, size_t len)
{
	struct rte_memseg_list *msl = fill(va, len);

	eal_extmem_publish(msl, NULL);
	return msl;
}

int
rte_fbarray_destroy(struct rte_fbarray *arr)
{
	eal_extmem_withdraw_memsegs(arr);
	rte_mem_unmap(arr->data, len);
	return 0;
}

int
rte_eal_memory_init(void)
{
	int ret = primary() ? init() : attach();

	if (ret < 0)
		return -1;
	return later();
}
