// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// mlx4 registers no dma-bufs, and says so. What it calls is inserted as text: see overlay.py.

@@
attribute name __rte_unused; // without it, Coccinelle can't parse one of the two functions
symbol mlx4_glue;
@@
-mlx4_glue->reg_mr
+mlx4_reg_mr
 (...)

@@
expression L;
@@
 mlx4_mr_create_primary(...)
 {
 <...
-rte_memseg_list_get_socket_id(L)
+mlx4_mr_socket(L)
 ...>
 }
