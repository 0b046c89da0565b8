/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_EXTMEM_H
#define EAL_EXTMEM_H

/**
 * @file
 *
 * External memory: the record of each list, and which lists this process has attached. A process
 * that registered or attached external memory has its memsegs mapped; any other process finds the
 * list, but must not read its memsegs.
 *
 * Do not include this file: eal_memcfg.h does, behind struct rte_mem_config.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_memory.h>

#include "eal_private.h"
#include "eal_extmem_record.h"

extern struct rte_config rte_config;

/** The registrations that this process has attached, by list number. The others here are gone. */
extern RTE_ATOMIC(uint64_t) eal_extmem_attached[RTE_MAX_MEMSEG_LISTS];

/** The number of a list of the memory configuration; RTE_MAX_MEMSEG_LISTS for any other pointer. */
static inline unsigned int
eal_memseg_list_idx(const struct rte_memseg_list *msl)
{
	const struct rte_mem_config *mcfg = rte_config.mem_config;
	uintptr_t distance = (uintptr_t)msl - (uintptr_t)mcfg->memsegs;

	/* elsewhere, or within a list */
	if (distance >= sizeof(mcfg->memsegs) || distance % sizeof(*msl) != 0)
		return RTE_MAX_MEMSEG_LISTS;
	return distance / sizeof(*msl);
}

/** The record of a list of the memory configuration. */
static inline struct eal_extmem_record *
eal_extmem_record(const struct rte_memseg_list *msl)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;

	return &mcfg->extmem.record[msl - mcfg->memsegs];
}

/** The address of a list; NULL if it is not in use. */
static inline void *
eal_memseg_list_va(const struct rte_memseg_list *msl)
{
	if (unlikely(msl->properties & RTE_MEMSEG_LIST_DMABUF))
		return eal_extmem_record(msl)->va;
	return msl->base_va;
}

/** The socket of a list. */
static inline int
eal_memseg_list_socket_id(const struct rte_memseg_list *msl)
{
	if (unlikely(msl->properties & RTE_MEMSEG_LIST_DMABUF))
		return eal_extmem_record(msl)->socket_id;
	return msl->socket_id;
}

/** The number of the registration whose memory a list is; 0 if there is none. */
static inline uint64_t
eal_extmem_registration(unsigned int msl_idx)
{
	return rte_atomic_load_explicit(&rte_config.mem_config->extmem.record[msl_idx].registration,
		rte_memory_order_acquire);
}

/** That number, if this process has attached the list of external memory; 0 if it has not. */
static inline uint64_t
eal_extmem_attached_registration(unsigned int msl_idx)
{
	uint64_t registration = rte_atomic_load_explicit(&eal_extmem_attached[msl_idx],
			rte_memory_order_acquire);

	return registration == eal_extmem_registration(msl_idx) ? registration : 0;
}

/** Has this process attached a list of the memory configuration that is external memory? */
static inline bool
eal_extmem_is_attached(const struct rte_memseg_list *msl)
{
	return eal_extmem_attached_registration(msl - rte_config.mem_config->memsegs) != 0;
}

/**
 * May this process read the memsegs of a list? True for a copy of a list: its owner has to know.
 */
static inline bool
eal_memsegs_are_readable(const struct rte_memseg_list *msl)
{
	return likely((msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0) ||
		eal_memseg_list_idx(msl) == RTE_MAX_MEMSEG_LISTS || eal_extmem_is_attached(msl);
}

/** The list of external memory that has this fbarray; NULL if none has. */
static inline const struct rte_memseg_list *
eal_extmem_of_memsegs(const struct rte_fbarray *arr)
{
	const struct rte_memseg_list *msl =
			RTE_PTR_SUB(arr, offsetof(struct rte_memseg_list, memseg_arr));

	return eal_memseg_list_idx(msl) != RTE_MAX_MEMSEG_LISTS &&
		(msl->properties & RTE_MEMSEG_LIST_EXTERNAL) ? msl : NULL;
}

/** Is a list of the memory configuration free, and the one that a dma-buf is to have, if any? */
static inline bool
eal_extmem_may_take(const struct rte_memseg_list *msl, const struct eal_extmem_dmabuf *dmabuf)
{
	return eal_memseg_list_va(msl) == NULL &&
		(dmabuf == NULL || dmabuf->msl_idx == eal_memseg_list_idx(msl));
}

/**
 * rte_memseg_list_walk_thread_unsafe() that also visits lists that this process has not attached.
 */
int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg);

/**
 * Complete a new list of external memory, before anybody can find it.
 *
 * The caller holds the memory hotplug lock for writing. The process has attached the list from then
 * on.
 *
 * @param msl
 *   The list, with all members set as for memory that is no dma-buf.
 * @param dmabuf
 *   What makes it a dma-buf's, or NULL.
 */
void
eal_extmem_publish(struct rte_memseg_list *msl, const struct eal_extmem_dmabuf *dmabuf);

/**
 * End a list of external memory, when nobody finds it any more. It is cleared, and its memsegs
 * unmapped, next.
 *
 * The caller holds the memory hotplug lock for writing.
 */
void
eal_extmem_withdraw(const struct rte_memseg_list *msl);

/** eal_extmem_withdraw() of the list that has this fbarray, if any list has it. */
void
eal_extmem_withdraw_memsegs(const struct rte_fbarray *arr);

/**
 * Map the memsegs of memory that another process registered.
 *
 * The caller holds the memory hotplug lock.
 *
 * @return
 *   0, or -1 with rte_errno as rte_fbarray_attach() sets it.
 */
int
eal_extmem_attach(struct rte_memseg_list *msl);

/** Unmap them again; as rte_fbarray_detach(). */
int
eal_extmem_detach(struct rte_memseg_list *msl);

#endif /* EAL_EXTMEM_H */
