// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Attaching and detaching keep a record, and a dma-buf's descriptor goes with its memsegs. The
// statements of the function that did it are counted because Coccinelle does not come to an end if
// asked to delete any number of them.

@@
identifier va_addr, len;
@@
 rte_extmem_attach(void *va_addr, size_t len)
 {
-	return sync_memory(va_addr, len, true);
+	return eal_extmem_attach(va_addr, len);
 }

@@
identifier va_addr, len;
@@
 rte_extmem_detach(void *va_addr, size_t len)
 {
-	return sync_memory(va_addr, len, false);
+	return eal_extmem_detach(va_addr, len);
 }

@@
identifier va_addr, len, attach, unlock;
declaration D1, D2;
statement S1, S2, S3, S4, S5, S6;
@@
-static int
-sync_memory(void *va_addr, size_t len, bool attach)
-{
-	D1
-	D2
-	S1
-	S2
-	S3
-	S4
-	S5
-unlock:
-	S6
-	return ...;
-}

@@
@@
 #include "eal_memcfg.h"
+#include "eal_dmabuf.h"
+#include "eal_extmem.h"
