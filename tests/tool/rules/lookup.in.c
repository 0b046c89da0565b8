/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *addr)
{
	return virt2memseg_list(addr);
}

int
rte_eal_memory_init(void)
{
	int ret = primary() ? init() : attach();

	if (ret < 0)
		return -1;
	return later();
}
