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

/* Does the copy in use say of a list what the list says of itself? */
static bool
up_to_date(const struct eal_memseg_index_copy *copy, unsigned int list, uintptr_t start,
		uintptr_t end)
{
	unsigned int i;

	for (i = 0; i < copy->n; i++) {
		if (copy->list[i] == list)
			return copy->start[i] == start && copy->end[i] == end;
	}
	return start == end;
}

static void
insert(struct eal_memseg_index_copy *copy, unsigned int list, uintptr_t start, uintptr_t end)
{
	unsigned int i;

	for (i = copy->n; i > 0 && copy->start[i - 1] > start; i--) {
		copy->list[i] = copy->list[i - 1];
		copy->start[i] = copy->start[i - 1];
		copy->end[i] = copy->end[i - 1];
	}
	copy->list[i] = list;
	copy->start[i] = start;
	copy->end[i] = end;
	copy->n++;
}

/* rte_extmem_register() lets external memory overlap; only then can one address be in two lists */
static bool
has_overlaps(const struct eal_memseg_index_copy *copy)
{
	unsigned int i;

	for (i = 1; i < copy->n; i++) {
		if (copy->start[i] < copy->end[i - 1])
			return true;
	}
	return false;
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

static void
update_index(const struct rte_memseg_list *msl, bool mapped)
{
	struct rte_mem_config *mcfg = mem_config();
	struct eal_memseg_index *index = &mcfg->memseg_index;
	uint32_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed);
	const struct eal_memseg_index_copy *old = &index->copy[generation & 1];
	struct eal_memseg_index_copy *new = &index->copy[(generation + 1) & 1];
	uintptr_t start = (uintptr_t)eal_memseg_list_va(msl);
	uintptr_t end = start == 0 ? 0 : start + msl->len;
	unsigned int list = msl - mcfg->memsegs;
	unsigned int i;

	if (up_to_date(old, list, start, end))
		return;

	if (start != end && (msl->properties & RTE_MEMSEG_LIST_EXTERNAL)) {
		index->external[list].registration = next_registration(index);
		eal_memseg_list_set_mapped(msl, mapped);
	}

	/* a look-up that reads what is written below must also see the last switch */
	rte_atomic_thread_fence(rte_memory_order_release);

	new->n = 0;
	for (i = 0; i < old->n; i++) {
		if (old->list[i] != list)
			insert(new, old->list[i], old->start[i], old->end[i]);
	}
	if (start != end)
		insert(new, list, start, end);
	new->overlaps = has_overlaps(new);

	rte_atomic_store_explicit(&index->generation, generation + 1, rte_memory_order_release);
}

void
eal_memseg_index_update(const struct rte_memseg_list *msl)
{
	update_index(msl, true);
	eal_memseg_list_set_mapped(msl, eal_memseg_list_va(msl) != NULL);
}

void
eal_memseg_index_adopt(const struct rte_memseg_list *msl)
{
	update_index(msl, false);
}

bool
eal_memseg_index_agrees(const struct rte_memseg_list *msl)
{
	struct eal_memseg_index *index = &mem_config()->memseg_index;
	uint32_t generation = rte_atomic_load_explicit(&index->generation,
			rte_memory_order_acquire);
	uintptr_t start = (uintptr_t)eal_memseg_list_va(msl);

	return up_to_date(&index->copy[generation & 1], eal_memseg_list_number(msl), start,
			start == 0 ? 0 : start + msl->len);
}

/* The place in the index of the last list that starts at or before the address, or 0. */
static unsigned int
last_start(const struct eal_memseg_index_copy *copy, uintptr_t addr)
{
	unsigned int i = 0, n = copy->n, half;

	while (n > 1) {
		half = n / 2;
		i += copy->start[i + half] <= addr ? half : 0;
		n -= half;
	}
	return i;
}

/* The number of a list that covers the address, or -1. */
static int
search(const struct eal_memseg_index_copy *copy, uintptr_t addr)
{
	unsigned int i, n = copy->n;
	int list = -1;

	if (n == 0)
		return -1;

	if (unlikely(copy->overlaps)) {
		/* the lists' own order decides, as it always did */
		for (i = 0; i < n; i++) {
			if (addr >= copy->start[i] && addr < copy->end[i] &&
					(list < 0 || copy->list[i] < list))
				list = copy->list[i];
		}
		return list;
	}

	i = last_start(copy, addr);
	return addr >= copy->start[i] && addr < copy->end[i] ? copy->list[i] : -1;
}

struct rte_memseg_list *
eal_memseg_index_find(const void *addr)
{
	struct rte_mem_config *mcfg = mem_config();
	struct eal_memseg_index *index = &mcfg->memseg_index;
	uint32_t generation;
	int list;

	do {
		generation = rte_atomic_load_explicit(&index->generation,
				rte_memory_order_acquire);
		list = search(&index->copy[generation & 1], (uintptr_t)addr);
		/* what was read above must not be newer than the generation read below */
		rte_atomic_thread_fence(rte_memory_order_acquire);
	} while (unlikely(rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed) != generation));

	return list < 0 ? NULL : &mcfg->memsegs[list];
}

/* The number of the first list of a dma-buf that has an address of the range, or -1. */
static int
search_dmabuf(const struct eal_memseg_index_copy *copy, const struct rte_memseg_list *memsegs,
		uintptr_t start, uintptr_t last)
{
	unsigned int i = copy->overlaps ? 0 : last_start(copy, start);

	for (; i < copy->n && copy->start[i] <= last; i++) {
		if (copy->end[i] > start &&
				(memsegs[copy->list[i]].properties & RTE_MEMSEG_LIST_DMABUF))
			return copy->list[i];
	}
	return -1;
}

struct rte_memseg_list *
eal_memseg_index_find_dmabuf(const void *addr, size_t len)
{
	struct rte_mem_config *mcfg = mem_config();
	struct eal_memseg_index *index = &mcfg->memseg_index;
	uintptr_t start = (uintptr_t)addr, last;
	uint32_t generation;
	int list;

	if (len == 0)
		return NULL;
	/* the range may go beyond the last address */
	last = len - 1 <= UINTPTR_MAX - start ? start + (len - 1) : UINTPTR_MAX;

	do { /* as in eal_memseg_index_find() */
		generation = rte_atomic_load_explicit(&index->generation,
				rte_memory_order_acquire);
		list = search_dmabuf(&index->copy[generation & 1], mcfg->memsegs, start, last);
		rte_atomic_thread_fence(rte_memory_order_acquire);
	} while (unlikely(rte_atomic_load_explicit(&index->generation,
			rte_memory_order_relaxed) != generation));

	return list < 0 ? NULL : &mcfg->memsegs[list];
}

struct rte_memseg_list *
eal_memseg_index_find_overlap(const void *addr, size_t len)
{
	struct rte_mem_config *mcfg = mem_config();
	struct eal_memseg_index *index = &mcfg->memseg_index;
	const struct eal_memseg_index_copy *copy;
	uintptr_t start = (uintptr_t)addr;
	struct rte_memseg_list *msl;
	unsigned int i;

	copy = &index->copy[rte_atomic_load_explicit(&index->generation,
			rte_memory_order_acquire) & 1];
	for (i = 0; i < copy->n; i++) {
		msl = &mcfg->memsegs[copy->list[i]];
		/* an unmodified EAL leaves the entry of what it unregistered */
		if (copy->start[i] < start + len && copy->end[i] > start &&
				copy->start[i] == (uintptr_t)eal_memseg_list_va(msl))
			return msl;
	}
	return NULL;
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
