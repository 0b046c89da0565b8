/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Pools of mbufs with external buffers in dma-bufs, as GPU applications have them. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "bed_mlx5.h"
#include "cases.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

static struct mlx5_common_device *
cdev(void)
{
	return bed_devices[BED_PLAIN].cdev;
}

/* Every byte of a buffer, by the key of its start; the bytes are seen at the view. */
static bool
move_buffer(unsigned int device, struct rte_mbuf *mbuf, const char *view)
{
	static char bytes[UINT16_MAX];
	uint32_t lkey = bed_lkey_of_mbuf(device, mbuf);
	unsigned int i;

	EXPECT(lkey != UINT32_MAX, "no key for %p", mbuf->buf_addr);
	for (i = 0; i < mbuf->buf_len; i++)
		bytes[i] = bed_random(256);
	EXPECT(model_write(bed_pd(device), lkey, (uintptr_t)mbuf->buf_addr, bytes, mbuf->buf_len) == 0,
		"%u bytes at %p are not under its key", mbuf->buf_len, mbuf->buf_addr);
	EXPECT(memcmp(view, bytes, mbuf->buf_len) == 0, "the bytes of %p are elsewhere", mbuf->buf_addr);
	return true;
}

/* Where the bytes of an address can be seen. */
static const char *
view_of(const struct bed_list *lists, unsigned int n, char *addr)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (addr >= lists[i].va && addr < lists[i].va + lists[i].len)
			return lists[i].view + lists[i].offset + (addr - lists[i].va);
	}
	return addr; /* ordinary */
}

static bool
move_all(struct rte_mempool *pool, unsigned int device, const struct bed_list *lists,
		unsigned int n_lists)
{
	struct rte_mbuf **mbufs = malloc(pool->size * sizeof(*mbufs));
	bool ok = true;
	unsigned int i;

	EXPECT(rte_pktmbuf_alloc_bulk(pool, mbufs, pool->size) == 0, "mbufs are missing");
	for (i = 0; ok && i < pool->size; i++)
		ok = move_buffer(device, mbufs[i], view_of(lists, n_lists, mbufs[i]->buf_addr));
	rte_pktmbuf_free_bulk(mbufs, pool->size);
	free(mbufs);
	return ok;
}

static bool
registered(struct rte_mempool *pool, unsigned int n_mrs)
{
	unsigned int before = model_calls.live;

	EXPECT(mlx5_mr_mempool_register(cdev(), pool, true) == 0, "not registered: %s",
		rte_strerror(rte_errno));
	EXPECT(model_calls.live == before + n_mrs, "%u memory regions, not %u",
		model_calls.live - before, n_mrs);
	return true;
}

static bool
unregistered(struct rte_mempool *pool)
{
	EXPECT(mlx5_mr_mempool_unregister(cdev(), pool) == 0, "not unregistered");
	rte_mempool_free(pool);
	return true;
}

bool
case_pool_extbuf_sizes(void)
{
	static const uint16_t elts[] = { 1536, 2048, 4096, 9216, 65520 };
	static const size_t page_sizes[] = { 4 * KIB, 64 * KIB, 2 * MIB };
	unsigned int e, p;

	for (e = 0; e < RTE_DIM(elts); e++) {
		for (p = 0; p < RTE_DIM(page_sizes); p++) {
			struct rte_pktmbuf_extmem memory;
			struct rte_mempool *pool;
			struct bed_list list;
			bool ok;

			bed_list_make(&list, 2 * MIB, page_sizes[p], page_sizes[p] * bed_random(4),
				false, NULL);
			/* the last buffer ends before the list */
			memory = bed_extmem(list.va, list.len, elts[e]);
			pool = bed_extbuf_pool("sizes", list.len / elts[e], elts[e], &memory, 1);
			ok = registered(pool, 1) && move_all(pool, BED_PLAIN, &list, 1);
			EXPECT(ok, "buffers of %u bytes, pages of %zu", elts[e], page_sizes[p]);
			if (!unregistered(pool))
				return false;
			bed_list_free(&list);
		}
	}
	return true;
}

bool
case_pool_extbufs_apart(void)
{
	struct rte_pktmbuf_extmem memory[4];
	struct bed_list lists[3];
	struct rte_mempool *pool;
	char *base, *ordinary;

	/* two dma-bufs and ordinary memory with no gap, and a dma-buf elsewhere */
	base = mmap(NULL, 3 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(base != MAP_FAILED, "no addresses");
	ordinary = base + 2 * MIB;
	bed_list_make(&lists[0], MIB, 4096, 9 * 4096, true, base);
	bed_list_make(&lists[1], MIB, 4096, 0, true, base + MIB);
	bed_list_make(&lists[2], MIB, 64 * KIB, 64 * KIB, false, NULL);
	EXPECT(rte_extmem_register(ordinary, MIB, NULL, 0, 4096) == 0, "no ordinary list");
	memory[0] = bed_extmem(base + MIB, MIB, 2048);
	memory[1] = bed_extmem(lists[2].va, MIB, 2048);
	memory[2] = bed_extmem(ordinary, MIB, 2048);
	memory[3] = bed_extmem(base, MIB, 2048);
	pool = bed_extbuf_pool("apart", 2000, 2048, memory, RTE_DIM(memory));
	if (!registered(pool, 4) || !move_all(pool, BED_PLAIN, lists, RTE_DIM(lists)) ||
			!unregistered(pool))
		return false;
	rte_extmem_unregister(ordinary, MIB);
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	bed_list_free(&lists[2]);
	munmap(base, 3 * MIB);
	return true;
}

bool
case_pool_extbufs_split(void)
{
	struct rte_pktmbuf_extmem memory;
	struct bed_list lists[2];
	struct rte_mempool *pool;
	char *base, *log;
	unsigned int i;
	int ret;

	base = mmap(NULL, 2 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(base != MAP_FAILED, "no addresses");
	bed_list_make(&lists[0], MIB, 4096, 0, true, base);
	bed_list_make(&lists[1], MIB, 4096, 0, true, base + MIB);
	for (i = 0; i < 2; i++) {
		/* all before it are good, or it is the first that is met of its dma-buf */
		char *start = i == 0 ? base : base + MIB - 2048;

		memory = bed_extmem(start, base + 2 * MIB - start, 9216);
		pool = bed_extbuf_pool("split", 120 - 100 * i, 9216, &memory, 1);
		bed_log_start();
		ret = mlx5_mr_mempool_register(cdev(), pool, true);
		log = bed_log_end();
		EXPECT(ret < 0 && model_calls.live == 0, "registered");
		EXPECT(bed_count(log, "pass the memory of each dma-buf by itself") == 1, "the log is: %s",
			log);
		free(log);
		rte_mempool_free(pool);
	}
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	munmap(base, 2 * MIB);
	return true;
}

bool
case_pool_extbufs_twice(void)
{
	struct rte_pktmbuf_extmem memory[2];
	struct rte_mempool *pools[2];
	struct bed_list list;
	unsigned int i;

	bed_list_make(&list, 2 * MIB, 4096, 5 * 4096, false, NULL);
	for (i = 0; i < 2; i++) {
		memory[i] = bed_extmem(list.va + i * MIB, MIB, 9216);
		pools[i] = bed_extbuf_pool(i == 0 ? "one" : "two", MIB / 9216, 9216, &memory[i], 1);
		if (!registered(pools[i], 1))
			return false;
	}
	for (i = 0; i < 2; i++) {
		/* the other keeps its own */
		if (!move_all(pools[1], BED_PLAIN, &list, 1) ||
				(i == 0 && !(move_all(pools[0], BED_PLAIN, &list, 1) &&
				unregistered(pools[0]))))
			return false;
	}
	if (!unregistered(pools[1]))
		return false;
	bed_list_free(&list);
	return true;
}

/* DAQIRI's calls: 64 KiB pages, no IO addresses, its descriptor closed, mapped by each device. */
bool
case_pool_extbufs_daqiri(void)
{
	struct rte_pktmbuf_extmem memory;
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int i;

	bed_list_make(&list, 4 * MIB, 64 * KIB, 0, false, NULL);
	close(list.fd);
	list.fd = -1;
	for (i = 0; i < MODEL_DEVICES; i++)
		EXPECT(rte_dev_dma_map(bed_rte_device(i), list.va, RTE_BAD_IOVA, list.len) == 0,
			"device %u: not mapped: %s", i, rte_strerror(rte_errno));
	memory = bed_extmem(list.va, list.len, 9216);
	memory.buf_iova = RTE_BAD_IOVA;
	pool = bed_extbuf_pool("daqiri", list.len / 9216, 9216, &memory, 1);
	for (i = 0; i < MODEL_DEVICES; i++) {
		EXPECT(mlx5_mr_mempool_register(bed_devices[i].cdev, pool, true) == 0,
			"device %u: not registered: %s", i, rte_strerror(rte_errno));
		if (!move_all(pool, i, &list, 1))
			return false;
	}
	for (i = 0; i < MODEL_DEVICES; i++)
		EXPECT(mlx5_mr_mempool_unregister(bed_devices[i].cdev, pool) == 0 &&
			rte_dev_dma_unmap(bed_rte_device(i), list.va, RTE_BAD_IOVA, list.len) == 0,
			"device %u: not unmapped: %s", i, rte_strerror(rte_errno));
	rte_mempool_free(pool);
	bed_list_free(&list);
	return true;
}

bool
case_pool_extbufs_mapped(void)
{
	struct rte_pktmbuf_extmem memory;
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int device, i;
	struct rte_device *dev;

	for (i = 0; i < 4; i++) {
		device = i < 2 ? BED_PLAIN : BED_NO_MEMPOOL;
		dev = bed_rte_device(device);
		bed_list_make(&list, 2 * MIB, 4096, 5 * 4096, false, NULL);
		memory = bed_extmem(list.va, list.len, 9216);
		pool = bed_extbuf_pool("mapped", 200, 9216, &memory, 1);
		if (i % 2 == 0)
			EXPECT(rte_dev_dma_map(dev, list.va, RTE_BAD_IOVA, list.len) == 0, "not mapped");
		/* without registration of pools, nothing registers it */
		if (device == BED_PLAIN && !registered(pool, 1))
			return false;
		if (i % 2 == 1)
			EXPECT(rte_dev_dma_map(dev, list.va, RTE_BAD_IOVA, list.len) == 0, "not mapped");
		if (!move_all(pool, device, &list, 1))
			return false;
		EXPECT(model_calls.live == (device == BED_PLAIN ? 2 : 1), "%u memory regions",
			model_calls.live);
		EXPECT(rte_dev_dma_unmap(dev, list.va, RTE_BAD_IOVA, list.len) == 0, "not unmapped");
		if (device == BED_PLAIN && !move_all(pool, device, &list, 1))
			return false;
		if (device == BED_PLAIN && !unregistered(pool))
			return false;
		if (device != BED_PLAIN)
			rte_mempool_free(pool);
		bed_list_free(&list);
	}
	return true;
}

bool
case_pool_extbufs_cloned(void)
{
	struct rte_mbuf_ext_shared_info info = { .free_cb = NULL };
	struct rte_mempool *pool, *ordinary;
	struct rte_mbuf *mbuf, *clone;
	struct rte_pktmbuf_extmem memory;
	struct bed_list list;
	bool ok;

	bed_list_make(&list, 2 * MIB, 4096, 5 * 4096, false, NULL);
	memory = bed_extmem(list.va, MIB, 9216);
	pool = bed_extbuf_pool("cloned", 100, 9216, &memory, 1);
	ordinary = rte_pktmbuf_pool_create("clones", 15, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	EXPECT(ordinary != NULL && registered(pool, 1), "no pools");
	mbuf = rte_pktmbuf_alloc(pool);
	clone = rte_pktmbuf_clone(mbuf, ordinary);
	EXPECT(clone != NULL && clone->buf_addr == mbuf->buf_addr, "no clone");
	ok = move_buffer(BED_PLAIN, clone, view_of(&list, 1, clone->buf_addr)) &&
		move_buffer(BED_PLAIN, mbuf, view_of(&list, 1, mbuf->buf_addr));
	rte_pktmbuf_free(clone);
	rte_pktmbuf_free(mbuf);

	/* in the part of the list that the pool has not */
	mbuf = rte_pktmbuf_alloc(ordinary);
	rte_mbuf_ext_refcnt_set(&info, 2);
	rte_pktmbuf_attach_extbuf(mbuf, list.va + MIB + 12345, RTE_BAD_IOVA, 60000, &info);
	ok = ok && move_buffer(BED_PLAIN, mbuf, view_of(&list, 1, mbuf->buf_addr));
	rte_pktmbuf_detach_extbuf(mbuf);
	rte_pktmbuf_free(mbuf);
	EXPECT(ok, "%u memory regions", model_calls.live);

	mlx5_mr_mempool_unregister(cdev(), ordinary);
	rte_mempool_free(ordinary);
	if (!unregistered(pool))
		return false;
	bed_list_free(&list); /* and what was missed of it */
	return true;
}

bool
case_pool_extbufs_huge(void)
{
	struct rte_pktmbuf_extmem memory[2];
	struct rte_mempool *pool;
	struct bed_list list;
	struct rte_mbuf *mbufs[200];
	uint32_t lkey;
	unsigned int i;

	bed_stand_in(true);
	bed_list_make(&list, 5 * GIB, 2 * MIB, 4096 * 512, false, NULL);
	memory[0] = bed_extmem(list.va + MIB, MIB, 9216);
	memory[1] = bed_extmem(list.va + 9 * GIB / 2, MIB, 9216);
	pool = bed_extbuf_pool("huge", 200, 9216, memory, 2);
	EXPECT(registered(pool, 1) && model_calls.len == 5 * GIB, "%zu bytes", model_calls.len);
	EXPECT(rte_pktmbuf_alloc_bulk(pool, mbufs, 200) == 0, "mbufs are missing");
	lkey = bed_lkey_of_mbuf(BED_PLAIN, mbufs[0]);
	for (i = 0; i < 200; i++)
		EXPECT(lkey != UINT32_MAX && bed_lkey_of_mbuf(BED_PLAIN, mbufs[i]) == lkey,
			"mbuf %u has no key, or another one", i);
	rte_pktmbuf_free_bulk(mbufs, 200);
	if (!unregistered(pool))
		return false;
	/* missed, and mapped */
	EXPECT(bed_lkey(BED_PLAIN, list.va + 5 * GIB - 1) != UINT32_MAX && model_calls.len == 5 * GIB,
		"%zu bytes", model_calls.len);
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, 1) == 0,
		"not unmapped");
	EXPECT(rte_dev_dma_map(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, list.len) == 0 &&
		bed_lkey(BED_PLAIN, list.va + 9 * GIB / 2) != UINT32_MAX && model_calls.live == 1,
		"%u memory regions", model_calls.live);
	bed_list_free(&list);
	bed_stand_in(false);
	return true;
}
