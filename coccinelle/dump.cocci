// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The dump shows the properties of external memory after the memsegs.

@@
expression F;
@@
 rte_dump_physmem_layout(...)
 {
 ... when any
 rte_memseg_walk(dump_memseg, F);
+eal_dmabuf_dump(F);
 ... when any
 }
