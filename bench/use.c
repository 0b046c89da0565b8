/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* What programs do with memory that is neither registered nor looked up, to see that it costs no more */

#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "bench.h"

#define PAIRS 4096
#define MBUFS 8191
#define HEAP_LEN ((size_t)RTE_PGSIZE_2M * 8)

static int
measure_pairs(const char *work, int socket, unsigned int samples)
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
			*slot = rte_malloc_socket(NULL, sizes[i % RTE_DIM(sizes)], 0, socket);
			if (*slot == NULL)
				return perf_fail(work);
		}
		perf_add(&result, start, PAIRS);
	}
	for (i = 0; i < RTE_DIM(held); i++)
		rte_free(held[i]);
	perf_print(work, PAIRS, "ns", &result);
	return 0;
}

int
bench_malloc(unsigned int samples)
{
	return measure_pairs("rte_malloc and rte_free", SOCKET_ID_ANY, samples);
}

int
bench_heap(unsigned int samples)
{
	void *area = aligned_alloc(RTE_PGSIZE_2M, HEAP_LEN);
	int ret;

	if (area == NULL || rte_malloc_heap_create("bench") < 0)
		return perf_fail("Creating a heap");
	if (rte_malloc_heap_memory_add("bench", area, HEAP_LEN, NULL, 0, RTE_PGSIZE_2M) < 0)
		return perf_fail("Adding memory to a heap");
	ret = measure_pairs("rte_malloc_socket and rte_free, external heap",
			rte_malloc_heap_get_socket("bench"), samples);
	if (ret == 0 && (rte_malloc_heap_memory_remove("bench", area, HEAP_LEN) < 0 ||
			rte_malloc_heap_destroy("bench") < 0))
		return perf_fail("Destroying a heap");
	free(area);
	return ret;
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
bench_hotplug(unsigned int mib, unsigned int samples)
{
	struct perf_samples result = {0};
	struct perf_clocks start;
	void *block;

	while (result.n < samples) {
		start = perf_now();
		block = rte_malloc(NULL, (size_t)mib << 20, RTE_PGSIZE_2M);
		if (block == NULL)
			return perf_fail("rte_malloc of hugepages");
		rte_free(block);
		perf_add(&result, start, 1000);
	}
	perf_print("hugepages come and go, for rte_malloc of MiB", mib, "us", &result);
	return 0;
}
