/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_MEMSEG_INDEX_H
#define EAL_MEMSEG_INDEX_H

/**
 * @file
 *
 * VA index: which memseg list covers an address.
 *
 * The lists in use, sorted by address, in the shared memory configuration. A look-up reads nothing
 * else, so it needs neither the fbarray of a list, which a secondary process may not have mapped,
 * nor its base_va, which is no address in a dma-buf's list.
 *
 * Look-ups take no lock. There are two copies: a change writes the one that is not in use and then
 * switches, and a look-up that saw a switch starts over. A process that dies within a change leaves
 * the copy in use as it was.
 *
 * Beside it, in each process, is a record of the lists whose memsegs the process has mapped: it made
 * or attached them. Whoever reads memsegs asks it first.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_config.h>
#include <rte_memory.h>

#if __has_include(<rte_stdatomic.h>)
#include <rte_stdatomic.h>
#else /* DPDK before 23.11 */
#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_memory_order_seq_cst __ATOMIC_SEQ_CST
#define rte_atomic_fetch_add_explicit __atomic_fetch_add
#define rte_atomic_load_explicit __atomic_load_n
#define rte_atomic_store_explicit __atomic_store_n
#endif

/** One copy of the index. */
struct eal_memseg_index_copy {
	uint16_t n;        /**< Number of lists in use. */
	uint16_t overlaps; /**< Not 0 if an address may be in two of them. */
	uint16_t list[RTE_MAX_MEMSEG_LISTS];   /**< Their numbers, by start address. */
	uintptr_t start[RTE_MAX_MEMSEG_LISTS]; /**< Their first addresses, ascending. */
	uintptr_t end[RTE_MAX_MEMSEG_LISTS];   /**< The addresses after their last. */
};

/** What a list of external memory itself can't hold. */
struct eal_memseg_index_external {
	void *va;      /**< base_va; only of a dma-buf's list. */
	int socket_id; /**< socket_id; only of a dma-buf's list. */
	uint64_t registration; /**< Tells two memories apart that had the list in turn. */
};

/** VA index; a member of struct rte_mem_config. All zeroes is an index of no lists. */
struct eal_memseg_index {
	RTE_ATOMIC(uint32_t) generation; /**< Bit 0 tells the copy in use. */
	struct eal_memseg_index_copy copy[2];
	uint32_t openings; /**< How often the last dma-buf went; see eal_dmabuf_gate.h. */
	uint64_t last_registration;
	RTE_ATOMIC(uint32_t) last_process; /**< Of those that asked for a number. */
	struct eal_memseg_index_external external[RTE_MAX_MEMSEG_LISTS]; /**< By list number. */
};

/**
 * Make the index agree with a list that starts or ceases to cover addresses. The calling process has
 * mapped its memsegs, or unmapped them.
 *
 * Does not change the index if they agree, as they do whenever a secondary process that initializes
 * calls this: it holds the memory hotplug lock for reading only. Any other caller holds it for
 * writing, or is the primary process in its initialization.
 */
void
eal_memseg_index_update(const struct rte_memseg_list *msl);

/** Make the index agree with a list whose memsegs this process has not mapped. */
void
eal_memseg_index_adopt(const struct rte_memseg_list *msl);

/** Does the index agree with a list? The caller holds the memory hotplug lock. */
bool
eal_memseg_index_agrees(const struct rte_memseg_list *msl);

/** Record that this process mapped the memsegs of a list, or is about to unmap them. */
void
eal_memseg_list_set_mapped(const struct rte_memseg_list *msl, bool mapped);

/** rte_memseg_list_walk_thread_unsafe() that also visits lists whose memsegs are not mapped. */
int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg);

/** The list that covers an address, the first one if there are several; NULL if none does. */
struct rte_memseg_list *
eal_memseg_index_find(const void *addr);

/** The first list of a dma-buf that covers any address of a range; NULL if none does. */
struct rte_memseg_list *
eal_memseg_index_find_dmabuf(const void *addr, size_t len);

/** A list that covers any address of a range; NULL if none does. */
struct rte_memseg_list *
eal_memseg_index_find_overlap(const void *addr, size_t len);

/** The number of a list of this process's memory configuration. */
unsigned int
eal_memseg_list_number(const struct rte_memseg_list *msl);

/** A number that no other process of this memory configuration has. */
uint32_t
eal_memseg_index_next_process(void);

/** What belongs to a list of external memory and has no room in it. */
struct eal_memseg_index_external *
eal_memseg_index_external(const struct rte_memseg_list *msl);

/**
 * Has this process mapped the memsegs of a list?
 *
 * Needs no lock: what it reads of a list that is not mapped is this process's own. True for a copy
 * of a list, of which the caller has to know.
 */
bool
eal_memseg_list_is_mapped(const struct rte_memseg_list *msl);

/** Where a list starts; NULL if it is not in use. */
static inline void *
eal_memseg_list_va(const struct rte_memseg_list *msl)
{
	if (unlikely(msl->properties & RTE_MEMSEG_LIST_DMABUF))
		return eal_memseg_index_external(msl)->va;
	return msl->base_va;
}

/** The socket of a list. */
static inline int
eal_memseg_list_socket_id(const struct rte_memseg_list *msl)
{
	if (unlikely(msl->properties & RTE_MEMSEG_LIST_DMABUF))
		return eal_memseg_index_external(msl)->socket_id;
	return msl->socket_id;
}

#endif /* EAL_MEMSEG_INDEX_H */
