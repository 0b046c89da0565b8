// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Find a list in the VA index instead of in all lists.

@@
expression A;
@@
-virt2memseg_list(A)
+eal_memseg_index_find(A)
