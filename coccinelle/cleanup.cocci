// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The end of a process closes the descriptors that EAL has of dma-bufs, also of lists still registered.
// This is after the end of IPC and of the buses, and before the return of a process that shares nothing.

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
