/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static int
sync_memory(const char *name, void *start, size_t len, bool attach)
{
	struct rte_memseg_list *list = find(name, start, len);

	return attach ? eal_extmem_attach(list) : eal_extmem_detach(list);
}
