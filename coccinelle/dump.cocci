// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The dump shows the properties of the lists after their memsegs.

@@
expression F;
@@
 rte_dump_physmem_layout(...)
 {
 ... when any
 rte_memseg_walk(dump_memseg, F);
+rte_mcfg_mem_read_lock();
+eal_memseg_list_dump_properties(F);
+rte_mcfg_mem_read_unlock();
 ... when any
 }
