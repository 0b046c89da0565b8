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
 * The option of EAL's that gives it the device; real: of dma-bufs that the kernel made, the model HCA maps the
 * bytes.
 */
const char *nic_install(bool real);
void nic_remove(void);
/* NULL where libFuzzer runs this: there is none. */
struct rte_device *nic(void);

/* What mlx5 has, the last one first; returns how many there are. */
unsigned int nic_mrs(struct nic_mr *mrs, unsigned int max);
/* How many the HCA has, and the last one that it was given. */
unsigned int nic_registered(struct nic_mr *last);

#endif /* NIC_H */
