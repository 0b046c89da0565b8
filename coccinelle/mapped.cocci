// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A process that has not attached external memory has no memsegs of it: look-ups of memsegs fail and
// walks pass over the list.

@@
identifier walk = {rte_memseg_walk_thread_unsafe, rte_memseg_contig_walk_thread_unsafe,
	handle_eal_memseg_list_info_request, handle_eal_memseg_info_request};
identifier msl;
statement S;
@@
 walk(...)
 {
 <+...
 if (
-    msl->memseg_arr.count == 0
+    msl->memseg_arr.count == 0 || !eal_memseg_list_is_mapped(msl)
    ) S
 ...+>
 }

@@
identifier f = {rte_memseg_list_walk_thread_unsafe, rte_eal_memory_detach};
identifier msl;
statement S;
@@
 f(...)
 {
 <+...
 if (
-    msl->base_va == NULL
+    msl->base_va == NULL || !eal_memseg_list_is_mapped(msl)
    ) S
 ...+>
 }

@@
identifier f = {rte_memseg_get_fd_thread_unsafe, rte_memseg_get_fd_offset_thread_unsafe};
struct rte_memseg_list *msl;
statement S;
@@
 f(...)
 {
 <+...
 if (
-    msl == NULL
+    msl == NULL || !eal_memseg_list_is_mapped(msl)
    ) S
 ...+>
 }

@@
identifier f = {handle_eal_element_list_request, handle_eal_element_info_request};
identifier ms, msl, heap, heap_id, mcfg;
expression I;
@@
 f(...)
 {
 ... when any
 ms = rte_fbarray_get(&msl->memseg_arr, I);
 if (
-    ms == NULL
+    ms == NULL || !eal_memseg_list_is_mapped(msl) ||
+    !eal_heap_is_mapped(&mcfg->malloc_heaps[heap_id])
    ) { ... }
 ... when any
 heap = &mcfg->malloc_heaps[heap_id];
 ... when any
 }
