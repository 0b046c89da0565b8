// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// What attaches, detaches or unregisters memory has to find its list in any process.

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
