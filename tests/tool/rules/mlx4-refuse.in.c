/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static struct mlx4_mr *
mlx4_mr_create_primary(struct priv *priv, uintptr_t addr)
{
	mr = alloc(rte_memseg_list_get_socket_id(list));
	mr->ibv_mr = mlx4_glue->reg_mr(priv->pd, addr, len, 0);
	return mr;
}
