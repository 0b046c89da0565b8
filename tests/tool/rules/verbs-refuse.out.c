/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static struct mlx4_mr *
mlx4_mr_create_primary(struct priv *priv, uintptr_t addr)
{
	mr = alloc((list->properties & RTE_MEMSEG_LIST_DMABUF ? SOCKET_ID_ANY : rte_memseg_list_get_socket_id(list)));
	mr->ibv_mr = mlx4_reg_mr(priv->pd, addr, len, 0);
	return mr;
}

struct mana_mr_cache *
mana_alloc_pmd_mr(struct priv *priv, struct rte_mbuf *mbuf)
{
	mr = mana_reg_mr(priv->pd, mbuf->buf_addr, mbuf->buf_len, 0);
	if (verbs_dmabuf_refuse("mana", mana_logtype_driver, mbuf->buf_addr, mbuf->buf_len))
		return NULL;
	ret = mana_new_pmd_mr(priv, mbuf->pool);
	return mr;
}
