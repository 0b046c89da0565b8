/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_EXTMEM_RECORD_H
#define EAL_EXTMEM_RECORD_H

/**
 * @file
 *
 * What the shared memory configuration has of each list of external memory.
 */

#include <stdint.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_config.h>
#include <rte_stdatomic.h>
#include <rte_version.h>

/** Version of a memory configuration with this layout; no DPDK's, as its topmost byte is a year. */
#define EAL_EXTMEM_VERSION (RTE_VERSION | RTE_BIT32(31))
/** Changes whenever struct eal_extmem or struct eal_memseg_index does. */
#define EAL_EXTMEM_LAYOUT 1

/** What the kernel tells two dma-bufs apart by. */
struct eal_dmabuf_id {
	uint64_t inode;
	uint64_t size; /**< In bytes. */
};

/** What makes a list that of a dma-buf. */
struct eal_extmem_dmabuf {
	unsigned int msl_idx; /**< The list: its number decides on that of the descriptor. */
	int fd;               /**< This process's, with the number that it has in every process. */
	uint64_t offset;      /**< Where in the dma-buf the list starts, in bytes. */
	struct eal_dmabuf_id id;
};

/** What a list of external memory has no room for. */
struct __rte_aligned(8) eal_extmem_record {
	/** No other registration has this number. 0 if the list is not external, or not in use. */
	RTE_ATOMIC(uint64_t) registration;
	void *va;                /**< Only of a dma-buf's list: its address, */
	int socket_id;           /**< its external socket, */
	struct eal_dmabuf_id id; /**< and the dma-buf. */
};

/**
 * A member of struct rte_mem_config, behind DPDK's own: layout is at the same place in any layout.
 */
struct eal_extmem {
	uint32_t layout; /**< EAL_EXTMEM_LAYOUT. */
	/** The descriptor of a dma-buf's list has this number plus the list's, in every process. */
	int fd_base;
	uint64_t last_registration;
	struct eal_extmem_record record[RTE_MAX_MEMSEG_LISTS]; /**< By list number. */
};

#endif /* EAL_EXTMEM_RECORD_H */
