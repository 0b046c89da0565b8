/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "eal_memcfg.h"
#include "eal_dmabuf_keeper.h"

int
rte_eal_init(int argc, char **argv)
{
	first();
	if (eal_mp_dev_hotplug_init() < 0) {
		rte_eal_init_alert("no hotplug");
		return -1;
	}
	if (eal_dmabuf_mp_init() < 0) {
		rte_eal_init_alert("failed to register mp callback for dma-bufs");
		return -1;
	}
	return last();
}
