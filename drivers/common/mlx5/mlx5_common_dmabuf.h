/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef MLX5_COMMON_DMABUF_H
#define MLX5_COMMON_DMABUF_H

/**
 * @file
 *
 * What mlx5's cache of memory regions does differently with dma-bufs. A memory region is of all of
 * a dma-buf's list, where nothing else asks for a part, so its pages need not be looked at. No key
 * of it is given out once this process has detached or unregistered the dma-buf.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

struct mlx5_common_device;
struct mlx5_mr_share_cache;
struct mr_cache_entry;

/** The list of an address, if it is a dma-buf's. */
static inline const struct rte_memseg_list *
mlx5_dmabuf_list(uintptr_t addr)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list((void *)addr);

	return msl != NULL && (msl->properties & RTE_MEMSEG_LIST_DMABUF) ? msl : NULL;
}

/** Make the range of an address that of all of the list, if it is a dma-buf's. */
static inline void
mlx5_dmabuf_widen(uintptr_t addr, uintptr_t *start, uintptr_t *end)
{
	const struct rte_memseg_list *msl = mlx5_dmabuf_list(addr);

	if (likely(msl == NULL))
		return;
	*start = (uintptr_t)rte_memseg_list_get_va(msl);
	*end = *start + msl->len;
}

/**
 * Does a dma-buf start or end at an address? Ranges that meet there
 * stay two, as one region is of one dma-buf.
 */
static inline bool
mlx5_dmabuf_border(uintptr_t addr)
{
	return mlx5_dmabuf_list(addr - 1) != mlx5_dmabuf_list(addr);
}

/** Log that a buffer leaves its dma-buf. Returns 0 if it is in no dma-buf, else -1. */
int
mlx5_dmabuf_refuse_mbuf(const struct rte_mbuf *mbuf);

/** Is all of a buffer before the end of its range, if that is a dma-buf's? 0 if so, or -1. */
static inline int
mlx5_dmabuf_check_mbuf(const struct rte_mbuf *mbuf, uintptr_t end)
{
	return likely((uintptr_t)mbuf->buf_addr + mbuf->buf_len <= end) ? 0 :
		mlx5_dmabuf_refuse_mbuf(mbuf);
}

/** In mlx5_common_mr.c: free the memory of what was destroyed, in the primary process. */
void
mlx5_mr_garbage_collect(struct mlx5_mr_share_cache *share_cache);

/**
 * rte_dev_dma_map() is about to map memory. If it has something of a dma-buf, free the memory
 * regions of those that went, and have rte_errno say so if there is no memory for another one.
 */
static inline void
mlx5_dmabuf_before_map(struct mlx5_mr_share_cache *share_cache, const void *addr, size_t len)
{
	if (rte_mem_find_dmabuf_list(addr, len) == NULL)
		return;
	mlx5_mr_garbage_collect(share_cache);
	rte_errno = ENOMEM;
}

/** The rte_errno of rte_dev_dma_map() when there is no memory region: of a dma-buf, it is set. */
static inline int
mlx5_dmabuf_map_errno(const void *addr, size_t len)
{
	return rte_mem_find_dmabuf_list(addr, len) == NULL ? EINVAL : rte_errno;
}

/** As mlx5_mr_create() in the primary process, for an address in a dma-buf. */
uint32_t
mlx5_dmabuf_mr_create(struct mlx5_common_device *cdev, struct mlx5_mr_share_cache *share_cache,
		struct mr_cache_entry *entry, uintptr_t addr);

/** A device of the primary process is there: have it let dma-bufs go when the process does. */
void
mlx5_dmabuf_device_added(struct mlx5_common_device *cdev);

/** The device is about to go. */
void
mlx5_dmabuf_device_removed(struct mlx5_common_device *cdev);

/* In mlx5_common_mr.c. */

/**
 * Destroy the memory regions in a range, and let no cache have their keys. The next
 * mlx5_mr_garbage_collect() frees their memory.
 */
void
mlx5_mr_destroy_range(struct mlx5_mr_share_cache *share_cache, uintptr_t start, uintptr_t end);

#endif /* MLX5_COMMON_DMABUF_H */
