/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *addr)
{
	return eal_memseg_index_find(addr);
}

int
rte_eal_memory_init(void)
{
	int ret = primary() ? init() : attach();

	if (ret < 0)
		return -1;
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		eal_memseg_index_write(NULL);
	return later();
}
