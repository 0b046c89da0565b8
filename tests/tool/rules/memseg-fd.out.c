/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
rte_memseg_get_fd_thread_unsafe(const struct rte_memseg *seg)
{
	list = find(seg->addr);
	if (list == NULL)
		return -1;
	if (list->properties & RTE_MEMSEG_LIST_DMABUF)
		return eal_dmabuf_memseg_fd(list);
	array = &list->memseg_arr;
	return descriptor(array);
}

int
rte_memseg_get_fd_offset_thread_unsafe(const struct rte_memseg *seg, size_t *at)
{
	list = find(seg->addr);
	if (list == NULL)
		return -1;
	if (list->properties & RTE_MEMSEG_LIST_DMABUF)
		return eal_dmabuf_memseg_fd_offset(list, seg, at);
	array = &list->memseg_arr;

	return offset(array, at);
}
