/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static struct mlx4_mr *
mlx4_mr_create_primary(struct priv *priv, uintptr_t addr)
{
	mr = alloc(mlx4_mr_socket(list));
	mr->ibv_mr = mlx4_reg_mr(priv->pd, addr, len, 0);
	return mr;
}
