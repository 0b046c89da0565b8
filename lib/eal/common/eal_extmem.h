/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_EXTMEM_H
#define EAL_EXTMEM_H

/**
 * @file
 *
 * External memory: the record of each list in the shared memory configuration, and which lists this
 * process has attached. A process that registered or attached external memory has its memsegs
 * mapped; any other process finds the list, but must not read its memsegs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_bitops.h>
#include <rte_branch_prediction.h>
#include <rte_config.h>
#include <rte_memory.h>
#include <rte_version.h>

#include "eal_dmabuf_compat.h"

/** Version of a memory configuration with this layout; no DPDK's, as its topmost byte is a year. */
#define EAL_EXTMEM_VERSION (RTE_VERSION | RTE_BIT32(31))
/** Changes whenever struct eal_extmem or struct eal_memseg_index does. */
#define EAL_EXTMEM_LAYOUT 1

/** What the kernel tells two dma-bufs apart by. */
struct eal_dmabuf_id {
	uint64_t inode;
	uint64_t size; /**< In bytes. */
};

/** What makes a list that of a dma-buf. */
struct eal_extmem_dmabuf {
	unsigned int msl_idx; /**< The list: its number decides on that of the descriptor. */
	int fd;               /**< This process's, with the number that it has in every process. */
	uint64_t offset;      /**< Where in the dma-buf the list starts, in bytes. */
	struct eal_dmabuf_id id;
};

/** What a list of external memory has no room for. */
struct eal_extmem_record {
	/** No other registration has this number. 0 if the list is not external, or not in use. */
	RTE_ATOMIC(uint64_t) registration __rte_aligned(8);
	void *va;                /**< Only of a dma-buf's list: its address, */
	int socket_id;           /**< its external socket, */
	struct eal_dmabuf_id id; /**< and the dma-buf. */
};

/**
 * A member of struct rte_mem_config, behind DPDK's own: layout is at the same place in any layout.
 */
struct eal_extmem {
	uint32_t layout; /**< EAL_EXTMEM_LAYOUT. */
	/** The descriptor of a dma-buf's list has this number plus the list's, in every process. */
	int fd_base;
	uint64_t last_registration;
	struct eal_extmem_record record[RTE_MAX_MEMSEG_LISTS]; /**< By list number. */
};

/** The number of a list of the memory configuration; RTE_MAX_MEMSEG_LISTS for any other pointer. */
unsigned int
eal_memseg_list_idx(const struct rte_memseg_list *msl);

/** The record of a list of the memory configuration. */
struct eal_extmem_record *
eal_extmem_record(const struct rte_memseg_list *msl);

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
uint64_t
eal_extmem_registration(unsigned int msl_idx);

/** Has this process attached a list of external memory? */
bool
eal_extmem_is_attached(const struct rte_memseg_list *msl);

/**
 * May this process read the memsegs of a list? True for a copy of a list: its owner has to know.
 */
static inline bool
eal_memsegs_are_readable(const struct rte_memseg_list *msl)
{
	return likely((msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0) ||
		eal_memseg_list_idx(msl) == RTE_MAX_MEMSEG_LISTS || eal_extmem_is_attached(msl);
}

/**
 * rte_memseg_list_walk_thread_unsafe() that also visits lists that this process has not attached.
 */
int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg);

/**
 * Complete a new list of external memory, and let everybody find it.
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
 * Let nobody find a list of external memory any more. It is cleared, and its memsegs unmapped,
 * next.
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

/** Unmap them again, and close this process's descriptor of a dma-buf; as rte_fbarray_detach(). */
int
eal_extmem_detach(struct rte_memseg_list *msl);

#endif /* EAL_EXTMEM_H */
