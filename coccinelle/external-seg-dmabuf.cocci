// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Whoever makes external memory says whether it is a dma-buf. Nothing overlaps that.

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
expression L;
@@
 malloc_heap_create_external_seg(void *va, rte_iova_t iovas[], unsigned int n, size_t page_sz, ...)
 {
 ... when any
+/* nothing overlaps a dma-buf */
+if (rte_mem_find_dmabuf_list(va, n * page_sz) != NULL) {
+	rte_errno = EEXIST;
+	return NULL;
+}
 for (...;...;...) {
 ...
 if (
-    eal_memseg_list_va(tmp) == NULL
+    eal_extmem_may_take(tmp, dmabuf)
    ) { ... }
 ...
 }
 ... when any
 eal_extmem_publish(L,
-	NULL
+	dmabuf
 );
 ... when any
 }

@@
expression list ES;
@@
 malloc_heap_create_external_seg(ES
+	, NULL
 )

@@
@@
 #include <rte_malloc.h>
+#include "eal_extmem_record.h"
