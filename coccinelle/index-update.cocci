// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Whoever gives a list its addresses, or takes them away, says so to the VA index. A secondary
// process's own copies of lists (local_msl) are not in the index.

@@
identifier L != local_msl;
expression A, N;
@@
 L->base_va = A;
 L->len = N;
+eal_memseg_index_update(L);

@@
identifier L;
@@
 malloc_heap_create_external_seg(...)
 {
 ... when any
 L->base_va = ...;
 ...
+eal_memseg_index_update(L);
 return L;
 }

@@
identifier L;
@@
 malloc_heap_destroy_external_seg(...)
 {
 ... when any
-memset(L, 0, sizeof(*L));
+eal_memseg_list_clear(L);
 ...
 }
