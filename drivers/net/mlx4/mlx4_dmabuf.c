/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx4_autoconf.h"
#include "../../common/verbs/verbs_dmabuf.h"
#include "mlx4_dmabuf.h"
#include "mlx4_glue.h"
#include "mlx4_utils.h"

struct ibv_mr *
mlx4_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	const struct verbs_dmabuf_driver driver = {
		.reg_mr = mlx4_glue->reg_mr,
		.reg_dmabuf_mr = mlx4_glue->reg_dmabuf_mr,
		.name = "mlx4",
		.logtype = mlx4_logtype,
	};

	return verbs_dmabuf_reg_mr(&driver, pd, addr, len, access);
}
