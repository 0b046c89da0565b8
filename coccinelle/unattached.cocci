// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A process that has not attached external memory must not read its memsegs: walks pass over the list,
// and no memseg is found in it. Attaching and unregistering still find it.

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
+    msl->memseg_arr.count == 0 || !eal_memsegs_are_readable(msl)
    ) S
 ...+>
 }

@@
identifier msl;
statement S;
@@
 rte_memseg_list_walk_thread_unsafe(...)
 {
 <+...
 if (
-    eal_memseg_list_va(msl) == NULL
+    eal_memseg_list_va(msl) == NULL || !eal_memsegs_are_readable(msl)
    ) S
 ...+>
 }

@@
identifier msl;
statement S;
@@
 virt2memseg(..., const struct rte_memseg_list *msl)
 {
 <+...
 if (
-    msl == NULL
+    msl == NULL || !eal_memsegs_are_readable(msl)
    ) S
 ...+>
 }

@@
identifier f = {handle_eal_element_list_request, handle_eal_element_info_request};
identifier ms, msl;
expression I;
statement S;
@@
 f(...)
 {
 <+...
 ms = rte_fbarray_get(&msl->memseg_arr, I);
 if (
-    ms == NULL
+    ms == NULL || !eal_memsegs_are_readable(msl)
    ) S
 ...+>
 }

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
