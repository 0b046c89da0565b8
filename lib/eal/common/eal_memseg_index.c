/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* See eal_memseg_index.h for the format and the rules of readers and writers. */

#include <assert.h>
#include <stdbool.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_memory.h>

#include "eal_private.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"

static_assert(sizeof(union eal_memseg_index_copy) == EAL_MEMSEG_INDEX_STEP,
	"one bit of the generation tells which copy is in use");
static_assert(offsetof(struct eal_memseg_index, copy) == RTE_CACHE_LINE_SIZE,
	"what a look-up reads first is in two cache lines");
static_assert(RTE_MAX_MEMSEG_LISTS <= EAL_MEMSEG_INDEX_SLOTS,
	"the VA index has no room for that many memseg lists");

static union eal_memseg_index_copy *
copy_in_use(const struct eal_memseg_index *index, uintptr_t generation)
{
	uintptr_t copies = (uintptr_t)index->copy;

	return (union eal_memseg_index_copy *)(copies + (generation & EAL_MEMSEG_INDEX_STEP));
}

/* ---- reading ---- */

/*
 * Nothing depends on the address looked up but the last branch: in a search, one branch that is
 * predicted wrong takes longer than all that is done here.
 */

/* Of the lists that cover the address, the first of all lists is found, as in any DPDK. */
static uint32_t
search_overlaps(const union eal_memseg_index_copy *copy, uintptr_t addr)
{
	uint32_t list = 0;
	unsigned int i;

	for (i = 0; i < copy->n; i++) {
		if (addr - copy->start[i] < copy->len[i] && (list == 0 || copy->list[i] < list))
			list = copy->list[i];
	}
	return list;
}

/* How many of the three slots that quarter a range start at or before the address? */
static __rte_always_inline size_t
search_quarters(const uintptr_t *slot, size_t quarter, uintptr_t addr)
{
	size_t n = 0;

	n += slot[quarter] <= addr;
	n += slot[2 * quarter] <= addr;
	n += slot[3 * quarter] <= addr;
	return n * quarter;
}

/* The slot of the last of n lists that starts at or before the address; 0 if none does. */
static __rte_always_inline size_t
search(const union eal_memseg_index_copy *copy, uint32_t n, uintptr_t addr)
{
	const uintptr_t *start = copy->start;
	size_t slot = 0, half;

	/* these branches depend on the number of lists only */
	if (n > 4) {
		if (n > 16) {
			if (n > 64) {
				for (half = EAL_MEMSEG_INDEX_SLOTS / 2; half >= 64; half /= 2)
					slot += (size_t)(start[slot + half] <= addr) * half;
			}
			slot += search_quarters(start + slot, 16, addr);
		}
		slot += search_quarters(start + slot, 4, addr);
	}
	return slot + search_quarters(start + slot, 1, addr);
}

static __rte_always_inline uintptr_t
begin_reading(const struct eal_memseg_index *index)
{
	return rte_atomic_load_explicit(&index->generation, rte_memory_order_acquire);
}

/* Was the index not written since begin_reading()? */
static __rte_always_inline bool
end_reading(const struct eal_memseg_index *index, uintptr_t generation)
{
	/* what was read before must not be newer than the generation read now */
	rte_atomic_thread_fence(rte_memory_order_acquire);
	return likely(rte_atomic_load_explicit(&index->generation,
		rte_memory_order_relaxed) == generation);
}

/* Look an address up once; false if the index was written meanwhile, and nothing was found out. */
static __rte_always_inline bool
try_to_find(uintptr_t addr, struct rte_memseg_list **found)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;
	const struct eal_memseg_index *index = &mcfg->memseg_index;
	uintptr_t generation = begin_reading(index);
	const union eal_memseg_index_copy *copy = copy_in_use(index, generation);
	uint32_t list, n;
	size_t slot;

	*found = NULL;
	if (addr - copy->first < copy->span) {
		list = copy->only;
		n = copy->sorted;
		if (likely(list != 0)) {
			*found = RTE_PTR_ADD(mcfg, list);
		} else if (likely(n != 0)) {
			slot = search(copy, n, addr);
			if (addr - copy->start[slot] < copy->len[slot])
				*found = RTE_PTR_ADD(mcfg, copy->list[slot]);
		} else {
			list = search_overlaps(copy, addr);
			if (list != 0)
				*found = RTE_PTR_ADD(mcfg, list);
		}
	}
	return end_reading(index, generation);
}

/* Slow path: the index changed during the look-up. */
static __rte_noinline struct rte_memseg_list *
find_again(uintptr_t addr)
{
	struct rte_memseg_list *found;

	while (!try_to_find(addr, &found))
		;
	return found;
}

struct rte_memseg_list *
eal_memseg_index_find(const void *addr)
{
	struct rte_memseg_list *found;

	if (unlikely(!try_to_find((uintptr_t)addr, &found)))
		return find_again((uintptr_t)addr);
	return found;
}

/* The first list that covers an address from start to last, as the index has it, or 0 */
static uint32_t
search_range(const union eal_memseg_index_copy *copy, uintptr_t start, uintptr_t last,
		unsigned int properties)
{
	const struct rte_memseg_list *msl;
	unsigned int i;

	/* most memory is nowhere near */
	if (last < copy->first || (start >= copy->first && start - copy->first >= copy->span))
		return 0;

	i = copy->sorted == 0 ? 0 : search(copy, copy->sorted, start);
	for (; i < copy->n && copy->start[i] <= last; i++) {
		msl = RTE_PTR_ADD(rte_config.mem_config, copy->list[i]);
		if (copy->start[i] + copy->len[i] > start &&
				(msl->properties & properties) == properties)
			return copy->list[i];
	}
	return 0;
}

struct rte_memseg_list *
eal_memseg_index_find_range(const void *addr, size_t len, unsigned int properties)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;
	const struct eal_memseg_index *index = &mcfg->memseg_index;
	uintptr_t start = (uintptr_t)addr, last, generation;
	uint32_t list;

	if (len == 0)
		return NULL;
	/* the range may go beyond the last address */
	last = len - 1 <= UINTPTR_MAX - start ? start + (len - 1) : UINTPTR_MAX;
	do {
		generation = begin_reading(index);
		list = search_range(copy_in_use(index, generation), start, last, properties);
	} while (!end_reading(index, generation));

	return list == 0 ? NULL : RTE_PTR_ADD(mcfg, list);
}

/* ---- writing ---- */

static void
insert(union eal_memseg_index_copy *copy, uint32_t list, uintptr_t start, size_t len)
{
	unsigned int i;

	for (i = copy->n; i > 0 && copy->start[i - 1] > start; i--) {
		copy->list[i] = copy->list[i - 1];
		copy->start[i] = copy->start[i - 1];
		copy->len[i] = copy->len[i - 1];
	}
	copy->list[i] = list;
	copy->start[i] = start;
	copy->len[i] = len;
	copy->n++;
}

/* What look-ups need beside the lists themselves */
static void
finish(union eal_memseg_index_copy *copy)
{
	uintptr_t end = 0;
	unsigned int i;

	copy->sorted = copy->n;
	for (i = 0; i < copy->n; i++) {
		/* rte_extmem_register() lets external memory overlap */
		if (copy->start[i] < end)
			copy->sorted = 0;
		end = RTE_MAX(end, copy->start[i] + copy->len[i]);
	}
	copy->first = copy->n == 0 ? 0 : copy->start[0];
	copy->span = end - copy->first;
	copy->only = copy->n == 1 ? copy->list[0] : 0;
	for (i = copy->n; i < EAL_MEMSEG_INDEX_SLOTS; i++)
		copy->start[i] = UINTPTR_MAX;
}

void
eal_memseg_index_write(const struct rte_memseg_list *except)
{
	struct rte_mem_config *mcfg = rte_config.mem_config;
	struct eal_memseg_index *index = &mcfg->memseg_index;
	uintptr_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed) + EAL_MEMSEG_INDEX_STEP;
	union eal_memseg_index_copy *copy = copy_in_use(index, generation);
	unsigned int i;

	/* a reader that sees what is written below must also see the last change of generation */
	rte_atomic_thread_fence(rte_memory_order_release);

	copy->n = 0;
	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		const struct rte_memseg_list *msl = &mcfg->memsegs[i];

		if (msl != except && eal_memseg_list_va(msl) != NULL)
			insert(copy, RTE_PTR_DIFF(msl, mcfg),
				(uintptr_t)eal_memseg_list_va(msl), msl->len);
	}
	finish(copy);

	rte_atomic_store_explicit(&index->generation, generation, rte_memory_order_release);
}

void
eal_memseg_index_withdraw_memsegs(const struct rte_fbarray *arr)
{
	const struct rte_memseg_list *msl = eal_extmem_of_memsegs(arr);

	if (msl != NULL)
		eal_memseg_index_write(msl);
}
