/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/**
 * @file
 *
 * Arrays of memsegs. For eal_common_fbarray.c alone, which includes it after its fbarray_init(): what
 * an array looks like in memory is private there, and so the compiler checks that it is known here.
 */

#include "eal_memsegs.h"

int
rte_fbarray_init(struct rte_fbarray *arr, const char *name, unsigned int len, unsigned int elt_sz)
{
	return fbarray_init(arr, name, len, elt_sz, NULL);
}

int
eal_fbarray_init_memsegs(struct rte_fbarray *arr, const char *name,
		const struct eal_memsegs *memsegs)
{
	if (memsegs->n > EAL_MEMSEGS_MAX) {
		rte_errno = E2BIG;
		return -1;
	}
	return fbarray_init(arr, name, memsegs->n, sizeof(struct rte_memseg), memsegs);
}

size_t
eal_fbarray_align(const struct eal_memsegs *memsegs, size_t len, size_t page_sz)
{
	/* where huge pages are possible */
	return memsegs != NULL && len >= RTE_PGSIZE_2M ? RTE_MAX(page_sz, RTE_PGSIZE_2M) : page_sz;
}

int
eal_fbarray_write_memsegs(const struct eal_memsegs *memsegs, void *data, int fd)
{
	struct used_mask *mask = get_used_mask(data, sizeof(struct rte_memseg), memsegs->n);
	int ret;

	RTE_BUILD_BUG_ON(sizeof(mask->data[0]) != sizeof(uint64_t) || MASK_ALIGN != 64);

	/* nobody knows the array yet, and others need not wait */
	rte_spinlock_unlock(&mem_area_lock);
	ret = eal_memsegs_write_fresh(memsegs, data, fd, RTE_PTR_DIFF(mask->data, data));
	rte_spinlock_lock(&mem_area_lock);
	return ret;
}
