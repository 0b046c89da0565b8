/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_MP_H
#define EAL_DMABUF_MP_H

/**
 * @file
 *
 * What processes ask each other about dma-bufs, over EAL's own IPC.
 *
 * No lock may be held by a caller of these functions: they wait for other processes, and the memory
 * hotplug lock is shared with those. What answers them never takes that lock.
 */

#include <stdint.h>

#ifdef RTE_EXEC_ENV_LINUX

/** Be ready to answer. Called once in each process. @return 0, or -1 with rte_errno set. */
int
eal_dmabuf_mp_init(void);

void
eal_dmabuf_mp_cleanup(void);

/**
 * Get a descriptor of a registered dma-buf from any process that has one.
 *
 * @return
 *   A descriptor of this process, or -1 with rte_errno set: ESRCH if no process has one,
 *   ECONNREFUSED if the primary process is gone, ETIMEDOUT if a process did not answer, ENOTSUP if
 *   there is no IPC, EMFILE if a process that was asked has no descriptor free.
 */
int
eal_dmabuf_mp_get_fd(unsigned int list, uint64_t registration);

/**
 * Make sure that all processes know dma-bufs.
 *
 * @return
 *   0, or -1 with rte_errno set and the reason logged: EBUSY if a process did not say so,
 *   ECONNREFUSED if the primary process is gone, ETIMEDOUT if it did not answer.
 */
int
eal_dmabuf_mp_ask_all(void);

#else /* dma-bufs are the Linux kernel's */

static inline int
eal_dmabuf_mp_init(void)
{
	return 0;
}

static inline void
eal_dmabuf_mp_cleanup(void)
{
}

static inline int
eal_dmabuf_mp_ask_all(void)
{
	return 0;
}

#endif

#endif /* EAL_DMABUF_MP_H */
