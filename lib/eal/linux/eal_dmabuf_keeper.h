/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_KEEPER_H
#define EAL_DMABUF_KEEPER_H

/**
 * @file
 *
 * The keeper: the primary process has a descriptor of every registered dma-buf, whichever process
 * registered it, for the processes that attach it.
 *
 * eal_dmabuf_keeper_*() are what the keeper does, and for the primary process only. Each first
 * closes what is no longer registered. eal_dmabuf_mp_*() are for any process: they ask the keeper
 * by IPC, or call it.
 *
 * No lock may be held by the caller of any: they may close the last descriptor of a dma-buf, which
 * may take its exporter long, and a secondary process waits for the answer, usually 5 seconds at
 * most.
 */

#include <stdint.h>

/**
 * Keep a duplicate of the descriptor of a dma-buf.
 *
 * @return
 *   0, or -1 with rte_errno set: ENOENT if that registration is gone, EPROTO if it is of another
 *   dma-buf, EMFILE. If asked by IPC, also ECONNREFUSED: the primary process is gone; ETIMEDOUT: it
 *   did not answer; EAGAIN: it has not started yet; EPROTO: it answered with something else.
 */
int
eal_dmabuf_keeper_keep(unsigned int msl_idx, uint64_t registration, int fd);
int
eal_dmabuf_mp_keep(unsigned int msl_idx, uint64_t registration, int fd);

/**
 * Give a duplicate of what is kept.
 *
 * @return
 *   A descriptor, or -1 with rte_errno set: ENOENT if nothing is kept for that registration,
 *   EMFILE; and as above.
 */
int
eal_dmabuf_keeper_give(unsigned int msl_idx, uint64_t registration);
int
eal_dmabuf_mp_give(unsigned int msl_idx, uint64_t registration);

/** Close what is kept of memory that is no longer registered. There is no answer to wait for. */
void
eal_dmabuf_keeper_drop(void);
void
eal_dmabuf_mp_drop(void);

/** Get ready to be asked, in the primary process. @return 0, or -1 with rte_errno set. */
int
eal_dmabuf_mp_init(void);

/**
 * Close all that is kept. For the end of the process, after the end of its IPC thread, which may
 * have been cancelled with the keeper's mutex locked.
 */
void
eal_dmabuf_keeper_cleanup(void);

#endif /* EAL_DMABUF_KEEPER_H */
