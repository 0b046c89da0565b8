/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef MLX5_COMMON_DMABUF_H
#define MLX5_COMMON_DMABUF_H

#include <stddef.h>

struct ibv_mr;
struct ibv_pd;

/** Register memory, whether it is a dma-buf's or not: see verbs_dmabuf_reg_mr(). */
struct ibv_mr *
mlx5_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access);

#endif /* MLX5_COMMON_DMABUF_H */
