/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_EXTMEM_H
#define EAL_EXTMEM_H

/**
 * @file
 *
 * External memory in several processes. Its memsegs are in an fbarray that a process has mapped if
 * it registered or attached the memory; any other process finds the list, but no memseg.
 */

#include <stdbool.h>
#include <stddef.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_config.h>

#include "malloc_heap.h"

struct rte_malloc_socket_stats;
struct rte_memseg_list;

/**
 * One thread of a process at a time makes, maps or unmaps memsegs of external memory. Taken before the
 * memory hotplug lock, so that no thread that has that one waits for another that makes a file.
 */
void
eal_extmem_lock(void);

void
eal_extmem_unlock(void);

/** rte_extmem_attach() for memory of any kind. */
int
eal_extmem_attach(void *va_addr, size_t len);

/** rte_extmem_detach() for memory of any kind. */
int
eal_extmem_detach(void *va_addr, size_t len);

/** rte_extmem_unregister() for memory of any kind. */
int
eal_extmem_unregister(void *va_addr, size_t len);

/**
 * Enter external memory in the VA index that a process with an unmodified EAL registered, which knows
 * of no index. No lock is held.
 */
void
eal_extmem_adopt(void *va_addr, size_t len);

/**
 * Map the memsegs of external memory, but not of a dma-buf, that another process registered.
 *
 * The caller holds the memory hotplug lock.
 *
 * @return
 *   0, or -1 with rte_errno set: EEXIST if they are mapped already.
 */
int
eal_extmem_map(struct rte_memseg_list *msl);

/** Unmap them; ENOENT if they are not mapped. The caller holds the memory hotplug lock. */
int
eal_extmem_unmap(struct rte_memseg_list *msl);

/**
 * May memory be attached or detached as a heap's? The caller holds the memory hotplug lock.
 *
 * @return
 *   0, or -1 with rte_errno set: EINVAL for a dma-buf, EEXIST if it is attached already, ENOENT if it
 *   is not.
 */
int
eal_extmem_check_of_heap(const struct rte_memseg_list *msl, bool attach);

/**
 * Where a process starts to put the memsegs that it makes when it runs; NULL for anywhere.
 *
 * The primary process has a base address from its start, and others map what is there, too.
 */
void *
eal_extmem_base_addr(void);

/** Has EAL of this process been initialized, so that it makes memsegs of external memory only? */
bool
eal_extmem_init_is_complete(void);

/** eal_heap_is_mapped() for a heap of external memory. */
bool
eal_external_heap_is_mapped(const struct malloc_heap *heap);

/**
 * Has this process attached all external memory of a heap, whose elements are in that memory? The
 * caller holds the heap's lock, or the memory hotplug lock.
 */
static inline bool
eal_heap_is_mapped(const struct malloc_heap *heap)
{
	return likely(heap->socket_id < RTE_MAX_NUMA_NODES) || eal_external_heap_is_mapped(heap);
}

/** Statistics of a heap that is not mapped: it looks full, since nothing can be allocated here. */
void
eal_heap_get_stats_unmapped(const struct malloc_heap *heap,
		struct rte_malloc_socket_stats *socket_stats);

/**
 * rte_malloc_virt2iova() that does not read what is before the address, which may be in memory that
 * this process has not attached.
 */
rte_iova_t
eal_malloc_virt2iova(const void *addr);

#endif /* EAL_EXTMEM_H */
