/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* What programs do with memory that is neither registered nor looked up, to see that it costs no more */

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "bench.h"

#define PAIRS 4096
#define MBUFS 8191

int
bench_malloc(unsigned int samples)
{
	static const size_t sizes[] = { 64, 512, 4096 };
	struct perf_samples result = {0};
	struct perf_clocks start;
	void *held[64] = {0};
	unsigned int i;

	while (result.n < samples) {
		start = perf_now();
		for (i = 0; i < PAIRS; i++) {
			void **slot = &held[i % RTE_DIM(held)];

			rte_free(*slot);
			*slot = rte_malloc(NULL, sizes[i % RTE_DIM(sizes)], 0);
			if (*slot == NULL)
				return perf_fail("rte_malloc");
		}
		perf_add(&result, start, PAIRS);
	}
	for (i = 0; i < RTE_DIM(held); i++)
		rte_free(held[i]);
	perf_print("rte_malloc and rte_free", PAIRS, "ns", &result);
	return 0;
}

int
bench_mempool(unsigned int samples)
{
	struct perf_samples result = {0};
	struct perf_clocks start;
	struct rte_mempool *pool;

	while (result.n < samples) {
		start = perf_now();
		pool = rte_pktmbuf_pool_create("bench", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				SOCKET_ID_ANY);
		if (pool == NULL)
			return perf_fail("rte_pktmbuf_pool_create");
		rte_mempool_free(pool);
		perf_add(&result, start, 1000);
	}
	perf_print("rte_pktmbuf_pool_create and rte_mempool_free", MBUFS, "us", &result);
	return 0;
}

int
bench_hotplug(size_t len, unsigned int samples)
{
	struct perf_samples result = {0};
	struct perf_clocks start;
	void *block;

	while (result.n < samples) {
		start = perf_now();
		block = rte_malloc(NULL, len, RTE_PGSIZE_2M);
		if (block == NULL)
			return perf_fail("rte_malloc of hugepages");
		rte_free(block);
		perf_add(&result, start, 1000);
	}
	perf_print("hugepages come and go, for rte_malloc of MiB", len >> 20, "us", &result);
	return 0;
}
