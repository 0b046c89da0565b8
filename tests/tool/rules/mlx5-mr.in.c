/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx5_common_mr.h"

static void
mlx5_mempool_get_extmem_cb(struct rte_mempool *mp, void *arg, void *obj, unsigned int n)
{
	struct data *data = arg;
	uintptr_t addr = start_of(obj);

	for (seg = data->heap; seg < data->end; seg++) {
		if (seg->start <= addr && addr < seg->end)
			return;
	}
	msl = rte_mem_virt2memseg_list((void *)addr);
	seg = grow(data);
	seg->start = RTE_ALIGN_FLOOR(addr, msl->page_sz);
	seg->end = seg->start + msl->page_sz;
}

static void
mlx5_mempool_get_extmem(struct rte_mempool *mp)
{
	struct data data;

	rte_mempool_obj_iter(mp, mlx5_mempool_get_extmem_cb, &data);
	give(data.heap);
}

static void
mlx5_get_mempool_ranges(struct mlx5_range *ranges, unsigned int n)
{
	for (i = 1; i < n; i++) {
		if (ranges[i - 1].end != ranges[i].start)
			keep(ranges[i]);
	}
}

static void
mlx5_mr_garbage_collect(struct mlx5_mr_share_cache *cache)
{
	give(cache);
}

static uint32_t
mlx5_mr_create(struct mlx5_common_device *cdev, struct mlx5_mr_share_cache *cache,
		struct mr_cache_entry *entry, uintptr_t addr)
{
	switch (type()) {
	case PRIMARY:
		key = mlx5_mr_create_primary(cdev->pd, cache, entry, addr, ext);
		break;
	}
	return key;
}

int
mlx5_mr_mempool_unregister(struct mlx5_common_device *cdev, struct rte_mempool *mp)
{
	cache->dereg_mr_cb(&mr->pmd_mr);
	return 0;
}
