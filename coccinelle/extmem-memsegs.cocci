// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memsegs of external memory are written all at once, not one after the other with a lock and a
// bit each.

@@
identifier va_addr, iova_addrs, n_pages, page_sz, seg_name, socket_id, arr, i;
expression L, NAME;
statement S1, S2;
@@
 malloc_heap_create_external_seg(void *va_addr, rte_iova_t iova_addrs[], unsigned int n_pages,
		size_t page_sz, const char *seg_name, unsigned int socket_id)
 {
+const struct eal_memsegs memsegs = {
+	.va = va_addr,
+	.iovas = iova_addrs,
+	.n = n_pages,
+	.page_sz = page_sz,
+	.socket_id = socket_id,
+};
 ... when any
-struct rte_fbarray *arr;
 ... when any
 if (
-    rte_fbarray_init(&L->memseg_arr, NAME, n_pages, sizeof(struct rte_memseg))
+    eal_fbarray_init_memsegs(&L->memseg_arr, NAME, &memsegs)
     < 0) S1
-arr = &L->memseg_arr;
-for (i = 0; i < n_pages; i++) S2
 ... when any
 }

@@
@@
 #include "malloc_heap.h"
+#include "eal_memsegs.h"
