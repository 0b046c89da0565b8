// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A dma-buf is attached without the lock, as its descriptor is asked for; unregistering it ends without
// the lock, too. It belongs to no heap.

@@
identifier msl;
@@
 sync_memory(void *va_addr, size_t len, bool attach)
 {
 <+...
(
-eal_extmem_attach(msl)
+(msl->properties & RTE_MEMSEG_LIST_DMABUF) ? 1 : eal_extmem_attach(msl)
|
-eal_extmem_detach(msl)
+eal_dmabuf_detach(msl)
)
 ...+>
 }

@@
identifier va_addr, len;
@@
 rte_extmem_attach(void *va_addr, size_t len)
 {
-	return sync_memory(va_addr, len, true);
+	int ret = sync_memory(va_addr, len, true);
+
+	/* a dma-buf is attached without the lock */
+	return ret > 0 ? eal_dmabuf_attach(va_addr, len) : ret;
 }

@@
identifier msl, ret, unlock;
@@
 rte_extmem_unregister(...)
 {
+	struct eal_dmabuf_gone gone = EAL_DMABUF_NOT_GONE;
 ...
-	ret = malloc_heap_destroy_external_seg(msl);
+	ret = eal_dmabuf_unregister(msl, &gone);
 unlock:
 	rte_mcfg_mem_write_unlock();
+	eal_dmabuf_unregistered(&gone);
 	return ret;
 }

@@
struct rte_memseg_list *msl;
identifier heap_name;
statement S;
@@
 sync_memory(const char *heap_name, ...)
 {
 <+...
 if (
-    msl == NULL
+    msl == NULL || eal_dmabuf_is_of_no_heap(msl)
    ) S
 ...+>
 }

@@
@@
 #include "malloc_heap.h"
+#include "eal_dmabuf.h"
