/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef _SLICE_H_
#define _SLICE_H_

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_memory.h>

#include "demo.h"

/* A registered range of a dma-buf: a memseg list and the pool in it. */
struct slice {
	unsigned int buffer, number; /* UDMABUF, DMA_HEAP or BAR, and which of its slices */
	const char *exporter;
	struct rte_device *device; /* that DMA maps are made for */
	const char *route;
	uint8_t *va;
	const struct rte_memseg_list *msl;
	int fd;
	rte_iova_t iovas[SLICE_PAGES];
	/* Runs of pages whose IO addresses follow on each other. */
	struct rte_pktmbuf_extmem runs[SLICE_PAGES];
	unsigned int n_runs;
	bool dma_mapped;
	struct rte_mempool *pool;
};

int slice_open(struct slice *s, const struct buffer *buf);
int slice_create_pool(struct slice *s);
int slice_describe(const struct slice *s, struct list_info *info);
int slice_place(const struct slice *s, const struct rte_mbuf *m, struct packet_place *place);
void slice_close(struct slice *s);

#endif /* _SLICE_H_ */
