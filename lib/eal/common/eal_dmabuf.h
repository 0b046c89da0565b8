/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_H
#define EAL_DMABUF_H

/**
 * @file
 *
 * dma-buf memseg lists inside EAL, and what the operating system knows of a dma-buf.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_errno.h>

struct rte_memseg_list;
struct rte_tel_data;

/** Space for the name of an exporter, with its terminating NUL. */
#define EAL_DMABUF_EXPORTER_LEN 64

/**
 * Unregister external memory: malloc_heap_destroy_external_seg() for any external list.
 *
 * @param msl
 *   The list.
 * @param dmabuf_fd
 *   Receives the descriptor to give to eal_dmabuf_close() once no lock is held, or -1.
 * @return
 *   0, or -1 with rte_errno set and nothing changed.
 */
int
eal_extmem_destroy(struct rte_memseg_list *msl, int *dmabuf_fd);

/** Close the descriptors that this process holds for dma-buf lists, registered or not. */
void
eal_dmabuf_cleanup(void);

/** Print a line for each list with properties. The caller holds the memory hotplug lock. */
void
eal_memseg_list_dump_properties(FILE *f);

/** Add what there is to know of the properties of a list to a telemetry dictionary. */
void
eal_memseg_list_tel_properties(struct rte_tel_data *d, unsigned int list);

#ifdef RTE_EXEC_ENV_LINUX

/**
 * Duplicate the descriptor of a dma-buf.
 *
 * The duplicate is closed on exec, and its number is high, where other processes are likely to have
 * the same number free.
 *
 * @param fd
 *   The descriptor.
 * @param size
 *   Receives the size of the dma-buf in bytes.
 * @return
 *   The duplicate, or -1 with rte_errno set to EBADF, EINVAL (not a dma-buf) or EMFILE, and the
 *   reason logged.
 */
int
eal_dmabuf_open(int fd, uint64_t *size);

/** Close what eal_dmabuf_open() returned; nothing for -1. */
void
eal_dmabuf_close(int fd);

/** Get the name of the driver that exports a dma-buf: "unknown" if the kernel does not say. */
void
eal_dmabuf_exporter(int fd, char name[EAL_DMABUF_EXPORTER_LEN]);

#else /* dma-bufs are the Linux kernel's */

static inline int
eal_dmabuf_open(int fd, uint64_t *size)
{
	(void)fd;
	(void)size;
	rte_errno = ENOTSUP;
	return -1;
}

static inline void
eal_dmabuf_close(int fd)
{
	(void)fd;
}

static inline void
eal_dmabuf_exporter(int fd, char name[EAL_DMABUF_EXPORTER_LEN])
{
	(void)fd;
	name[0] = '\0';
}

#endif

#endif /* EAL_DMABUF_H */
