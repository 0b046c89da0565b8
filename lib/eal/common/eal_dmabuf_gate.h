/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_GATE_H
#define EAL_DMABUF_GATE_H

/**
 * @file
 *
 * Keep processes with an unmodified EAL apart from dma-bufs: such an EAL would take the offset in a
 * dma-buf's list for an address.
 *
 * While a dma-buf is registered, the version in the shared memory configuration is another than that
 * of the DPDK, so that the check that every EAL makes when it starts refuses unmodified ones. Before
 * the first dma-buf is registered, the processes that have started are asked whether they know what
 * one is.
 */

#include <stdbool.h>
#include <stdint.h>

/** Is this version of a shared memory configuration one for this EAL? */
bool
eal_dmabuf_gate_knows(uint32_t version);

/**
 * Is the file of the shared memory configuration as long as this EAL's?
 *
 * That of an unmodified primary process is shorter, and reading past its end is fatal.
 *
 * @return
 *   0, or -1 with the reason logged.
 */
int
eal_dmabuf_gate_check_config(int fd);

/**
 * Keep unmodified EALs out. No lock is held; this may wait for other processes.
 *
 * @param ticket
 *   Receives what eal_dmabuf_gate_is_shut() needs.
 * @return
 *   0, or -1 with rte_errno set: EBUSY if one is in, or what prevented that processes were asked.
 */
int
eal_dmabuf_gate_shut(uint32_t *ticket);

/** Are they still kept out? The caller holds the memory hotplug lock for writing. */
bool
eal_dmabuf_gate_is_shut(uint32_t ticket);

/** Let them in if no dma-buf is left. The caller holds the memory hotplug lock for writing. */
void
eal_dmabuf_gate_open(void);

#endif /* EAL_DMABUF_GATE_H */
