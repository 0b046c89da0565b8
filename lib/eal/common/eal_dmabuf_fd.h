/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_FD_H
#define EAL_DMABUF_FD_H

/**
 * @file
 *
 * What the kernel does with the descriptors of dma-bufs, and says of them. Only Linux has dma-bufs,
 * so elsewhere there never is a descriptor.
 */

#include <stdbool.h>
#include <stddef.h>

#include <rte_memory.h>

#include "eal_extmem_record.h"

#ifdef RTE_EXEC_ENV_LINUX

/** The first number for descriptors of lists: half of what this process may have, at most 4096. */
int
eal_dmabuf_fd_base(void);

/**
 * Duplicate a descriptor, close-on-exec.
 *
 * @return
 *   The duplicate, or -1 with rte_errno set: EBADF, EMFILE.
 */
int
eal_dmabuf_fd_dup(int fd);

/** Duplicate a descriptor as the number given. EBUSY: it is in use; EMFILE: it is not allowed. */
int
eal_dmabuf_fd_dup_as(int fd, int number);

/**
 * Find out which dma-buf a descriptor is of.
 *
 * @return
 *   0, or -1 with rte_errno set to EINVAL: it is not a dma-buf's.
 */
int
eal_dmabuf_fd_identify(int fd, struct eal_dmabuf_id *id);

/** Is this a descriptor of that dma-buf? */
bool
eal_dmabuf_fd_is_of(int fd, const struct eal_dmabuf_id *id);

/** Close a descriptor; nothing for -1. */
void
eal_dmabuf_fd_close(int fd);

/** Get the name of the driver that exports a dma-buf: "unknown" if the kernel does not say. */
void
eal_dmabuf_fd_exporter(int fd, char name[RTE_EXTMEM_DMABUF_EXPORTER_LEN]);

#else

static inline void
eal_dmabuf_fd_close(int fd)
{
	(void)fd;
}

static inline void
eal_dmabuf_fd_exporter(int fd, char name[RTE_EXTMEM_DMABUF_EXPORTER_LEN])
{
	(void)fd;
	name[0] = '\0';
}

#endif

/**
 * Tell drivers that what they registered at the addresses of a dma-buf's list is to go: this
 * process has the list no more, or has it from now on, and what they have there is of memory that
 * is gone.
 */
void
eal_dmabuf_tell_drivers(void *va, size_t len);

#endif /* EAL_DMABUF_FD_H */
