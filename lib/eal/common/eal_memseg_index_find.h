/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/**
 * @file
 *
 * Look-up in the VA index. For eal_common_config.c alone, which includes it after its rte_config: so
 * the address of the memory configuration takes one load and no call.
 *
 * Nothing depends on the address looked up but the last branch: in a search, one branch that is
 * predicted wrong takes longer than all that is done here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "eal_memcfg.h"
#include "eal_memseg_index.h"

/* Of the lists that cover the address, the lists' own order decides, as it always did. */
static uint32_t
eal_memseg_index_search_overlaps(const union eal_memseg_index_copy *copy, uintptr_t addr)
{
	uint32_t list = 0;
	unsigned int i;

	for (i = 0; i < copy->n; i++) {
		if (addr - copy->start[i] < copy->len[i] && (list == 0 || copy->list[i] < list))
			list = copy->list[i];
	}
	return list;
}

/* How many of the three slots that quarter a range start at or before the address. */
static __rte_always_inline size_t
eal_memseg_index_quarter(const uintptr_t *slot, size_t quarter, uintptr_t addr)
{
	size_t n = 0;

	n += slot[quarter] <= addr;
	n += slot[2 * quarter] <= addr;
	n += slot[3 * quarter] <= addr;
	return n * quarter;
}

/* The slot of the last list that starts at or before the address; of several lists. */
static __rte_always_inline size_t
eal_memseg_index_search(const union eal_memseg_index_copy *copy, uint32_t n, uintptr_t addr)
{
	const uintptr_t *start = copy->start;
	size_t slot = 0, half;

	/* the first to be compared are as many as the lists; the branches depend on nothing else */
	if (n > 4) {
		if (n > 16) {
			if (n > 64) {
				for (half = EAL_MEMSEG_INDEX_SLOTS / 2; half >= 64; half /= 2)
					slot += (size_t)(start[slot + half] <= addr) * half;
			}
			slot += eal_memseg_index_quarter(start + slot, 16, addr);
		}
		slot += eal_memseg_index_quarter(start + slot, 4, addr);
	}
	return slot + eal_memseg_index_quarter(start + slot, 1, addr);
}

/* Look an address up once. False if there was a change meanwhile and the list found means nothing. */
static __rte_always_inline bool
eal_memseg_index_try(uintptr_t addr, struct rte_memseg_list **found)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;
	const struct eal_memseg_index *index = &mcfg->memseg_index;
	uintptr_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_acquire);
	const union eal_memseg_index_copy *copy = eal_memseg_index_in_use(index, generation);
	uint32_t list, n;
	size_t slot;

	*found = NULL;
	if (addr - copy->first < copy->span) {
		list = copy->only;
		n = copy->sorted;
		if (likely(list != 0)) {
			*found = RTE_PTR_ADD(mcfg, list);
		} else if (likely(n != 0)) {
			slot = eal_memseg_index_search(copy, n, addr);
			if (addr - copy->start[slot] < copy->len[slot])
				*found = RTE_PTR_ADD(mcfg, copy->list[slot]);
		} else {
			list = eal_memseg_index_search_overlaps(copy, addr);
			if (list != 0)
				*found = RTE_PTR_ADD(mcfg, list);
		}
	}

	/* what was read above must not be newer than the generation read below */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	return rte_atomic_load_explicit(&index->generation, rte_memory_order_relaxed) == generation;
}

/* apart, so that a look-up in peace, which is all but one in a billion, is short */
static __rte_noinline struct rte_memseg_list *
eal_memseg_index_retry(uintptr_t addr)
{
	struct rte_memseg_list *found;

	while (!eal_memseg_index_try(addr, &found))
		;
	return found;
}

struct rte_memseg_list *
eal_memseg_index_find(const void *va)
{
	struct rte_memseg_list *found;

	if (unlikely(!eal_memseg_index_try((uintptr_t)va, &found)))
		return eal_memseg_index_retry((uintptr_t)va);
	return found;
}
