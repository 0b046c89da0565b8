/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
eal_mcfg_check_version(void)
{
	return config->version != EAL_EXTMEM_VERSION || config->extmem.layout != EAL_EXTMEM_LAYOUT;
}

void
complete(struct rte_mem_config *mcfg)
{
	mcfg->version = EAL_EXTMEM_VERSION;
	mcfg->extmem.layout = EAL_EXTMEM_LAYOUT;
}
