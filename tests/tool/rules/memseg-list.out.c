/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list {
	union {
		/** Where in its dma-buf the list starts; only of a dma-buf's list. */
		uint64_t dmabuf_offset;
		void *base_va;
		uint64_t number;
	};
	union {
		/** Descriptor that EAL keeps; only of a dma-buf's list. */
		int dmabuf_fd;
		int socket_id;
	}; /* where */
	size_t len;
	union {
		/** RTE_MEMSEG_LIST_EXTERNAL and RTE_MEMSEG_LIST_DMABUF bits. */
		unsigned int properties;
		/** Former name of properties. */
		unsigned int external __rte_external_deprecated;
	};
	unsigned int heap;
	int last;
};
