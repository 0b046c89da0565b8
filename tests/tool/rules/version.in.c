/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
eal_mcfg_check_version(void)
{
	return config->version != RTE_VERSION;
}

void
complete(struct rte_mem_config *mcfg)
{
	mcfg->version = RTE_VERSION;
}
