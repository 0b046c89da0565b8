/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx5_autoconf.h"
#include "../../verbs/verbs_dmabuf.h"
#include "mlx5_common_dmabuf.h"
#include "mlx5_common_log.h"
#include "mlx5_glue.h"

struct ibv_mr *
mlx5_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	const struct verbs_dmabuf_driver driver = {
		.reg_mr = mlx5_glue->reg_mr,
		.reg_dmabuf_mr = mlx5_glue->reg_dmabuf_mr,
		.name = "mlx5",
		.logtype = mlx5_common_logtype,
	};

	return verbs_dmabuf_reg_mr(&driver, pd, addr, len, access);
}
