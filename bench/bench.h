/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef BENCH_H
#define BENCH_H

#include "extmem_dmabuf_perf.h"

/* A dma-buf that the kernel made, or a stand-in where it makes none: a memfd that ioctl() in this
 * program calls a dma-buf. It says so on stderr. */
struct perf_dmabuf bench_dmabuf(size_t len);

/* What programs do all day */
int bench_malloc(unsigned int samples);
int bench_mempool(unsigned int samples);
int bench_hotplug(size_t len, unsigned int samples);

/* Packets through a driver ("null", "ring", or "ports" for the first two that EAL found), with mbufs
 * in hugepages or in registered memory */
int bench_packets(const char *driver, bool registered, unsigned int samples);

/* Look-ups during changes, to see that none is wrong rather than what they cost */
int bench_stress(unsigned int seconds);

/* ---- the design with a side table, behind the same prototypes ---- */

void side_table_init(const struct rte_memseg_list *lists);
void side_table_set(const struct rte_memseg_list *msl, int fd, uint64_t offset);
int side_table_get_fd(const struct rte_memseg_list *msl);
int side_table_get_offset(const struct rte_memseg_list *msl, uint64_t *offset);

#endif /* BENCH_H */
