/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef BED_MLX5_H
#define BED_MLX5_H

/* The part of the bed that is mlx5's own; other drivers' headers do not go with it. */

#include <mlx5_common.h>
#include <mlx5_common_mr.h>

#include "bed.h"

struct bed_device {
	struct mlx5_common_device *cdev;
	struct mlx5_mr_ctrl ctrl; /* as a queue has one */
};
extern struct bed_device bed_devices[MODEL_DEVICES];

/* The key that mlx5's caches have for an address, which they may register; UINT32_MAX for none. */
uint32_t bed_lkey(unsigned int device, const void *addr);
/* The same, of an mbuf. */
uint32_t bed_lkey_of_mbuf(unsigned int device, struct rte_mbuf *mbuf);
/* mlx5's registration itself. */
int bed_reg_mr(struct ibv_pd *pd, void *addr, size_t len, struct mlx5_pmd_mr *mr);
void bed_dereg_mr(struct mlx5_pmd_mr *mr);

#endif /* BED_MLX5_H */
