/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef DMABUF_RANGE_H
#define DMABUF_RANGE_H

/**
 * @file
 *
 * What verbs drivers do differently with the memory of a dma-buf, besides registering it.
 *
 * Nothing here takes the memory hotplug lock: see verbs_dmabuf.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_memory.h>

static inline bool
dmabuf_range_is_dmabuf(const struct rte_memseg_list *msl)
{
	return msl != NULL && (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
}

/**
 * Cut what rounding to pages of the system added before and after a dma-buf's list: the pages of
 * the list may be smaller.
 *
 * @param addr
 *   The address that was rounded.
 * @param start
 *   The start of the range.
 * @param end
 *   The address after its end.
 */
static inline void
dmabuf_range_clamp(uintptr_t addr, uintptr_t *start, uintptr_t *end)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list((void *)addr);
	uintptr_t va;

	if (likely(!dmabuf_range_is_dmabuf(msl)))
		return;
	va = (uintptr_t)rte_memseg_list_get_va(msl);
	*start = RTE_MAX(*start, va);
	*end = RTE_MIN(*end, va + msl->len);
}

/**
 * May two ranges become one? Not if they are of two lists and either is a dma-buf's: one memory
 * region is of one dma-buf.
 *
 * @param end
 *   The address after the first range.
 * @param start
 *   The start of the second range.
 */
static inline bool
dmabuf_range_may_merge(uintptr_t end, uintptr_t start)
{
	const struct rte_memseg_list *first, *second;

	if (end != start)
		return false;
	first = rte_mem_virt2memseg_list((void *)(end - 1));
	second = rte_mem_virt2memseg_list((void *)start);
	return first == second ||
		!(dmabuf_range_is_dmabuf(first) || dmabuf_range_is_dmabuf(second));
}

/**
 * Where to allocate what describes the memory of a list: near it, unless it is a dma-buf's, whose
 * socket has no heap.
 */
static inline int
dmabuf_range_heap_socket(const struct rte_memseg_list *msl)
{
	return dmabuf_range_is_dmabuf(msl) ? SOCKET_ID_ANY : rte_memseg_list_get_socket_id(msl);
}

#endif /* DMABUF_RANGE_H */
