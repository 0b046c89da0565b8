/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* net/mana's own registration and cache, compiled in here, on the model HCA. */

#include MANA_MR_C
#include MANA_MP_C

#include "bed.h"
#include "others.h"

/* what mr.c needs of the rest of the driver */
int mana_logtype_driver;

struct mana_shared_data *mana_shared_data;

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

int
ibv_dereg_mr(struct ibv_mr *mr)
{
	return model_dereg_mr(mr);
}

/* A pool with its mbufs in a dma-buf, and one with external buffers there; for a secondary process, too. */
bool
case_mana(void)
{
	struct mana_priv priv = { .ib_pd = bed_pd(BED_PLAIN), .max_mr_size = UINT32_MAX };
	struct rte_pktmbuf_extmem memory;
	struct mana_mr_btree local = { 0 };
	struct mana_mr_cache *found;
	struct rte_mempool *pool;
	struct rte_mbuf *mbuf;
	struct bed_list lists[2];
	unsigned int i;
	char *log;
	int ret;

	mana_logtype_driver = rte_log_register("model.mana");
	rte_log_set_level(mana_logtype_driver, RTE_LOG_NOTICE);
	EXPECT(mana_mr_btree_init(&priv.mr_btree, 64, SOCKET_ID_ANY) == 0 &&
		mana_mr_btree_init(&local, 64, SOCKET_ID_ANY) == 0, "no memory for a cache");
	model_calls.reg_mr = 0;
	for (i = 0; i < 2; i++) {
		bed_list_make_pinnable(&lists[i], 1 << 20, 4096, 4096 * bed_random(1000));
		memory = bed_extmem(lists[i].va, lists[i].len, 2048);
		if (i == 0) {
			pool = bed_pool("mana", 100);
			bed_pool_add(pool, lists[i].va, lists[i].len);
		} else {
			pool = bed_extbuf_pool("mana_extbuf", 100, 2048, &memory, 1);
		}
		mbuf = rte_pktmbuf_alloc(pool);
		bed_log_start();
		found = HCA_MANA_FIND(&local, &priv, mbuf);
		log = bed_log_end();
		EXPECT(found == NULL && model_calls.reg_mr == 0, "pool %u: registered", i);
		EXPECT(bed_count(log, "mana_refuse_dmabuf(): cannot register") == 1 &&
			bed_count(log, "this driver registers no dma-bufs") == 1, "the log is: %s", log);
		free(log);
		rte_pktmbuf_free(mbuf);
		rte_mempool_free(pool);
	}
	bed_log_start();
	ret = mana_mp_mr_create(&priv, (uintptr_t)lists[0].va, 4096);
	free(bed_log_end());
	EXPECT(ret == -EOPNOTSUPP && model_calls.reg_mr == 0, "registered for a secondary process");
	EXPECT(bed_ordinary_has_key(mana_reg_mr, ibv_dereg_mr), "ordinary memory has no key");

	mana_remove_all_mr(&priv);
	mana_mr_btree_free(&priv.mr_btree);
	mana_mr_btree_free(&local);
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	return true;
}
