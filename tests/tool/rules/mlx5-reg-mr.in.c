/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <mlx5_common_mr.h>

int
mlx5_common_verbs_reg_mr(void *pd, void *addr, size_t length)
{
	return mlx5_glue->reg_mr(pd, addr, length, 0) == NULL;
}
