// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Where a driver registers memory of packets, which may be a dma-buf's. Memory that the driver
// allocated for its queues is registered elsewhere, and left alone.

@@
@@
-mlx5_glue->reg_mr
+mlx5_dmabuf_reg_mr
 (...)

@@
@@
 #include <mlx5_common_mr.h>
+#include "mlx5_common_dmabuf.h"

@@
attribute name __rte_unused; // without it, Coccinelle can't parse one of the two functions
@@
-mlx4_glue->reg_mr
+mlx4_dmabuf_reg_mr
 (...)

@@
@@
 #include "mlx4_mr.h"
+#include "mlx4_dmabuf.h"

@@
@@
-ibv_reg_mr
+mana_dmabuf_reg_mr
 (...)

@@
@@
 #include "mana.h"
+#include "mana_dmabuf.h"
