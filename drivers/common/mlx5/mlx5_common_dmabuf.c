/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_rwlock.h>

#include "mlx5_common.h"
#include "mlx5_common_dmabuf.h"
#include "mlx5_common_log.h"
#include "mlx5_common_mr.h"

int
mlx5_dmabuf_refuse_mbuf(const struct rte_mbuf *mbuf)
{
	const struct rte_memseg_list *msl = mlx5_dmabuf_list((uintptr_t)mbuf->buf_addr);

	if (msl == NULL)
		return 0;
	DRV_LOG(ERR,
			"Mempool %s: the buffer at %p, %u bytes, leaves the dma-buf at %p, length %zu; pass the memory of each dma-buf by itself",
		mbuf->pool->name, mbuf->buf_addr, mbuf->buf_len, rte_memseg_list_get_va(msl),
		msl->len);
	return -1;
}

/* The addresses of a dma-buf around one that no memory region has, up to those that one has. */
static void
find_gap(struct mlx5_mr_share_cache *share_cache, uintptr_t addr, uintptr_t *start, uintptr_t *end)
{
	const struct mlx5_mr *mr;

	mlx5_dmabuf_widen(addr, start, end);
	LIST_FOREACH(mr, &share_cache->mr_list, mr) {
		uintptr_t mr_start = (uintptr_t)mr->pmd_mr.addr;

		if (mr->msl != NULL)
			continue;
		if (mr_start > addr)
			*end = RTE_MIN(*end, mr_start);
		else
			*start = RTE_MAX(*start, mr_start + mr->pmd_mr.len);
	}
}

/* The key of an address, 0 and the gap around it if there is none. */
static uint32_t
look_up(struct mlx5_mr_share_cache *share_cache, struct mr_cache_entry *entry, uintptr_t addr,
		uintptr_t *start, uintptr_t *end)
{
	const struct mlx5_mr *mr;
	uint32_t lkey = UINT32_MAX;

	rte_rwlock_read_lock(&share_cache->rwlock);
	/* not those of memsegs, which may be of a list that is gone, and never are of a dma-buf */
	LIST_FOREACH(mr, &share_cache->mr_list, mr) {
		if (mr->msl == NULL && addr - (uintptr_t)mr->pmd_mr.addr < mr->pmd_mr.len) {
			entry->start = (uintptr_t)mr->pmd_mr.addr;
			entry->end = entry->start + mr->pmd_mr.len;
			lkey = rte_cpu_to_be_32(mr->pmd_mr.lkey);
			entry->lkey = lkey;
			break;
		}
	}
	if (lkey == UINT32_MAX)
		find_gap(share_cache, addr, start, end);
	rte_rwlock_read_unlock(&share_cache->rwlock);
	return lkey;
}

uint32_t
mlx5_dmabuf_mr_create(struct mlx5_common_device *cdev, struct mlx5_mr_share_cache *share_cache,
		struct mr_cache_entry *entry, uintptr_t addr)
{
	/* two threads that miss the same address make one memory region */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const struct rte_memseg_list *msl = mlx5_dmabuf_list(addr);
	uint64_t registration;
	uintptr_t start = 0, end = 0;
	uint32_t lkey;

	if (msl == NULL) { /* unregistered meanwhile */
		rte_errno = ENXIO;
		return UINT32_MAX;
	}
	registration = rte_extmem_dmabuf_attached(msl);
	pthread_mutex_lock(&lock);
	/* of what is not attached, rte_dev_dma_map() says so */
	lkey = registration == 0 ? UINT32_MAX : look_up(share_cache, entry, addr, &start, &end);
	if (registration == 0)
		mlx5_dmabuf_widen(addr, &start, &end);
	/* as if the application had mapped it: rte_dev_dma_unmap() finds it */
	if (lkey == UINT32_MAX &&
			rte_dev_dma_map(cdev->dev, (void *)start, RTE_BAD_IOVA, end - start) == 0) {
		rte_errno = ENXIO; /* if it was unregistered meanwhile */
		lkey = look_up(share_cache, entry, addr, &start, &end);
	}
	pthread_mutex_unlock(&lock);
	/*
	 * what was detached before the memory region was in the list
	 * was not destroyed with the others
	 */
	if (lkey != UINT32_MAX && rte_extmem_dmabuf_attached(msl) != registration) {
		mlx5_mr_destroy_range(share_cache, start, end);
		rte_errno = ESTALE;
		return UINT32_MAX;
	}
	return lkey;
}

static void
told(void *va, size_t len, void *arg)
{
	struct mlx5_common_device *cdev = arg;

	DRV_LOG(DEBUG, "%s: the dma-buf at %p comes or goes", cdev->dev->name, va);
	mlx5_mr_destroy_range(&cdev->mr_scache, (uintptr_t)va, (uintptr_t)va + len);
}

void
mlx5_dmabuf_device_added(struct mlx5_common_device *cdev)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY &&
			rte_extmem_dmabuf_callback_register(told, cdev) < 0)
		DRV_LOG(ERR, "%s: no memory: map no dma-bufs, whose keys would outlive them",
			cdev->dev->name);
}

void
mlx5_dmabuf_device_removed(struct mlx5_common_device *cdev)
{
	rte_extmem_dmabuf_callback_unregister(told, cdev);
}
