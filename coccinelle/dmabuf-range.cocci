// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The ranges that a driver makes of the memory of a pool stay within the list of a dma-buf, and its
// own data stay out of the socket of one.

@@
identifier chunk = {mlx5_range_from_mempool_chunk, mana_mempool_chunk_cb};
expression R, A, P;
@@
 chunk(...)
 {
 ...
 R->start = RTE_ALIGN_FLOOR(A, P);
 R->end = ...;
+dmabuf_range_clamp(A, &R->start, &R->end);
 ...
 }

@@
expression R, I;
@@
 mlx5_get_mempool_ranges(...)
 {
 <...
-R[I - 1].end != R[I].start
+!dmabuf_range_may_merge(R[I - 1].end, R[I].start)
 ...>
 }

@@
expression L;
@@
-rte_memseg_list_get_socket_id(L)
+dmabuf_range_heap_socket(L)

@@
@@
 #include "mlx5_common_mr.h"
+#include "../verbs/dmabuf_range.h"

@@
@@
 #include "mlx4_mr.h"
+#include "../../common/verbs/dmabuf_range.h"

@@
@@
 #include "mana.h"
+#include "../../common/verbs/dmabuf_range.h"
