/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef MLX5_COMMON_VERBS_DMABUF_H
#define MLX5_COMMON_VERBS_DMABUF_H

#include <stddef.h>

struct ibv_mr;
struct ibv_pd;

/**
 * Register memory, whether it is a dma-buf's or not. See ibv_reg_mr(3).
 *
 * The addr of the memory region is the address of the memory, also for a dma-buf, where
 * ibv_reg_dmabuf_mr(3) leaves the offset.
 *
 * Takes no memory hotplug lock, because drivers register with that lock held and without it.
 * Without it, the memory must not be unregistered meanwhile.
 *
 * @return
 *   The memory region, or NULL with errno set. If the memory is a dma-buf's, rte_errno is set, too,
 *   and the reason is logged.
 */
struct ibv_mr *
mlx5_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access);

#endif /* MLX5_COMMON_VERBS_DMABUF_H */
