/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "bed_mlx5.h"
#include "cases.h"

#define MIB ((size_t)1 << 20)

/* Move bytes in the buffer of each mbuf of a pool that has its memory in the lists. */
static bool
move_in_mbufs(struct rte_mempool *pool, unsigned int device, const struct bed_list *lists,
		unsigned int n_lists)
{
	struct rte_mbuf *mbufs[4096];
	unsigned int n = RTE_MIN(pool->size, (uint32_t)RTE_DIM(mbufs)), i, l;
	const char *what;
	uint32_t lkey;
	char *addr;

	EXPECT(rte_pktmbuf_alloc_bulk(pool, mbufs, n) == 0, "the pool has less than %u mbufs", n);
	for (i = 0; i < n; i++) {
		lkey = bed_lkey_of_mbuf(device, mbufs[i]);
		EXPECT(lkey != UINT32_MAX, "mbuf %u: no key", i);
		addr = rte_pktmbuf_mtod(mbufs[i], char *);
		for (l = 0; l < n_lists; l++) {
			if (addr < lists[l].va || addr >= lists[l].va + lists[l].len)
				continue;
			what = bed_move(&lists[l], bed_pd(device), lkey, addr,
					rte_pktmbuf_tailroom(mbufs[i]));
			EXPECT(what == NULL, "mbuf %u: %s", i, what);
			break;
		}
		EXPECT(l < n_lists || n_lists > 1, "mbuf %u is in no dma-buf", i);
	}
	rte_pktmbuf_free_bulk(mbufs, n);
	return true;
}

bool
case_pool_mbufs(void)
{
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		bed_list_make(&list, 2 * MIB, i % 2 ? 4096 : 65536, 4096 * bed_random(1000), true,
				NULL);
		pool = bed_pool("mbufs", 500);
		EXPECT(bed_pool_add(pool, list.va + 64 * bed_random(100), 1536 * 1024) == 500,
			"the mbufs do not fit");
		EXPECT(mlx5_mr_mempool_register(bed_devices[BED_PLAIN].cdev, pool, false) == 0,
			"not registered: %s", rte_strerror(rte_errno));
		EXPECT(model_calls.live == 1, "%u memory regions", model_calls.live);
		if (!move_in_mbufs(pool, BED_PLAIN, &list, 1))
			return false;
		EXPECT(model_calls.live == 1, "the key was not that of the pool");
		EXPECT(mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool) == 0,
			"not unregistered");
		rte_mempool_free(pool);
		bed_list_free(&list);
	}
	return true;
}

/* A pool without IO addresses is none that mlx5 registers: it misses the memory later. */
bool
case_pool_no_iova(void)
{
	struct rte_mempool *pool;
	struct bed_list list;

	bed_list_make(&list, MIB, 4096, 3 * 4096, true, NULL);
	pool = bed_pool("no_iova", 100);
	EXPECT(rte_mempool_populate_iova(pool, list.va, RTE_BAD_IOVA, list.len, NULL, NULL) == 100,
		"the mbufs do not fit");
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	EXPECT(mlx5_mr_mempool_register(bed_devices[BED_PLAIN].cdev, pool, false) == 0 &&
		model_calls.live == 0, "registered");
	if (!move_in_mbufs(pool, BED_PLAIN, &list, 1))
		return false;
	EXPECT(model_calls.live == 1 && model_calls.len == list.len, "not the list");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, 1) == 0,
		"not unmapped");
	rte_mempool_free(pool);
	bed_list_free(&list);
	return true;
}

static struct rte_mempool *
extbuf_pool(const struct bed_list *lists, unsigned int n_lists, unsigned int n)
{
	struct rte_pktmbuf_extmem memory[4];
	unsigned int i;

	for (i = 0; i < n_lists; i++) {
		memory[i].buf_ptr = lists[i].va;
		memory[i].buf_iova = RTE_BAD_IOVA;
		memory[i].buf_len = lists[i].len;
		memory[i].elt_size = 2048;
	}
	return rte_pktmbuf_pool_create_extbuf("extbufs", n, 0, 0, 2048, SOCKET_ID_ANY, memory,
			n_lists);
}

bool
case_pool_extbufs(void)
{
	struct bed_list lists[2];
	struct rte_mempool *pool;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		bed_list_make(&lists[0], MIB, 4096, 4096 * bed_random(1000), false, NULL);
		bed_list_make(&lists[1], 2 * MIB, 2 * MIB, 2 * MIB * bed_random(3), false, NULL);
		pool = extbuf_pool(lists, 2, 1000);
		EXPECT(pool != NULL, "no pool: %s", rte_strerror(rte_errno));
		EXPECT(mlx5_mr_mempool_register(bed_devices[BED_PLAIN].cdev, pool, true) == 0,
			"not registered: %s", rte_strerror(rte_errno));
		EXPECT(model_calls.live == 2, "%u memory regions", model_calls.live);
		EXPECT(mlx5_mr_mempool_populate_cache(&bed_devices[BED_PLAIN].ctrl, pool) == 0,
			"the cache is not filled");
		if (!move_in_mbufs(pool, BED_PLAIN, lists, 2))
			return false;
		EXPECT(model_calls.live == 2, "the key was not that of the pool");
		EXPECT(mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool) == 0,
			"not unregistered");
		rte_mempool_free(pool);
		bed_list_free(&lists[0]);
		bed_list_free(&lists[1]);
	}
	return true;
}

bool
case_pool_extbufs_missed(void)
{
	struct rte_mempool *pool;
	struct bed_list list;

	bed_list_make(&list, MIB, 4096, 7 * 4096, false, NULL);
	pool = extbuf_pool(&list, 1, 400);
	EXPECT(pool != NULL, "no pool: %s", rte_strerror(rte_errno));
	/* mlx5 registers the pool at the first mbuf */
	if (!move_in_mbufs(pool, BED_PLAIN, &list, 1))
		return false;
	EXPECT(model_calls.live == 1, "%u memory regions", model_calls.live);
	EXPECT(mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool) == 0,
		"not unregistered");
	/* and the list, where pools are not registered */
	if (!move_in_mbufs(pool, BED_NO_MEMPOOL, &list, 1))
		return false;
	EXPECT(model_calls.live == 1 && model_calls.len == list.len, "not the list");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_NO_MEMPOOL), list.va, RTE_BAD_IOVA, 1) == 0,
		"not unmapped");
	rte_mempool_free(pool);
	bed_list_free(&list);
	return true;
}

bool
case_pool_shared_page(void)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct rte_mempool *first, *second;
	struct bed_list list;

	bed_list_make(&list, 4 * MIB, 2 * MIB, 4 * MIB, true, NULL);
	first = bed_pool("first", 100);
	second = bed_pool("second", 100);
	bed_pool_add(first, list.va + 2 * MIB + 4096, MIB / 2);
	bed_pool_add(second, list.va + 3 * MIB, MIB / 2);
	EXPECT(mlx5_mr_mempool_register(cdev, first, false) == 0 &&
		mlx5_mr_mempool_register(cdev, second, false) == 0, "not registered");
	EXPECT(model_calls.live == 1, "%u memory regions", model_calls.live);
	EXPECT(model_calls.len == 2 * MIB && model_calls.offset == 6 * MIB,
		"%zu bytes at offset %#jx, not the page", model_calls.len,
		(uintmax_t)model_calls.offset);
	if (!move_in_mbufs(first, BED_PLAIN, &list, 1) ||
			!move_in_mbufs(second, BED_PLAIN, &list, 1))
		return false;
	EXPECT(mlx5_mr_mempool_unregister(cdev, first) == 0 &&
		mlx5_mr_mempool_unregister(cdev, second) == 0, "not unregistered");
	rte_mempool_free(first);
	rte_mempool_free(second);
	bed_list_free(&list);
	return true;
}

bool
case_pool_adjacent(void)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct bed_list lists[2];
	struct rte_mempool *pool;
	char *base, *ordinary;

	/* one dma-buf, another, and ordinary memory, with no gap */
	base = mmap(NULL, 3 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(base != MAP_FAILED, "no addresses");
	ordinary = base + 2 * MIB;
	bed_list_make(&lists[0], MIB, 4096, 9 * 4096, true, base);
	bed_list_make(&lists[1], MIB, 4096, 0, true, base + MIB);
	EXPECT(rte_extmem_register(ordinary, MIB, NULL, 0, 4096) == 0, "no ordinary list");

	pool = bed_pool("adjacent", 1000);
	bed_pool_add(pool, base, MIB);
	bed_pool_add(pool, base + MIB, MIB);
	bed_pool_add(pool, ordinary, MIB);
	EXPECT(pool->nb_mem_chunks == 3, "%u chunks", pool->nb_mem_chunks);
	EXPECT(mlx5_mr_mempool_register(cdev, pool, false) == 0, "not registered: %s",
		rte_strerror(rte_errno));
	EXPECT(model_calls.live == 3, "%u memory regions, not 3", model_calls.live);
	if (!move_in_mbufs(pool, BED_PLAIN, lists, 2))
		return false;
	EXPECT(mlx5_mr_mempool_unregister(cdev, pool) == 0, "not unregistered");

	rte_mempool_free(pool);
	rte_extmem_unregister(ordinary, MIB);
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	munmap(base, 3 * MIB);
	return true;
}

bool
case_pool_refused(void)
{
	static const struct model_answers answers[] = {
		{ .reg_mr = ENOMEM }, /* of the second range, when the first is registered */
		{ .reg_dmabuf_mr = ENOMEM },
	};
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int i, before;
	char *base;
	int ret;

	/* a dma-buf and ordinary memory */
	base = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(base != MAP_FAILED, "no addresses");
	bed_list_make(&list, MIB, 4096, 3 * 4096, true, base);
	EXPECT(rte_extmem_register(base + MIB, MIB, NULL, 0, 4096) == 0, "no ordinary list");
	pool = bed_pool("refused", 700);
	bed_pool_add(pool, base, MIB);
	bed_pool_add(pool, base + MIB, MIB);

	for (i = 0; i < RTE_DIM(answers); i++) {
		before = model_calls.dereg_mr;
		model_answers = answers[i];
		bed_log_start();
		ret = mlx5_mr_mempool_register(cdev, pool, false);
		free(bed_log_end());
		model_answers = (struct model_answers){ 0 };
		EXPECT(ret < 0, "registered");
		EXPECT(model_calls.live == 0, "%u memory regions are left", model_calls.live);
		EXPECT(model_calls.dereg_mr - before == (i == 0), "%u were there",
			model_calls.dereg_mr - before);
	}
	EXPECT(mlx5_mr_mempool_register(cdev, pool, false) == 0 && model_calls.live == 2,
		"not registered afterwards");
	EXPECT(mlx5_mr_mempool_unregister(cdev, pool) == 0, "not unregistered");

	rte_mempool_free(pool);
	rte_extmem_unregister(base + MIB, MIB);
	bed_list_free(&list);
	munmap(base, 2 * MIB);
	return true;
}

bool
case_pool_subscribed(void)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PAGEWISE].cdev;
	unsigned int before;
	struct rte_mempool *pool;
	struct bed_list list;

	EXPECT(mlx5_dev_mempool_subscribe(cdev) == 0, "not subscribed");
	before = model_calls.live;
	bed_list_make(&list, MIB, 4096, 4096, true, NULL);
	pool = bed_pool("subscribed", 300);
	bed_pool_add(pool, list.va, list.len);
	EXPECT(model_calls.live == before + 1, "%u more memory regions",
		model_calls.live - before);
	EXPECT(model_calls.fd >= 0 && model_calls.iova == (uintptr_t)list.va, "not the pool");
	if (!move_in_mbufs(pool, BED_PAGEWISE, &list, 1))
		return false;
	rte_mempool_free(pool);
	EXPECT(model_calls.live == before, "the pool's memory region is left");
	bed_list_free(&list);
	return true;
}
