// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// rte_eal_cleanup() closes the descriptors that EAL holds, also of lists still registered. This comes
// before the early return of a process without shared memory.

@@
expression C;
statement S;
@@
 rte_eal_memory_detach(...)
 {
 ... when any
+eal_dmabuf_cleanup();
+
 if (C->in_memory == 1) S
 ... when any
 }
