/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_config rte_config = {
	.mem_config = &early,
};
