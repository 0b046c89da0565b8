// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Whoever makes external memory says whether it is a dma-buf. Nobody finds the list before it is
// complete, and attaching or removing finds it in any process.

@@
identifier f = malloc_heap_create_external_seg;
parameter list PS;
@@
 f(PS
+	, const struct eal_extmem_dmabuf *dmabuf
 ) { ... }

@@
identifier va, iovas, n, page_sz;
identifier tmp;
local idexpression struct rte_memseg_list *L;
@@
 malloc_heap_create_external_seg(void *va, rte_iova_t iovas[], unsigned int n, size_t page_sz, ...)
 {
 ... when any
+/* nothing overlaps a dma-buf */
+if (eal_memseg_index_find_range(va, n * page_sz, RTE_MEMSEG_LIST_DMABUF) != NULL) {
+	rte_errno = EEXIST;
+	return NULL;
+}
 for (...;...;...) {
 ...
 if (
-    tmp->base_va == NULL
+    tmp->base_va == NULL && (dmabuf == NULL || dmabuf->msl_idx == eal_memseg_list_idx(tmp))
    ) { ... }
 ...
 }
 ... when any
+eal_extmem_publish(L, dmabuf);
 return L;
 }

@@
expression list ES;
@@
 malloc_heap_create_external_seg(ES
+	, NULL
 )

@@
expression F, A;
@@
 malloc_heap_find_external_seg(...)
 {
 <+...
-rte_memseg_list_walk_thread_unsafe(F, A)
+eal_memseg_list_walk_all(F, A)
 ...+>
 }

@@
@@
 #include <rte_malloc.h>
+#include "eal_extmem.h"
