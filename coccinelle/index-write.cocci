// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The VA index is written when the primary process has its memory; from then on, only external memory
// comes and goes. Nobody finds a list that is not complete.

@@
expression L, D;
@@
 eal_extmem_publish(L, D);
+eal_memseg_index_write(NULL);

@@
expression A;
@@
+eal_memseg_index_withdraw_memsegs(A);
 eal_extmem_withdraw_memsegs(A);

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
