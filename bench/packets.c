/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Packets with mbufs in hugepages, or in registered memory of the same kind */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "bench.h"

#define MBUFS 4095
#define BURST 32
#define DESCRIPTORS 512
#define LEN 60
#define BURSTS 20000 /* of a sample */
#define AREA ((size_t)RTE_PGSIZE_2M * 8) /* more than the mbufs of a pool need */

static void *
register_area(void)
{
	void *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);

	if (area == MAP_FAILED) {
		rte_errno = errno;
		perf_fail("Mapping hugepages");
		return NULL;
	}
	return rte_extmem_register(area, AREA, NULL, 0, RTE_PGSIZE_2M) < 0 ? NULL : area;
}

/* All of the mbufs, their headers included, in one memory or the other */
static struct rte_mempool *
make_pool(void *area)
{
	struct rte_pktmbuf_pool_private private = {
		.mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE,
	};
	struct rte_mempool *pool;

	if (area == NULL)
		return rte_pktmbuf_pool_create("bench", MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				SOCKET_ID_ANY);

	pool = rte_mempool_create_empty("bench", MBUFS, sizeof(struct rte_mbuf) +
			RTE_MBUF_DEFAULT_BUF_SIZE, 256, sizeof(private), SOCKET_ID_ANY, 0);
	if (pool == NULL)
		return NULL;
	rte_pktmbuf_pool_init(pool, &private);
	if (rte_mempool_populate_virt(pool, area, AREA, RTE_PGSIZE_2M, NULL, NULL) < 0) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

static int
start_port(uint16_t port, struct rte_mempool *pool)
{
	static const struct rte_eth_conf conf;

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
			rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL,
				pool) != 0 ||
			rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) != 0 ||
			rte_eth_dev_start(port) != 0)
		return -1;
	rte_eth_promiscuous_enable(port);
	return 0;
}

/* NICs take seconds to agree; this waits up to 9. */
static bool
is_link_up(uint16_t port)
{
	struct rte_eth_link link;

	rte_errno = ENETDOWN;
	return rte_eth_link_get(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

/* Send a burst of new packets; receive and free what comes. */
static unsigned int
move(uint16_t from, uint16_t to, struct rte_mempool *pool)
{
	struct rte_mbuf *mbufs[BURST];
	unsigned int i, sent, got;

	if (rte_pktmbuf_alloc_bulk(pool, mbufs, BURST) == 0) {
		for (i = 0; i < BURST; i++)
			memset(rte_pktmbuf_append(mbufs[i], LEN), UINT8_MAX, 14);
		sent = rte_eth_tx_burst(from, 0, mbufs, BURST);
		rte_pktmbuf_free_bulk(mbufs + sent, BURST - sent);
	}
	got = rte_eth_rx_burst(to, 0, mbufs, BURST);
	for (i = 0; i < got; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	rte_pktmbuf_free_bulk(mbufs, got);
	return got;
}

static int
measure(const char *work, uint16_t from, uint16_t to, struct rte_mempool *pool,
		unsigned int bursts, unsigned int samples)
{
	struct perf_samples result = {0};
	struct perf_clocks start;
	unsigned int i, got;

	while (result.n < samples) {
		got = 0;
		start = perf_now();
		for (i = 0; i < bursts; i++)
			got += move(from, to, pool);
		if (got == 0) {
			rte_errno = ENODATA;
			return perf_fail(work);
		}
		perf_add(&result, start, got);
	}
	perf_print(work, BURST, "ns/packet", &result);
	return 0;
}

int
bench_packets(unsigned int registered, unsigned int samples)
{
	void *area = registered ? register_area() : NULL;
	struct rte_mempool *pool = registered && area == NULL ? NULL : make_pool(area);
	const uint16_t from = rte_eth_find_next(0);
	uint16_t to = rte_eth_find_next(from + 1);
	struct rte_eth_dev_info info;
	unsigned int bursts = BURSTS;
	int ret;

	if (pool == NULL)
		return perf_fail("Making a pool");
	rte_errno = ENODEV;
	if (from == RTE_MAX_ETHPORTS)
		return perf_fail("Finding a port");
	if (to == RTE_MAX_ETHPORTS)
		to = from;
	else
		bursts /= 20; /* NICs, and emulated */
	if (registered && rte_eth_dev_info_get(from, &info) == 0)
		/* one mapping serves all of a VFIO container; without one there is nothing to map */
		rte_dev_dma_map(info.device, area, (uintptr_t)area, AREA);
	if (start_port(from, pool) < 0 || (to != from && start_port(to, pool) < 0))
		return perf_fail("Starting a port");
	if (!is_link_up(from) || !is_link_up(to))
		return perf_fail("Waiting for a link");

	ret = measure(registered ? "packet, mbufs in registered memory" :
		"packet, mbufs in hugepages", from, to, pool, bursts, samples);

	rte_eth_dev_stop(from);
	if (to != from)
		rte_eth_dev_stop(to);
	return ret;
}
