// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The glue between a driver and libibverbs gets ibv_reg_dmabuf_mr(). It comes last, so that every
// other member keeps its place.

@@
typedef uint64_t;
identifier glue = {mlx5_glue, mlx4_glue};
@@
struct glue {
	...
+
+	/** Registers part of a dma-buf: see ibv_reg_dmabuf_mr(3). */
+	struct ibv_mr *(*reg_dmabuf_mr)(struct ibv_pd *pd, uint64_t offset, size_t len,
+			uint64_t iova, int fd, int access);
};

@@
expression F;
identifier glue = {mlx5_glue, mlx4_glue};
@@
 (const struct glue){
 ...,
 .dereg_mr = F,
+.reg_dmabuf_mr = verbs_reg_dmabuf_mr,
 ...
 }

@@
@@
 #include "mlx5_glue.h"
+#include "../../verbs/verbs_reg_dmabuf_mr.h"

@@
@@
 #include "mlx4_glue.h"
+#include "mlx4_autoconf.h"
+#include "../../common/verbs/verbs_reg_dmabuf_mr.h"
