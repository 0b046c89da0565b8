// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// What takes time in unregistering is done without the lock, and a dma-buf's descriptor is closed.
// The function's statements are counted because Coccinelle does not come to an end if asked to delete
// any number of them.

@@
identifier va_addr, len, unlock;
declaration D1, D2;
statement S1, S2, S3, S4, S5, S6;
@@
 rte_extmem_unregister(void *va_addr, size_t len)
 {
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
+	return eal_extmem_unregister(va_addr, len);
 }
