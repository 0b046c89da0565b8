// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A list of external memory ends when its memsegs are about to be unmapped, and nothing can fail any more.

@@
identifier arr;
expression LEN;
@@
 rte_fbarray_destroy(struct rte_fbarray *arr)
 {
 <+...
+eal_extmem_withdraw_memsegs(arr);
 rte_mem_unmap(arr->data, LEN);
 ...+>
 }

@@
@@
 #include "eal_private.h"
+#include "eal_memcfg.h"
