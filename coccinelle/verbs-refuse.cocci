// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// mlx4 and mana register no dma-bufs, and say so; mana where a packet's buffer is met, too. What they call
// is inserted as text: see overlay.py.

@@
attribute name __rte_unused; // without it, Coccinelle can't parse one of the two functions
symbol mlx4_glue;
@@
-mlx4_glue->reg_mr
+mlx4_reg_mr
 (...)

// the external socket of a dma-buf has no heap
@@
expression L;
@@
 mlx4_mr_create_primary(...)
 {
 <...
-rte_memseg_list_get_socket_id(L)
+(L->properties & RTE_MEMSEG_LIST_DMABUF ? SOCKET_ID_ANY : rte_memseg_list_get_socket_id(L))
 ...>
 }

@@
@@
-ibv_reg_mr
+mana_reg_mr
 (...)

@@
identifier find = {mana_alloc_pmd_mr, mana_find_pmd_mr}, mbuf, ret;
@@
 find(..., struct rte_mbuf *mbuf)
 {
 <+...
+if (verbs_dmabuf_refuse("mana", mana_logtype_driver, mbuf->buf_addr, mbuf->buf_len))
+	return NULL;
 ret = mana_new_pmd_mr(...);
 ...+>
 }
