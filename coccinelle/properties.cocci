// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Whether a list's memory is external is one bit of its properties.

@@
struct rte_memseg_list *L;
@@
- L->external = 1
+ L->properties = RTE_MEMSEG_LIST_EXTERNAL

@@
struct rte_memseg_list *L;
statement S;
@@
 if (
-    L->external
+    L->properties & RTE_MEMSEG_LIST_EXTERNAL
    ) S

@@
struct rte_memseg_list *L;
@@
- L->external > 0
+ L->properties & RTE_MEMSEG_LIST_EXTERNAL

@@
struct rte_memseg_list *L;
@@
- L->external
+ (L->properties & RTE_MEMSEG_LIST_EXTERNAL)

@@
expression E;
symbol msl;
@@
- E->msl->external
+ (E->msl->properties & RTE_MEMSEG_LIST_EXTERNAL)
