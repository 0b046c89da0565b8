/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct mana_mr_cache *
mana_alloc_pmd_mr(struct priv *priv, struct rte_mbuf *mbuf)
{
	mr = mana_reg_mr(priv->pd, mbuf->buf_addr, mbuf->buf_len, 0);
	if (mana_refuse_dmabuf(mbuf->buf_addr, mbuf->buf_len))
		return NULL;
	ret = mana_new_pmd_mr(priv, mbuf->pool);
	return mr;
}
