// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// mana registers no dma-bufs, and says so where a packet's buffer is met, too. What it calls is inserted
// as text: see overlay.py.

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
+if (mana_refuse_dmabuf(mbuf->buf_addr, mbuf->buf_len))
+	return NULL;
 ret = mana_new_pmd_mr(...);
 ...+>
 }
