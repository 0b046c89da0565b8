/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <rte_atomic.h>
#include <rte_bitops.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_version.h>

#include "eal_dmabuf_gate.h"
#include "eal_dmabuf_mp.h"
#include "eal_memcfg.h"
#include "eal_private.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/* no DPDK's: the topmost byte of a version is the year */
#define VERSION_WITH_DMABUFS (RTE_VERSION | RTE_BIT32(31))

static struct rte_mem_config *
mem_config(void)
{
	return rte_eal_get_configuration()->mem_config;
}

bool
eal_dmabuf_gate_knows(uint32_t version)
{
	return version == RTE_VERSION || version == VERSION_WITH_DMABUFS;
}

#ifndef RTE_EXEC_ENV_WINDOWS
int
eal_dmabuf_gate_check_config(int fd)
{
	struct stat sb;

	if (fstat(fd, &sb) == 0 && (size_t)sb.st_size >= sizeof(struct rte_mem_config))
		return 0;
	EAL_LOG(ERR, "The primary process has a DPDK without dma-buf memory; start it with the DPDK that this process has");
	return -1;
}
#endif

static void
set_version(uint32_t version)
{
	*(volatile uint32_t *)&mem_config()->version = version;
	/* before this one looks for processes that have started, so that few start unseen */
	rte_atomic_thread_fence(rte_memory_order_seq_cst);
}

static bool
any_dmabuf(void)
{
	struct rte_mem_config *mcfg = mem_config();
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (mcfg->memsegs[i].properties & RTE_MEMSEG_LIST_DMABUF)
			return true;
	}
	return false;
}

int
eal_dmabuf_gate_shut(uint32_t *ticket)
{
	bool first;
	int ret;

	rte_mcfg_mem_read_lock();
	*ticket = mem_config()->memseg_index.openings;
	first = !any_dmabuf();
	if (first)
		set_version(VERSION_WITH_DMABUFS);
	rte_mcfg_mem_read_unlock();
	if (!first)
		return 0;

	ret = eal_dmabuf_mp_ask_all();
	if (ret < 0) {
		rte_mcfg_mem_write_lock();
		eal_dmabuf_gate_open();
		rte_mcfg_mem_write_unlock();
	}
	return ret;
}

bool
eal_dmabuf_gate_is_shut(uint32_t ticket)
{
	return mem_config()->memseg_index.openings == ticket;
}

void
eal_dmabuf_gate_open(void)
{
	if (any_dmabuf())
		return;
	/* whoever is about to register the first one has to ask again */
	mem_config()->memseg_index.openings++;
	set_version(RTE_VERSION);
}
