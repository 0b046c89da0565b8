/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef BENCH_H
#define BENCH_H

#include "extmem_dmabuf_perf.h"

/* The descriptor of a dma-buf that the kernel made, or of a stand-in where it makes none: a memfd that
 * this program calls a dma-buf when EAL asks the kernel. It says so on stderr. -1 if that fails. */
int bench_dmabuf(size_t len);

/* What programs do all day */
int bench_malloc(unsigned int samples);
int bench_heap(unsigned int samples);
int bench_mempool(unsigned int samples);
int bench_hotplug(unsigned int mib, unsigned int samples);

/* Packets from the first port that EAL found to the second, or to itself if it is the only one, with
 * mbufs in hugepages or in registered memory */
int bench_packets(unsigned int registered, unsigned int samples);

/* Look-ups during changes, to see that none is wrong rather than what they cost */
int bench_stress(unsigned int seconds);

/* ---- the design with a side table, behind the same prototypes ---- */

void side_table_init(const struct rte_memseg_list *lists);
void side_table_set(const struct rte_memseg_list *msl, int fd, uint64_t offset);
int side_table_get_fd(const struct rte_memseg_list *msl);
int side_table_get_offset(const struct rte_memseg_list *msl, uint64_t *offset);

#endif /* BENCH_H */
