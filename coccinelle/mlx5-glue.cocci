// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The glue between mlx5 and libibverbs gets ibv_reg_dmabuf_mr(). Its member and the function are inserted
// as text: see overlay.py.

@@
expression F;
@@
 (const struct mlx5_glue){
 ...,
 .dereg_mr = F,
+.reg_dmabuf_mr = mlx5_glue_reg_dmabuf_mr,
 ...
 }
