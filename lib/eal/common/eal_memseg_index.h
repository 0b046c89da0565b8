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
 * Format: the lists in use, sorted by address, in the shared memory configuration. There are two
 * copies, and a generation: one bit of it tells which copy is in use. All zeroes is an index of no
 * lists.
 *
 * A reader takes no lock. It reads the generation, then the copy in use, then the generation again.
 * If that is another, the copy may have been written meanwhile, so the reader starts over. It reads
 * nothing of a list but its properties, and these only to find one of a range: a list's fbarray may
 * not be mapped, and base_va may be no address.
 *
 * A writer holds the memory hotplug lock for writing, or is the primary process in its
 * initialization. It writes the copy that is not in use, whole, and then changes the generation. If
 * it dies before that, the copy in use is as it was.
 */

#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>
#include <rte_stdatomic.h>

struct rte_fbarray;
struct rte_memseg_list;

/** Room for lists in a copy: a power of two, at least 128 because look-ups rely on it. */
#define EAL_MEMSEG_INDEX_SLOTS \
	(RTE_MAX_MEMSEG_LISTS <= 128 ? 128 : RTE_MAX_MEMSEG_LISTS <= 1024 ? 1024 : 8192)

/**
 * The size of a copy: a power of two, so that one bit of the generation is the offset of a copy.
 */
#define EAL_MEMSEG_INDEX_STEP ((uintptr_t)EAL_MEMSEG_INDEX_SLOTS * 32)

/**
 * One copy of the index. The first cache line is enough to look up an address in no list, or in the
 * only list.
 */
union eal_memseg_index_copy {
	struct {
		uintptr_t first; /**< The lowest address of any list. */
		uintptr_t span;  /**< From there to the end of the highest list, in bytes. */
		uint32_t only;   /**< Where the list is, if it is the only one; or 0. */
		uint32_t sorted; /**< n, but 0 if an address may be in two lists. */
		uint32_t n;      /**< Number of lists in use. */
		/** Where the lists are: bytes from the start of struct rte_mem_config. */
		uint32_t list[EAL_MEMSEG_INDEX_SLOTS];
		/** Their first addresses, ascending; UINTPTR_MAX in the slots not in use. */
		uintptr_t start[EAL_MEMSEG_INDEX_SLOTS];
		uintptr_t len[EAL_MEMSEG_INDEX_SLOTS]; /**< Their lengths in bytes. */
	};
	uint8_t bytes[EAL_MEMSEG_INDEX_STEP];
};

/** VA index; a member of struct rte_mem_config. */
struct __rte_cache_aligned eal_memseg_index {
	/** Grows by EAL_MEMSEG_INDEX_STEP. That bit of it is the offset of the copy in use. */
	RTE_ATOMIC(uintptr_t) generation;
	uint8_t pad[RTE_CACHE_LINE_SIZE - sizeof(uintptr_t)];
	union eal_memseg_index_copy copy[2];
};

/**
 * Write the index anew, from the lists that are in use. For writers: see above.
 *
 * @param except
 *   A list to leave out, which is about to be cleared; or NULL.
 */
void
eal_memseg_index_write(const struct rte_memseg_list *except);

/** The same without the list of external memory that has this fbarray, if any has it. */
void
eal_memseg_index_withdraw_memsegs(const struct rte_fbarray *arr);

/** Find the list that covers an address, the first one if there are several; NULL if none does. */
struct rte_memseg_list *
eal_memseg_index_find(const void *addr);

/**
 * Find the list with the lowest address that covers any address of a range; NULL if none does.
 *
 * @param properties
 *   Bits that the list must have.
 */
struct rte_memseg_list *
eal_memseg_index_find_range(const void *addr, size_t len, unsigned int properties);

#endif /* EAL_MEMSEG_INDEX_H */
