// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// base_va is the VA of ordinary lists only, so read the VA through an accessor. Its address can't be: tools/raw-access
// tells of that.

@ write @
struct rte_memseg_list *L;
position p;
@@
(
 L->base_va@p = ...
|
 &L->base_va@p
)

@@
struct rte_memseg_list *L;
position p != write.p;
identifier virtual.get_va;
@@
- L->base_va@p
+ get_va(L)

@@
expression E;
symbol msl;
identifier virtual.get_va;
@@
- E->msl->base_va
+ get_va(E->msl)
