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
 * or attached them. Whoever reads memsegs of external memory asks it first.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
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

/** Room for lists in a copy of the index: a power of two, at least 128 because look-ups rely on it. */
#define EAL_MEMSEG_INDEX_SLOTS \
	(RTE_MAX_MEMSEG_LISTS <= 128 ? 128 : RTE_MAX_MEMSEG_LISTS <= 1024 ? 1024 : 8192)

/** The size of a copy: a power of two, so that one bit of the generation is the offset of a copy. */
#define EAL_MEMSEG_INDEX_STEP ((uintptr_t)EAL_MEMSEG_INDEX_SLOTS * 32)

/**
 * One copy of the index. What a look-up of an address in no list reads, or in the only list, is in
 * the first cache line.
 */
union eal_memseg_index_copy {
	struct {
		uintptr_t first; /**< The lowest address of any list. */
		uintptr_t span;  /**< From there to the end of the highest list. */
		uint32_t only;   /**< Where the list in use is if it is the only one, or 0. */
		uint32_t sorted; /**< n, but 0 if an address may be in two lists. */
		uint32_t n;      /**< Number of lists in use. */
		/** Where the lists are: bytes from the start of struct rte_mem_config. */
		uint32_t list[EAL_MEMSEG_INDEX_SLOTS];
		/** Their first addresses, ascending; UINTPTR_MAX in the slots not in use. */
		uintptr_t start[EAL_MEMSEG_INDEX_SLOTS];
		uintptr_t len[EAL_MEMSEG_INDEX_SLOTS]; /**< Their lengths. */
	};
	uint8_t bytes[EAL_MEMSEG_INDEX_STEP];
};

/** What a list of external memory itself can't hold. */
struct eal_memseg_index_external {
	void *va;      /**< base_va; only of a dma-buf's list. */
	int socket_id; /**< socket_id; only of a dma-buf's list. */
	uint64_t registration; /**< Tells two memories apart that had the list in turn. */
};

/** VA index; a member of struct rte_mem_config. All zeroes is an index of no lists. */
struct __rte_cache_aligned eal_memseg_index {
	/** Grows by EAL_MEMSEG_INDEX_STEP. That bit of it is the offset of the copy in use. */
	RTE_ATOMIC(uintptr_t) generation;
	RTE_ATOMIC(uintptr_t) ordinary;      /**< The lowest address of lists of ordinary memory. */
	RTE_ATOMIC(uintptr_t) ordinary_span; /**< To their highest end; 0 if others are between. */
	uint8_t pad[RTE_CACHE_LINE_SIZE - 3 * sizeof(uintptr_t)];
	union eal_memseg_index_copy copy[2];
	uint32_t openings; /**< How often the last dma-buf went; see eal_dmabuf_gate.h. */
	uint64_t last_registration;
	RTE_ATOMIC(uint32_t) last_process; /**< Of those that asked for a number. */
	struct eal_memseg_index_external external[RTE_MAX_MEMSEG_LISTS]; /**< By list number. */
};

/** The copy of the index that is in use at a generation, if the generation is the present one. */
static inline union eal_memseg_index_copy *
eal_memseg_index_in_use(const struct eal_memseg_index *index, uintptr_t generation)
{
	uintptr_t copies = (uintptr_t)index->copy;

	return (union eal_memseg_index_copy *)(copies + (generation & EAL_MEMSEG_INDEX_STEP));
}

/**
 * Is an address among those of ordinary memory? They were given out when the primary process started,
 * so this needs no lock. False does not mean that it is not.
 */
static inline bool
eal_memseg_index_is_ordinary(const struct eal_memseg_index *index, const void *addr)
{
	return (uintptr_t)addr - rte_atomic_load_explicit(&index->ordinary,
		rte_memory_order_relaxed) < rte_atomic_load_explicit(&index->ordinary_span,
		rte_memory_order_relaxed);
}

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

/**
 * Clear a list of which nothing is left, after taking it out of the index: at no time does a look-up
 * return a list that does not hold the address.
 */
void
eal_memseg_list_clear(struct rte_memseg_list *msl);

/**
 * The list that covers an address, the first one if there are several; NULL if none does. It is in
 * eal_memseg_index_find.h.
 */
struct rte_memseg_list *
eal_memseg_index_find(const void *addr);

/** The first list of a dma-buf that covers any address of a range; NULL if none does. */
struct rte_memseg_list *
eal_memseg_index_find_dmabuf(const void *addr, size_t len);

/**
 * A list that covers any address of a range; NULL if none does.
 *
 * Asks the lists: the index lacks those of a process that died in the midst of a change, or whose EAL
 * is unmodified.
 */
struct rte_memseg_list *
eal_memseg_list_find_overlap(const void *addr, size_t len);

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

/**
 * eal_memseg_find() for a list of external memory, which this process may not have mapped: apart, so
 * that it costs other lists nothing.
 */
struct rte_memseg *
eal_memseg_find_in_external(const void *addr, const struct rte_memseg_list *msl);

/** The memseg at a distance from the start of a list; NULL if the list ends before. */
static inline struct rte_memseg *
eal_memseg_at(const struct rte_memseg_list *msl, uintptr_t distance)
{
	const struct rte_fbarray *arr = &msl->memseg_arr;
	uintptr_t page;

	if (distance >= msl->len)
		return NULL;

	/* a page size is a power of two; a division would take longer than finding the list */
	page = distance >> rte_bsf64(msl->page_sz);
	if (unlikely(page >= arr->len))
		return NULL;
	return RTE_PTR_ADD(arr->data, page * sizeof(struct rte_memseg));
}

/**
 * The memseg of an address in a list; NULL if it is not in there, if this process has not mapped it,
 * or if there is no list.
 */
static inline struct rte_memseg *
eal_memseg_find(const void *addr, const struct rte_memseg_list *msl)
{
	if (msl == NULL)
		return NULL;
	/* every process has all others mapped for good */
	if (unlikely(msl->properties & RTE_MEMSEG_LIST_EXTERNAL))
		return eal_memseg_find_in_external(addr, msl);
	return eal_memseg_at(msl, (uintptr_t)addr - (uintptr_t)msl->base_va);
}

#endif /* EAL_MEMSEG_INDEX_H */
