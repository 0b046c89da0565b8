/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <ethdev_driver.h>

#include "../../common/verbs/verbs_dmabuf.h"
#include "../../common/verbs/verbs_reg_dmabuf_mr.h"
#include "mana.h"
#include "mana_dmabuf.h"

/* ibv_reg_mr() itself is a macro */
static struct ibv_mr *
reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	return ibv_reg_mr(pd, addr, len, access);
}

struct ibv_mr *
mana_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	const struct verbs_dmabuf_driver driver = {
		.reg_mr = reg_mr,
		.reg_dmabuf_mr = verbs_reg_dmabuf_mr,
		.name = "mana",
		.logtype = mana_logtype_driver,
	};

	return verbs_dmabuf_reg_mr(&driver, pd, addr, len, access);
}
