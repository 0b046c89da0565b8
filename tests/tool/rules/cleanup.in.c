/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
rte_eal_memory_detach(void)
{
	first();
	if (conf->in_memory == 1)
		return 0;
	return last();
}
