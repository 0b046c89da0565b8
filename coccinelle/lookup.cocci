// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Look an address up in the VA index instead of in the lists, and its memseg without a division. The
// functions' statements are counted because Coccinelle does not come to an end if asked to delete any
// number of them.

@@
identifier addr;
declaration D1, D2, D3;
statement S1, S2;
@@
 virt2memseg_list(const void *addr)
 {
-	D1
-	D2
-	D3
-	S1
-	S2
-	return ...;
+	return eal_memseg_index_find(addr);
 }

@@
identifier addr, msl;
declaration D1, D2, D3;
statement S1, S2, S3, S4, S5, S6;
@@
 virt2memseg(const void *addr, const struct rte_memseg_list *msl)
 {
-	D1
-	D2
-	D3
-	S1
-	S2
-	S3
-	S4
-	S5
-	S6
-	return ...;
+	return eal_memseg_find(addr, msl);
 }
