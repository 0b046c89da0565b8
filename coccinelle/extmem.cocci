// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Attaching and detaching external memory keep a record in each process.

@@
identifier msl;
@@
 sync_memory(...)
 {
 <+...
(
-rte_fbarray_attach(&msl->memseg_arr)
+eal_extmem_attach(msl)
|
-rte_fbarray_detach(&msl->memseg_arr)
+eal_extmem_detach(msl)
)
 ...+>
 }
