/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx5_common_mr.h"
#include "mlx5_common_dmabuf.h"

static void
mlx5_mempool_get_extmem_cb(struct rte_mempool *mp, void *arg, void *obj, unsigned int n)
{
	struct data *data = arg;
	uintptr_t addr = start_of(obj);

	for (seg = data->heap; seg < data->end; seg++) {
		if (seg->start <= addr && addr < seg->end) {
			data->ret = mlx5_dmabuf_check_mbuf(obj, seg->end);
			return;
		}
	}
	msl = rte_mem_virt2memseg_list((void *)addr);
	seg = grow(data);
	seg->start = RTE_ALIGN_FLOOR(addr, msl->page_sz);
	seg->end = seg->start + msl->page_sz;
	mlx5_dmabuf_widen(addr, &seg->start, &seg->end);
	data->ret = mlx5_dmabuf_check_mbuf(obj, seg->end);
}

static void
mlx5_mempool_get_extmem(struct rte_mempool *mp)
{
	struct data data;

	rte_mempool_obj_iter(mp, mlx5_mempool_get_extmem_cb, &data);
	if (data.ret < 0) {
		free(data.heap);
		data.heap = NULL;
	}
	give(data.heap);
}

static void
mlx5_get_mempool_ranges(struct mlx5_range *ranges, unsigned int n)
{
	for (i = 1; i < n; i++) {
		if (ranges[i - 1].end != ranges[i].start || mlx5_dmabuf_border(ranges[i].start))
			keep(ranges[i]);
	}
}

void
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
		if (mlx5_dmabuf_list(addr) != NULL) {
			key = mlx5_dmabuf_mr_create(cdev, cache, entry, addr);
			break;
		}
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

void
mlx5_mr_destroy_range(struct mlx5_mr_share_cache *share_cache, uintptr_t start, uintptr_t end)
{
	struct mlx5_mempool_reg *mpr;
	struct mlx5_mr *mr;
	struct mlx5_mr *next;
	unsigned int i;
	unsigned int n;

	rte_rwlock_write_lock(&share_cache->rwlock);
	for (mr = LIST_FIRST(&share_cache->mr_list); mr != NULL; mr = next) {
		uintptr_t addr = (uintptr_t)mr->pmd_mr.addr;

		next = LIST_NEXT(mr, mr);
		if (addr + mr->pmd_mr.len <= start || addr >= end)
			continue;
		LIST_REMOVE(mr, mr);
		share_cache->dereg_mr_cb(&mr->pmd_mr);
		/* rte_free() is not allowed here. */
		LIST_INSERT_HEAD(&share_cache->mr_free_list, mr, mr);
	}
	LIST_FOREACH(mpr, &share_cache->mempool_reg_list, next) {
		for (i = 0; i < mpr->mrs_n; i++) {
			uintptr_t addr = (uintptr_t)mpr->mrs[i].pmd_mr.addr;

			/* Without a range, no address of the pool has a key. */
			if (addr >= start && addr < end)
				share_cache->dereg_mr_cb(&mpr->mrs[i].pmd_mr);
		}
	}
	/* Not rebuilt: other MRs may be of memsegs that are gone. */
	for (i = 1, n = 1; i < share_cache->cache.len; i++) {
		const struct mr_cache_entry *entry = &(*share_cache->cache.table)[i];

		if (entry->end <= start || entry->start >= end)
			(*share_cache->cache.table)[n++] = *entry;
	}
	share_cache->cache.len = n;
	/* The unlock makes it visible to the queues, which flush their caches. */
	++share_cache->dev_gen;
	rte_rwlock_write_unlock(&share_cache->rwlock);
}
