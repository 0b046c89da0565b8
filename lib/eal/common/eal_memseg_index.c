/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <stdbool.h>
#include <string.h>

#include <rte_atomic.h>
#include <rte_eal.h>

#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"

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

void
eal_memseg_index_update(const struct rte_memseg_list *msl)
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

/* The number of a list that covers the address, or -1. */
static int
search(const struct eal_memseg_index_copy *copy, uintptr_t addr)
{
	unsigned int i = 0, n = copy->n, half;
	int list = -1;

	if (n == 0)
		return -1;

	if (unlikely(copy->overlaps)) {
		/* the lists' own order decides, as it always did */
		for (; i < n; i++) {
			if (addr >= copy->start[i] && addr < copy->end[i] &&
					(list < 0 || copy->list[i] < list))
				list = copy->list[i];
		}
		return list;
	}

	/* the last list that starts at or before the address */
	while (n > 1) {
		half = n / 2;
		i += copy->start[i + half] <= addr ? half : 0;
		n -= half;
	}
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

struct rte_memseg_list *
eal_memseg_index_find_overlap(const void *addr, size_t len)
{
	struct rte_mem_config *mcfg = mem_config();
	struct eal_memseg_index *index = &mcfg->memseg_index;
	const struct eal_memseg_index_copy *copy;
	uintptr_t start = (uintptr_t)addr;
	unsigned int i;

	copy = &index->copy[rte_atomic_load_explicit(&index->generation,
			rte_memory_order_acquire) & 1];
	for (i = 0; i < copy->n; i++) {
		if (copy->start[i] < start + len && copy->end[i] > start)
			return &mcfg->memsegs[copy->list[i]];
	}
	return NULL;
}

struct eal_memseg_index_dmabuf *
eal_memseg_index_dmabuf(const struct rte_memseg_list *msl)
{
	struct rte_mem_config *mcfg = mem_config();

	return &mcfg->memseg_index.dmabuf[msl - mcfg->memsegs];
}
