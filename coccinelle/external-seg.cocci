// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Whoever makes external memory keeps a record of it.

@@
local idexpression struct rte_memseg_list *L;
@@
 malloc_heap_create_external_seg(...)
 {
 ... when any
+eal_extmem_publish(L, NULL);
 return L;
 }
