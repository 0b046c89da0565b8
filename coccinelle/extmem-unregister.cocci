// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Unregistering a dma-buf's list closes EAL's descriptor, after the lock is released: the last close
// of a dma-buf may take its exporter long.

@@
expression L;
@@
 rte_extmem_unregister(...)
 {
+int dmabuf_fd = -1;
 <...
-malloc_heap_destroy_external_seg(L)
+eal_extmem_destroy(L, &dmabuf_fd)
 ...>
 }

@@
@@
 rte_extmem_unregister(...)
 {
 <...
 rte_mcfg_mem_write_unlock();
+eal_dmabuf_close(dmabuf_fd);
 ...>
 }

@@
@@
 #include "eal_memcfg.h"
+#include "eal_dmabuf.h"
