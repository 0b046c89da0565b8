/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
rte_memseg_walk_thread_unsafe(rte_memseg_walk_t func, void *arg)
{
	for (i = 0; i < MAX; i++) {
		list = &lists[i];
		if (list->memseg_arr.count == 0 || !eal_memsegs_are_readable(list))
			continue;
		func(list, arg);
	}
}

int
rte_memseg_list_walk_thread_unsafe(rte_memseg_list_walk_t func, void *arg)
{
	for (i = 0; i < MAX; i++) {
		if (eal_memseg_list_va(lists) == NULL || !eal_memsegs_are_readable(lists))
			continue;
		func(&lists[i], arg);
	}
}

static struct rte_memseg *
virt2memseg(const void *addr, const struct rte_memseg_list *list)
{
	if (list == NULL || !eal_memsegs_are_readable(list))
		return NULL;
	return find(list, addr);
}

static int
handle_eal_element_info_request(const char *cmd)
{
	seg = rte_fbarray_get(&list->memseg_arr, n);
	if (seg == NULL || !eal_memsegs_are_readable(list))
		return -1;
	return 0;
}

struct rte_memseg_list *
malloc_heap_find_external_seg(void *va, size_t len)
{
	return eal_memseg_list_walk_all(compare, va) ? wanted : NULL;
}
