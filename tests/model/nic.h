/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef NIC_H
#define NIC_H

/* mlx5 with the model HCA of tests/hca: what rte_dev_dma_map() registers there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_device;

/* A memory region. */
struct nic_mr {
	uintptr_t va;
	size_t len;
	uint64_t offset;
	int fd;
};

/*
 * Install the model HCA, before EAL starts. Returns the option of EAL's that gives it to mlx5. Real: the HCA looks at
 * dma-bufs, and maps them, as the kernel does. Where libFuzzer runs this, there is none.
 */
const char *nic_install(bool real);
void nic_remove(void);
/* NULL if mlx5 does not have it. */
struct rte_device *nic(void);

/* The memory regions that mlx5 has, the last one first; returns how many there are. */
unsigned int nic_mrs(struct nic_mr *mrs, unsigned int max);
/* Those that have a key in mlx5's cache. */
unsigned int nic_cached(struct nic_mr *mrs, unsigned int max);
/* How many the HCA has, and the last one that it was given. */
unsigned int nic_registered(struct nic_mr *last);

#endif /* NIC_H */
