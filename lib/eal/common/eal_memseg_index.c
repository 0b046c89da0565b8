/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <stdbool.h>
#include <string.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>

#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"

/* Neither 0 nor a registration: an ordinary list, which every process maps for good. */
#define ORDINARY UINT64_C(1)

/* Whose memsegs this process has mapped, by list number: those of a registration, ORDINARY, or 0. */
static RTE_ATOMIC(uint64_t) mapped_lists[RTE_MAX_MEMSEG_LISTS];

static struct rte_mem_config *
mem_config(void)
{
	return rte_eal_get_configuration()->mem_config;
}

/* Where a list is, as the index has it: never 0 */
static uint32_t
offset_of(const struct rte_memseg_list *msl)
{
	return (uintptr_t)msl - (uintptr_t)mem_config();
}

/* Does the copy in use say of a list what the list says of itself? */
static bool
up_to_date(const union eal_memseg_index_copy *copy, uint32_t list, uintptr_t start, size_t len)
{
	unsigned int i;

	for (i = 0; i < copy->n; i++) {
		if (copy->list[i] == list)
			return copy->start[i] == start && copy->len[i] == len;
	}
	return len == 0;
}

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

/* Where ordinary memory is, with nothing else between */
static void
update_ordinary(struct eal_memseg_index *index, const union eal_memseg_index_copy *copy)
{
	const struct rte_memseg_list *msl;
	uintptr_t start = 0, end = 0;
	bool between = false;
	unsigned int i;

	for (i = 0; i < copy->n; i++) {
		msl = RTE_PTR_ADD(mem_config(), copy->list[i]);
		if (msl->properties & RTE_MEMSEG_LIST_EXTERNAL)
			continue;
		start = end == 0 ? copy->start[i] : start;
		end = RTE_MAX(end, copy->start[i] + copy->len[i]);
	}
	for (i = 0; i < copy->n; i++) {
		msl = RTE_PTR_ADD(mem_config(), copy->list[i]);
		between |= (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) &&
			copy->start[i] < end && copy->start[i] + copy->len[i] > start;
	}
	rte_atomic_store_explicit(&index->ordinary, start, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&index->ordinary_span, between ? 0 : end - start,
		rte_memory_order_relaxed);
}

/*
 * Processes may outlive the primary one and with it the index, and then meet the next primary
 * process's; the clock makes its numbers others than those that they remember.
 */
static uint64_t
next_registration(struct eal_memseg_index *index)
{
	index->last_registration = RTE_MAX(index->last_registration, ORDINARY) + 1;
	index->last_registration = RTE_MAX(index->last_registration, rte_rdtsc());
	return index->last_registration;
}

/* Make the index say that a list covers len bytes from start, or none. */
static void
update(const struct rte_memseg_list *msl, uintptr_t start, size_t len, bool mapped)
{
	struct eal_memseg_index *index = &mem_config()->memseg_index;
	uintptr_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed);
	const union eal_memseg_index_copy *old = eal_memseg_index_in_use(index, generation);
	union eal_memseg_index_copy *new;
	uint32_t list = offset_of(msl);
	unsigned int i;

	if (up_to_date(old, list, start, len))
		return;

	if (len != 0 && (msl->properties & RTE_MEMSEG_LIST_EXTERNAL)) {
		eal_memseg_index_external(msl)->registration = next_registration(index);
		eal_memseg_list_set_mapped(msl, mapped);
	}

	generation += EAL_MEMSEG_INDEX_STEP;
	new = eal_memseg_index_in_use(index, generation);

	/* a look-up that reads what is written below must also see the last switch */
	rte_atomic_thread_fence(rte_memory_order_release);

	new->n = 0;
	for (i = 0; i < old->n; i++) {
		if (old->list[i] != list)
			insert(new, old->list[i], old->start[i], old->len[i]);
	}
	if (len != 0)
		insert(new, list, start, len);
	finish(new);
	update_ordinary(index, new);

	rte_atomic_store_explicit(&index->generation, generation, rte_memory_order_release);
}

/* What the index ought to say of a list */
static size_t
len_of(const struct rte_memseg_list *msl)
{
	return eal_memseg_list_va(msl) == NULL ? 0 : msl->len;
}

void
eal_memseg_index_update(const struct rte_memseg_list *msl)
{
	size_t len = len_of(msl);

	update(msl, (uintptr_t)eal_memseg_list_va(msl), len, true);
	eal_memseg_list_set_mapped(msl, len != 0);
}

void
eal_memseg_index_adopt(const struct rte_memseg_list *msl)
{
	update(msl, (uintptr_t)eal_memseg_list_va(msl), len_of(msl), false);
}

void
eal_memseg_list_clear(struct rte_memseg_list *msl)
{
	update(msl, 0, 0, false);
	eal_memseg_list_set_mapped(msl, false);
	/* should the process die within the last statement, a dma-buf's list is free already */
	eal_memseg_index_external(msl)->va = NULL;
	memset(msl, 0, sizeof(*msl));
}

bool
eal_memseg_index_agrees(const struct rte_memseg_list *msl)
{
	struct eal_memseg_index *index = &mem_config()->memseg_index;
	uintptr_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_acquire);

	return up_to_date(eal_memseg_index_in_use(index, generation), offset_of(msl),
			(uintptr_t)eal_memseg_list_va(msl), len_of(msl));
}

/* The place in the index of the last list that starts at or before the address, or 0. */
static unsigned int
last_start(const union eal_memseg_index_copy *copy, uintptr_t addr)
{
	unsigned int i = 0, n = copy->n, half;

	while (n > 1) {
		half = n / 2;
		i += copy->start[i + half] <= addr ? half : 0;
		n -= half;
	}
	return i;
}

/* The first list of a dma-buf that has an address of the range, as the index has it, or 0. */
static uint32_t
search_dmabuf(const union eal_memseg_index_copy *copy, uintptr_t start, uintptr_t last)
{
	const struct rte_memseg_list *msl;
	unsigned int i;

	/* most memory is nowhere near */
	if (last < copy->first || (start >= copy->first && start - copy->first >= copy->span))
		return 0;

	i = copy->sorted == 0 ? 0 : last_start(copy, start);
	for (; i < copy->n && copy->start[i] <= last; i++) {
		msl = RTE_PTR_ADD(mem_config(), copy->list[i]);
		if (copy->start[i] + copy->len[i] > start &&
				(msl->properties & RTE_MEMSEG_LIST_DMABUF))
			return copy->list[i];
	}
	return 0;
}

struct rte_memseg_list *
eal_memseg_index_find_dmabuf(const void *addr, size_t len)
{
	const struct eal_memseg_index *index = &mem_config()->memseg_index;
	uintptr_t start = (uintptr_t)addr, last, generation;
	uint32_t list;

	if (len == 0)
		return NULL;
	/* the range may go beyond the last address */
	last = len - 1 <= UINTPTR_MAX - start ? start + (len - 1) : UINTPTR_MAX;

	do { /* as in eal_memseg_index_find() */
		generation = rte_atomic_load_explicit(&index->generation,
				rte_memory_order_acquire);
		list = search_dmabuf(eal_memseg_index_in_use(index, generation), start, last);
		rte_atomic_thread_fence(rte_memory_order_acquire);
	} while (unlikely(rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed) != generation));

	return list == 0 ? NULL : RTE_PTR_ADD(mem_config(), list);
}

unsigned int
eal_memseg_list_number(const struct rte_memseg_list *msl)
{
	return msl - mem_config()->memsegs;
}

uint32_t
eal_memseg_index_next_process(void)
{
	return rte_atomic_fetch_add_explicit(&mem_config()->memseg_index.last_process, 1,
		rte_memory_order_relaxed);
}

struct eal_memseg_index_external *
eal_memseg_index_external(const struct rte_memseg_list *msl)
{
	return &mem_config()->memseg_index.external[eal_memseg_list_number(msl)];
}

void
eal_memseg_list_set_mapped(const struct rte_memseg_list *msl, bool mapped)
{
	uint64_t value = 0;

	if (mapped)
		value = msl->properties & RTE_MEMSEG_LIST_EXTERNAL ?
			eal_memseg_index_external(msl)->registration : ORDINARY;
	rte_atomic_store_explicit(&mapped_lists[eal_memseg_list_number(msl)], value,
		rte_memory_order_release);
}

bool
eal_memseg_list_is_mapped(const struct rte_memseg_list *msl)
{
	struct rte_mem_config *mcfg = mem_config();
	uintptr_t list = ((uintptr_t)msl - (uintptr_t)mcfg->memsegs) / sizeof(*msl);
	uint64_t mapped;

	if (unlikely(list >= RTE_MAX_MEMSEG_LISTS))
		return true;
	mapped = rte_atomic_load_explicit(&mapped_lists[list], rte_memory_order_acquire);
	return mapped == ORDINARY || (mapped != 0 &&
		mapped == mcfg->memseg_index.external[list].registration);
}

struct rte_memseg_list *
eal_memseg_list_find_overlap(const void *addr, size_t len)
{
	struct rte_mem_config *mcfg = mem_config();
	uintptr_t start = (uintptr_t)addr, va;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		va = (uintptr_t)eal_memseg_list_va(&mcfg->memsegs[i]);
		if (va != 0 && va < start + len && va + mcfg->memsegs[i].len > start)
			return &mcfg->memsegs[i];
	}
	return NULL;
}

int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg)
{
	struct rte_mem_config *mcfg = mem_config();
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (eal_memseg_list_va(&mcfg->memsegs[i]) != NULL)
			ret = func(&mcfg->memsegs[i], arg);
	}
	return ret;
}

struct rte_memseg *
eal_memseg_find_in_external(const void *addr, const struct rte_memseg_list *msl)
{
	if (!eal_memseg_list_is_mapped(msl))
		return NULL;
	return eal_memseg_at(msl, (uintptr_t)addr - (uintptr_t)eal_memseg_list_va(msl));
}
