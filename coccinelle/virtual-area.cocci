// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memsegs of external memory are at the same address in every process that has them. Each process
// puts those that it makes where others have nothing: secondary ones get a base address, too, once
// they run, and attaching what is at another process's addresses does not move one's own.

@@
identifier next, requested;
@@
 eal_get_virtual_area(...)
 {
 ... when any
+if (next == NULL)
+	next = eal_extmem_base_addr();
 if (requested == NULL && next != NULL) { ... }
 ... when any
 }

@@
identifier next, is_hint, requested;
statement S1, S2, S3;
@@
 eal_get_virtual_area(...)
 {
 <+...
 if (requested != NULL && !is_hint && ...) S1
 else if (requested != NULL && is_hint && ...) S2
 else if (
-    next != NULL
+    next != NULL && (is_hint || !eal_extmem_init_is_complete())
    ) S3
 ...+>
 }
