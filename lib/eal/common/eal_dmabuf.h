/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_H
#define EAL_DMABUF_H

/**
 * @file
 *
 * Registering, attaching and unregistering dma-bufs. Only Linux has them.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include "eal_memcfg.h"
#include "malloc_heap.h"

/** A dma-buf that is unregistered: what is left to do without the memory hotplug lock. */
struct eal_dmabuf_gone {
	void *va;
	int error; /**< Why it could not be unregistered, or 0. */
};

/** Nothing is unregistered, or memory that is no dma-buf. */
#define EAL_DMABUF_NOT_GONE ((struct eal_dmabuf_gone){ 0 })

/** Print a line for each list of a dma-buf. Takes the memory hotplug lock for reading. */
void
eal_dmabuf_dump(FILE *f);

/** Is a list a dma-buf's? If so, sets rte_errno to ENOENT. */
static inline bool
eal_dmabuf_is_of_no_heap(const struct rte_memseg_list *msl)
{
	if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0)
		return false;
	rte_errno = ENOENT;
	return true;
}

/**
 * rte_memseg_get_fd() of a memseg in a dma-buf's list. The memory hotplug lock is held.
 *
 * @return
 *   The descriptor, or -1 with rte_errno set to ENOENT: this process has not attached the list.
 */
int
eal_dmabuf_memseg_fd(const struct rte_memseg_list *msl);

/**
 * rte_memseg_get_fd_offset() of one: where the memseg is in the dma-buf.
 *
 * @return
 *   0, or -1 with rte_errno set to ENOENT: this process has not attached the list; or EOVERFLOW:
 *   the offset is beyond what a size_t holds.
 */
int
eal_dmabuf_memseg_fd_offset(const struct rte_memseg_list *msl, const struct rte_memseg *ms,
		size_t *offset);

/** Unregister external memory that is no dma-buf. */
static inline int
eal_extmem_unregister_attached(struct rte_memseg_list *msl)
{
	if (eal_extmem_is_attached(msl))
		return malloc_heap_destroy_external_seg(msl);
	/* the memsegs of a dma-buf may be where its own were */
	rte_errno = ENOENT;
	return -1;
}

#ifdef RTE_EXEC_ENV_LINUX

/** rte_extmem_register_dmabuf() with arguments that are in their ranges. */
int
eal_dmabuf_register(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], size_t page_sz);

/** rte_extmem_attach() of a dma-buf. The memory hotplug lock is not held. */
int
eal_dmabuf_attach(void *va_addr, size_t len);

/** rte_extmem_detach() of memory of any kind, with the memory hotplug lock held. */
int
eal_dmabuf_detach(struct rte_memseg_list *msl);

/** rte_extmem_unregister() of memory of any kind, with the memory hotplug lock held for writing. */
int
eal_dmabuf_unregister(struct rte_memseg_list *msl, struct eal_dmabuf_gone *gone);

/** What is left to do of it without the lock. */
void
eal_dmabuf_unregistered(const struct eal_dmabuf_gone *gone);

/** Close all descriptors of dma-bufs that EAL has in this process. */
void
eal_dmabuf_cleanup(void);

#else

static inline int
eal_dmabuf_register(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], size_t page_sz)
{
	(void)va_addr;
	(void)len;
	(void)dmabuf_fd;
	(void)dmabuf_offset;
	(void)iova_addrs;
	(void)page_sz;
	rte_errno = ENOTSUP;
	return -1;
}

static inline int
eal_dmabuf_attach(void *va_addr, size_t len)
{
	(void)va_addr;
	(void)len;
	rte_errno = ENOTSUP;
	return -1;
}

static inline int
eal_dmabuf_detach(struct rte_memseg_list *msl)
{
	return eal_extmem_detach(msl);
}

static inline int
eal_dmabuf_unregister(struct rte_memseg_list *msl, struct eal_dmabuf_gone *gone)
{
	(void)gone;
	return eal_extmem_unregister_attached(msl);
}

static inline void
eal_dmabuf_unregistered(const struct eal_dmabuf_gone *gone)
{
	(void)gone;
}

static inline void
eal_dmabuf_cleanup(void)
{
}

#endif

#endif /* EAL_DMABUF_H */
