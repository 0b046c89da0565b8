/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stddef.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_memory.h>

#include <eal_export.h>
#include "eal_private.h"
#include "eal_memcfg.h"

RTE_ATOMIC(uint64_t) eal_extmem_attached[RTE_MAX_MEMSEG_LISTS];

static void
set_attached(const struct rte_memseg_list *msl, uint64_t registration)
{
	rte_atomic_store_explicit(&eal_extmem_attached[eal_memseg_list_idx(msl)], registration,
		rte_memory_order_release);
}

int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (eal_memseg_list_va(&mcfg->memsegs[i]) != NULL)
			ret = func(&mcfg->memsegs[i], arg);
	}
	return ret;
}

/*
 * Processes may outlive the primary one and its memory configuration, and meet those of the next.
 * By the clock, the next one's numbers are others than those that they remember.
 */
static uint64_t
next_registration(struct eal_extmem *extmem)
{
	extmem->last_registration = RTE_MAX(extmem->last_registration + 1, rte_rdtsc());
	return extmem->last_registration;
}

void
eal_extmem_publish(struct rte_memseg_list *msl, const struct eal_extmem_dmabuf *dmabuf)
{
	struct eal_extmem_record *record = eal_extmem_record(msl);
	uint64_t registration = next_registration(&rte_config.mem_config->extmem);

	if (dmabuf != NULL) {
		/* who sees the list as a dma-buf's must also see that its last memory is gone */
		rte_atomic_thread_fence(rte_memory_order_release);
		record->va = eal_memseg_list_va(msl);
		record->socket_id = eal_memseg_list_socket_id(msl);
		record->id = dmabuf->id;
		msl->dmabuf_offset = dmabuf->offset;
		msl->dmabuf_fd = dmabuf->fd;
		msl->properties |= RTE_MEMSEG_LIST_DMABUF;
	}
	/* look-ups and getters take no lock: each finds complete what the next ones lead to */
	rte_atomic_store_explicit(&record->registration, registration, rte_memory_order_release);
	set_attached(msl, registration);
}

void
eal_extmem_withdraw(const struct rte_memseg_list *msl)
{
	set_attached(msl, 0);
	rte_atomic_store_explicit(&eal_extmem_record(msl)->registration, 0,
		rte_memory_order_release);
	/* before the list is cleared */
	rte_atomic_thread_fence(rte_memory_order_release);
}

void
eal_extmem_withdraw_memsegs(const struct rte_fbarray *arr)
{
	const struct rte_memseg_list *msl = eal_extmem_of_memsegs(arr);

	if (msl != NULL)
		eal_extmem_withdraw(msl);
}

int
eal_extmem_attach(struct rte_memseg_list *msl)
{
	if (rte_fbarray_attach(&msl->memseg_arr) < 0)
		return -1;
	set_attached(msl, eal_extmem_registration(eal_memseg_list_idx(msl)));
	return 0;
}

int
eal_extmem_detach(struct rte_memseg_list *msl)
{
	/* the memsegs of another list may be where its own were */
	if (!eal_extmem_is_attached(msl)) {
		rte_errno = ENOENT;
		return -1;
	}
	set_attached(msl, 0);
	if (rte_fbarray_detach(&msl->memseg_arr) == 0)
		return 0;
	set_attached(msl, eal_extmem_registration(eal_memseg_list_idx(msl)));
	return -1;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_va, 26.11)
void *
rte_memseg_list_get_va(const struct rte_memseg_list *msl)
{
	return eal_memseg_list_va(msl);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_socket_id, 26.11)
int
rte_memseg_list_get_socket_id(const struct rte_memseg_list *msl)
{
	return eal_memseg_list_socket_id(msl);
}
