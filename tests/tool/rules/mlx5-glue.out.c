/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

const struct mlx5_glue *glue = &(const struct mlx5_glue){
	.reg_mr = one,
	.dereg_mr = two,
	.reg_dmabuf_mr = mlx5_glue_reg_dmabuf_mr,
	.last = three,
};
