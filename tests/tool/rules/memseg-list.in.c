/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

struct rte_memseg_list {
	union {
		void *base_va;
		uint64_t number;
	};
	int socket_id; /* where */
	size_t len;
	unsigned int external; /* or not */
	unsigned int heap;
	int last;
};
