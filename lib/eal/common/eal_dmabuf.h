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
 * Record a descriptor that this process holds for a list, until eal_dmabuf_take_fd().
 *
 * The dmabuf_fd of a list that another process registered says nothing about this process.
 *
 * @return
 *   The descriptor that was recorded for a former registration, which is to be closed; -1 for none.
 */
int
eal_dmabuf_set_fd(const struct rte_memseg_list *msl, int fd);

/** Forget the descriptor that this process holds for a list, and return it; -1 if it has none. */
int
eal_dmabuf_take_fd(const struct rte_memseg_list *msl);

/**
 * Duplicate the descriptor that this process holds for a list.
 *
 * Takes no lock that is held while other processes are asked, so that they can ask this one.
 *
 * @return
 *   A descriptor, or -1 with rte_errno set: ENOENT if there is none for that registration, EMFILE.
 */
int
eal_dmabuf_dup_fd(unsigned int list, uint64_t registration);

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

/**
 * Move a descriptor to a higher number.
 *
 * @return
 *   The number, or -1 with rte_errno set to EMFILE. @p fd is closed in any case.
 */
int
eal_dmabuf_move_up(int fd);

/** Duplicate a descriptor; EMFILE if no number is free. */
int
eal_dmabuf_dup(int fd);

/**
 * Reserve the number of a descriptor for eal_dmabuf_place(); eal_dmabuf_close() gives it up.
 *
 * @return
 *   0, or -1 with rte_errno set: EBUSY if the number is in use, EMFILE if it is beyond what this
 *   process may have or no number is free.
 */
int
eal_dmabuf_reserve(int number);

/**
 * Give a descriptor from another process the reserved number. Closes @p fd in any case.
 *
 * @return
 *   0, or -1 with rte_errno set: EPROTO if it is not a dma-buf's.
 */
int
eal_dmabuf_place(int fd, int number);

/** Close what eal_dmabuf_open() returned; nothing for -1. */
void
eal_dmabuf_close(int fd);

/** Get the name of the driver that exports a dma-buf: "unknown" if the kernel does not say. */
void
eal_dmabuf_exporter(int fd, char name[EAL_DMABUF_EXPORTER_LEN]);

/** rte_extmem_attach() for a dma-buf. */
int
eal_dmabuf_attach(void *va_addr, size_t len);

#else /* dma-bufs are the Linux kernel's */

static inline int
eal_dmabuf_open(int fd, uint64_t *size)
{
	(void)fd;
	(void)size;
	rte_errno = ENOTSUP;
	return -1;
}

static inline int
eal_dmabuf_move_up(int fd)
{
	(void)fd;
	rte_errno = ENOTSUP;
	return -1;
}

static inline int
eal_dmabuf_dup(int fd)
{
	(void)fd;
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

static inline int
eal_dmabuf_attach(void *va_addr, size_t len)
{
	(void)va_addr;
	(void)len;
	rte_errno = ENOTSUP;
	return -1;
}

#endif

#endif /* EAL_DMABUF_H */
