/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* No key of a dma-buf is given out once it is unregistered or detached. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "bed_mlx5.h"
#include "cases.h"

#define MIB ((size_t)1 << 20)
#define PLACES 3

static char *
reserve(size_t len)
{
	char *base = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		abort();
	return base;
}

/* mlx5 is told of what it did not expect; that is not shown. */
static int
quietly(int (*call)(struct rte_device *dev, void *addr, uint64_t iova, size_t len), char *va)
{
	int ret;

	bed_log_start();
	ret = call(bed_rte_device(BED_PLAIN), va, RTE_BAD_IOVA, MIB);
	free(bed_log_end());
	return ret;
}

/* The key of an address is that of the dma-buf that is there now. */
static bool
is_of(const struct bed_list *list, char *addr)
{
	uint32_t lkey = bed_lkey(BED_PLAIN, addr);
	const char *what;

	EXPECT(lkey != UINT32_MAX, "no key for %p", addr);
	what = bed_move(list, bed_pd(BED_PLAIN), lkey, addr, list->va + list->len - addr);
	EXPECT(what == NULL, "%s", what);
	return true;
}

bool
case_stale_missed(void)
{
	struct bed_list list, other;
	struct rte_mempool *pool;
	struct rte_mbuf *mbuf;
	char *base = reserve(MIB);

	/* a pool without IO addresses is not registered: its memory is missed */
	bed_list_make(&list, MIB, 4096, 0, true, base);
	pool = bed_pool("stale", 100);
	EXPECT(rte_mempool_populate_iova(pool, list.va, RTE_BAD_IOVA, list.len, NULL, NULL) == 100,
		"the mbufs do not fit");
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	mbuf = rte_pktmbuf_alloc(pool);
	EXPECT(bed_lkey_of_mbuf(BED_PLAIN, mbuf) != UINT32_MAX && model_calls.live == 1, "no key");
	rte_pktmbuf_free(mbuf);
	rte_mempool_free(pool);
	bed_list_free(&list);
	EXPECT(model_calls.live == 0, "a memory region outlives the dma-buf");

	/* unrelated memory comes and goes */
	bed_list_make(&other, MIB, 4096, 0, false, NULL);
	EXPECT(quietly(rte_dev_dma_map, other.va) == 0 && quietly(rte_dev_dma_unmap, other.va) == 0,
		"unrelated memory is not mapped");
	bed_list_free(&other);

	/* another dma-buf, of the same list and at the same place */
	bed_list_make(&list, MIB, 4096, 4096, false, base);
	if (!is_of(&list, base))
		return false;
	bed_list_free(&list);
	munmap(base, MIB);
	return true;
}

bool
case_stale_mapped(void)
{
	struct bed_list list;
	char *base = reserve(MIB);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		bed_list_make(&list, MIB, 4096, 4096 * i, false, base);
		EXPECT(quietly(rte_dev_dma_map, base) == 0, "not mapped");
		if (!is_of(&list, base + 5000))
			return false;
		bed_list_free(&list);
		EXPECT(model_calls.live == 0, "a memory region outlives the dma-buf");
		EXPECT(bed_lkey(BED_PLAIN, base + 5000) == UINT32_MAX, "a key of nothing");
		EXPECT(quietly(rte_dev_dma_unmap, base) < 0, "unmapped what is gone");
	}
	munmap(base, MIB);
	return true;
}

bool
case_stale_pool(void)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct rte_pktmbuf_extmem memory;
	struct rte_mempool *pool;
	struct bed_list list;
	struct rte_mbuf *mbuf;
	char *base = reserve(MIB);
	unsigned int before;

	bed_list_make(&list, MIB, 4096, 0, false, base);
	memory = bed_extmem(base, MIB, 2048);
	pool = bed_extbuf_pool("stale", 100, 2048, &memory, 1);
	before = model_calls.live; /* another device registers what the mbufs themselves are in */
	EXPECT(mlx5_mr_mempool_register(cdev, pool, true) == 0, "not registered");
	mbuf = rte_pktmbuf_alloc(pool);
	EXPECT(bed_lkey_of_mbuf(BED_PLAIN, mbuf) != UINT32_MAX, "no key");
	bed_list_free(&list);
	EXPECT(model_calls.live == before, "a memory region outlives the dma-buf");
	EXPECT(bed_lkey_of_mbuf(BED_PLAIN, mbuf) == UINT32_MAX, "a key of nothing");

	/* the pool is of the old dma-buf until it is registered again */
	bed_list_make(&list, MIB, 4096, 4096, false, base);
	EXPECT(bed_lkey_of_mbuf(BED_PLAIN, mbuf) == UINT32_MAX, "a key of the old registration");
	EXPECT(mlx5_mr_mempool_populate_cache(&bed_devices[BED_PLAIN].ctrl, pool) == 0 &&
		bed_lkey_of_mbuf(BED_PLAIN, mbuf) == UINT32_MAX, "a key of the old registration");
	EXPECT(mlx5_mr_mempool_unregister(cdev, pool) == 0, "not unregistered");
	EXPECT(mlx5_mr_mempool_register(cdev, pool, true) == 0, "not registered again");
	EXPECT(bed_move(&list, bed_pd(BED_PLAIN), bed_lkey_of_mbuf(BED_PLAIN, mbuf), mbuf->buf_addr,
		2048) == NULL, "not the new dma-buf");
	rte_pktmbuf_free(mbuf);
	EXPECT(mlx5_mr_mempool_unregister(cdev, pool) == 0, "not unregistered");
	rte_mempool_free(pool);
	bed_list_free(&list);
	munmap(base, MIB);
	return true;
}

bool
case_stale_detached(void)
{
	struct bed_list list;
	char *log;

	bed_list_make(&list, MIB, 4096, 4096, false, NULL);
	EXPECT(quietly(rte_dev_dma_map, list.va) == 0 && is_of(&list, list.va), "not mapped");
	EXPECT(rte_extmem_detach(list.va, list.len) == 0, "not detached");
	EXPECT(model_calls.live == 0, "a memory region is left");
	bed_log_start();
	EXPECT(bed_lkey(BED_PLAIN, list.va) == UINT32_MAX, "a key of what is detached");
	log = bed_log_end();
	EXPECT(bed_count(log, "has it not attached; call rte_extmem_attach()") == 1, "the log is: %s",
		log);
	free(log);
	EXPECT(rte_extmem_attach(list.va, list.len) == 0, "not attached");
	if (!is_of(&list, list.va))
		return false;
	bed_list_free(&list);
	return true;
}

static struct bed_list meanwhile;

static void
renew(void)
{
	char *va = meanwhile.va;

	bed_list_free(&meanwhile);
	bed_list_make(&meanwhile, MIB, 4096, 4096, false, va);
}

/* A dma-buf goes while the kernel looks at its descriptor, and another gets the number. */
bool
case_stale_meanwhile(void)
{
	char *base = reserve(MIB);

	bed_list_make(&meanwhile, MIB, 4096, 0, false, base);
	model_meanwhile = renew;
	EXPECT(quietly(rte_dev_dma_map, base) < 0 && rte_errno == ESTALE, "mapped what is gone");
	EXPECT(model_calls.live == 0, "a memory region is left");
	model_meanwhile = renew;
	bed_log_start();
	EXPECT(bed_lkey(BED_PLAIN, base) == UINT32_MAX, "a key of what is gone");
	free(bed_log_end());
	if (!is_of(&meanwhile, base))
		return false;
	bed_list_free(&meanwhile);
	munmap(base, MIB);
	return true;
}

/* A memory region outlives ordinary external memory that is not unmapped, in any DPDK. */
bool
case_stale_ordinary(void)
{
	struct bed_list list, other;
	char *base = reserve(MIB);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		EXPECT(mmap(base, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			0) == base, "no memory");
		EXPECT(rte_extmem_register(base, MIB, NULL, 0, 4096) == 0, "not registered");
		EXPECT(quietly(rte_dev_dma_map, base) == 0 && bed_lkey(BED_PLAIN, base) != UINT32_MAX,
			"no key");
		EXPECT(rte_extmem_unregister(base, MIB) == 0, "not unregistered");
		/* elsewhere, in the list that it had; then at the same place */
		bed_list_make(&other, MIB, 4096, 0, false, NULL);
		if (!is_of(&other, other.va + 5000))
			return false;
		bed_list_free(&other);
		bed_list_make(&list, MIB, 4096, 4096, false, base);
		if (!is_of(&list, base))
			return false;
		bed_list_free(&list);
		EXPECT(model_calls.live == 0, "%u memory regions are left", model_calls.live);
	}
	munmap(base, MIB);
	return true;
}

/* ---- any order ---- */

/* One of several places in memory, where dma-bufs come and go; a pool may outlive them. */
struct place {
	char *va;
	struct bed_list list;
	bool is_registered;
	struct rte_mempool *pool;
	bool pool_is_registered;
	bool pool_is_stale; /* its dma-buf is gone */
};

static void
switch_pool(struct place *p)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct rte_pktmbuf_extmem memory = bed_extmem(p->va, MIB, 9216);
	char name[32];

	if (p->pool == NULL) {
		if (!p->is_registered)
			return;
		snprintf(name, sizeof(name), "place%p", p->va);
		p->pool = bed_extbuf_pool(name, 100, 9216, &memory, 1);
		p->pool_is_registered = bed_random(2) == 0 &&
			mlx5_mr_mempool_register(cdev, p->pool, true) == 0;
		p->pool_is_stale = false;
		return;
	}
	mlx5_mr_mempool_unregister(cdev, p->pool); /* it may have been registered when met */
	rte_mempool_free(p->pool);
	p->pool = NULL;
}

static void
switch_list(struct place *p)
{
	if (p->is_registered)
		bed_list_free(&p->list);
	else
		bed_list_make(&p->list, MIB, 4096, 4096 * bed_random(9), false, p->va);
	p->is_registered = !p->is_registered;
	p->pool_is_stale = p->pool != NULL; /* or it has nothing */
}

/* What can be had has a key, and a key is of what is there. */
static bool
check_place(struct place *p)
{
	char *addr = p->va + bed_random(MIB);
	struct rte_mbuf *mbuf = NULL;
	uint32_t lkey;

	if (!p->is_registered)
		EXPECT(bed_lkey(BED_PLAIN, addr) == UINT32_MAX, "a key of nothing");
	else if (!is_of(&p->list, addr))
		return false;
	if (p->pool == NULL || (mbuf = rte_pktmbuf_alloc(p->pool)) == NULL)
		return true;
	lkey = bed_lkey_of_mbuf(BED_PLAIN, mbuf);
	addr = mbuf->buf_addr;
	rte_pktmbuf_free(mbuf);
	EXPECT(p->pool_is_stale || lkey != UINT32_MAX, "an mbuf without a key");
	EXPECT(p->is_registered || lkey == UINT32_MAX, "a key of an mbuf of nothing");
	EXPECT(lkey == UINT32_MAX || bed_move(&p->list, bed_pd(BED_PLAIN), lkey, addr, 9216) == NULL,
		"an mbuf's key is of another dma-buf");
	return true;
}

bool
case_stale_any_order(void)
{
	struct place places[PLACES] = { 0 };
	char *base = reserve(PLACES * MIB);
	unsigned int step, i;
	bool ok = true;
	struct place *p;

	for (i = 0; i < PLACES; i++) /* adjacent */
		places[i].va = base + i * MIB;
	for (step = 0; ok && step < rounds; step++) {
		p = &places[bed_random(PLACES)];
		switch (bed_random(6)) {
		case 0:
			switch_list(p);
			break;
		case 1:
			switch_pool(p);
			break;
		case 2:
			quietly(rte_dev_dma_map, p->va);
			break;
		case 3:
			quietly(rte_dev_dma_unmap, p->va);
			break;
		default:
			bed_log_start(); /* of mbufs whose dma-buf is gone */
			ok = check_place(p);
			free(bed_log_end());
		}
	}
	EXPECT(ok, "step %u", step);
	for (i = 0; i < PLACES; i++) {
		if (places[i].pool != NULL)
			switch_pool(&places[i]);
		if (places[i].is_registered)
			switch_list(&places[i]);
	}
	munmap(base, PLACES * MIB);
	return true;
}

/* The device goes first, then the dma-buf that it had: the last case. */
bool
case_stale_device(void)
{
	struct bed_list list;

	bed_list_make(&list, MIB, 4096, 0, false, NULL);
	EXPECT(bed_lkey(BED_PAGEWISE, list.va) != UINT32_MAX && model_calls.live > 0, "no key");
	mlx5_mr_btree_free(&bed_devices[BED_PAGEWISE].ctrl.cache_bh);
	EXPECT(rte_dev_remove(bed_rte_device(BED_PAGEWISE)) == 0, "not removed");
	EXPECT(model_calls.live == 0, "%u memory regions are left", model_calls.live);
	bed_list_free(&list);
	return true;
}
