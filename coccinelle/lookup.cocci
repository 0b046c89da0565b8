// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Find a list in the VA index instead of in all lists. The index is written when the primary process
// has its memory; from then on, only external memory comes and goes.

@@
expression A;
@@
-virt2memseg_list(A)
+eal_memseg_index_find(A)

@@
statement S;
identifier R;
@@
 rte_eal_memory_init(void)
 {
 ... when any
 if (R < 0) S
+if (rte_eal_process_type() == RTE_PROC_PRIMARY)
+	eal_memseg_index_write(NULL);
 ... when any
 }
