// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// All memory of packets that mlx5 registers passes one function, which knows dma-bufs. Memory that the
// driver allocated for its queues is registered elsewhere, and left alone.

@@
@@
-mlx5_glue->reg_mr
+mlx5_dmabuf_reg_mr
 (...)

@@
@@
 #include <mlx5_common_mr.h>
+#include "mlx5_common_verbs_dmabuf.h"
