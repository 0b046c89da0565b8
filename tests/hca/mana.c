/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* net/mana's own registration and cache, compiled in here, on the model HCA. */

#define HAVE_IBV_REG_DMABUF_MR /* in DPDK, a flag of the compiler */

#include MANA_MR_C
#include MANA_DMABUF_C

#include "bed.h"
#include "others.h"

/* what mr.c needs of the rest of the driver */
int mana_logtype_driver;

int
mana_mp_req_mr_create(struct mana_priv *priv, uintptr_t addr, uint32_t len)
{
	(void)priv;
	(void)addr;
	(void)len;
	return -ENOTSUP;
}

/* mana calls libibverbs itself: the program's functions come before the library's */

struct ibv_mr *
ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t len, uint64_t iova, unsigned int access)
{
	(void)iova;
	return model_reg_mr(pd, addr, len, access);
}

#undef ibv_reg_mr
struct ibv_mr *
ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	return model_reg_mr(pd, addr, len, access);
}

struct ibv_mr *
ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t len, uint64_t iova, int fd,
		int access)
{
	return model_reg_dmabuf_mr(pd, offset, len, iova, fd, access);
}

int
ibv_dereg_mr(struct ibv_mr *mr)
{
	return model_dereg_mr(mr);
}

/* A pool is registered when one of its mbufs is met. */
bool
case_mana(void)
{
	struct mana_priv priv = { .ib_pd = bed_pd(BED_PLAIN), .max_mr_size = UINT32_MAX };
	struct mana_mr_btree local = { 0 };
	struct mana_mr_cache *found;
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int i, calls;
	struct rte_mbuf *mbuf;
	const char *what;
	uint16_t idx;
	char *addr;

	mana_logtype_driver = rte_log_register("model.mana");
	rte_log_set_level(mana_logtype_driver, RTE_LOG_NOTICE);
	for (i = 0; i < 60; i++) {
		size_t page_sz = i % 2 ? 4096 : 16384;

		EXPECT(mana_mr_btree_init(&priv.mr_btree, 64, SOCKET_ID_ANY) == 0 &&
			mana_mr_btree_init(&local, 64, SOCKET_ID_ANY) == 0,
			"no memory for a cache");
		bed_list_make(&list, (1 << 20) + page_sz, page_sz, page_sz * bed_random(1000), true,
				NULL);
		pool = bed_pool("mana", 100);
		bed_pool_add(pool, list.va, list.len);

		calls = model_calls.reg_dmabuf_mr;
		EXPECT(mana_new_pmd_mr(&local, &priv, pool) == 0, "not registered");
		mbuf = rte_pktmbuf_alloc(pool);
		addr = rte_pktmbuf_mtod(mbuf, char *);
		EXPECT(mana_mr_btree_lookup(&local, &idx, (uintptr_t)addr, 1500, &found) == 0 &&
			found != NULL, "mana's cache does not find %p", addr);
		what = bed_move(&list, bed_pd(BED_PLAIN), found->lkey, addr, 1500);
		EXPECT(what == NULL, "registration %u: %s", i, what);
		EXPECT(model_calls.reg_dmabuf_mr == calls + 1, "not registered as dma-buf");

		rte_pktmbuf_free(mbuf);
		mana_remove_all_mr(&priv);
		mana_mr_btree_free(&priv.mr_btree);
		mana_mr_btree_free(&local);
		rte_mempool_free(pool);
		bed_list_free(&list);
	}
	return true;
}
