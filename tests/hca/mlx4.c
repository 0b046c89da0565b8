/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* net/mlx4's own registration and cache, compiled in here, on the model HCA. */

#include MLX4_MR_C
#include MLX4_DMABUF_C

#include "bed.h"
#include "others.h"

static struct mlx4_glue glue;
static struct rte_eth_dev_data data;
static struct mlx4_shared_data shared = { .mem_event_rwlock = RTE_RWLOCK_INITIALIZER };

/* what mlx4_mr.c needs of the rest of the driver */
const struct mlx4_glue *mlx4_glue = &glue;
struct mlx4_shared_data *mlx4_shared_data = &shared;
int mlx4_logtype;

int
mlx4_mp_req_mr_create(struct rte_eth_dev *dev, uintptr_t addr)
{
	(void)dev;
	(void)addr;
	return -ENOTSUP;
}

static uint32_t
key_of(struct rte_eth_dev *dev, char *addr)
{
	struct mlx4_mr_cache entry = { 0 };
	uint32_t lkey = mlx4_mr_create_primary(dev, &entry, (uintptr_t)addr);

	return lkey == UINT32_MAX ? lkey : rte_be_to_cpu_32(lkey);
}

/*
 * A missed address, with and without mr_ext_memseg_en, and a pool that is taken for external
 * memory.
 */
bool
case_mlx4(void)
{
	struct mlx4_priv priv = { .dev_data = &data, .pd = bed_pd(BED_PLAIN) };
	struct rte_eth_dev *dev = &rte_eth_devices[0];
	struct mlx4_mr_ctrl ctrl = { .dev_gen_ptr = &priv.mr.dev_gen };
	struct rte_mempool *pool;
	struct bed_list list;
	struct rte_mbuf *mbuf;
	const char *what;
	unsigned int i;
	char *addr;

	glue.reg_mr = model_reg_mr;
	glue.reg_dmabuf_mr = model_reg_dmabuf_mr;
	glue.dereg_mr = model_dereg_mr;
	dev->data = &data;
	data.dev_private = &priv;
	mlx4_logtype = rte_log_register("model.mlx4");
	rte_log_set_level(mlx4_logtype, RTE_LOG_NOTICE);

	for (i = 0; i < 60; i++) {
		LIST_INIT(&priv.mr.mr_list);
		LIST_INSERT_HEAD(&shared.mem_event_cb_list, &priv, mem_event_cb);
		rte_rwlock_init(&priv.mr.rwlock);
		EXPECT(mlx4_mr_btree_init(&priv.mr.cache, 64, SOCKET_ID_ANY) == 0 &&
			mlx4_mr_btree_init(&ctrl.cache_bh, 64, SOCKET_ID_ANY) == 0,
			"no memory for a cache");
		bed_list_make(&list, 2 << 20, 4096, 4096 * bed_random(1000), true, NULL);
		pool = bed_pool("mlx4", 100);
		bed_pool_add(pool, list.va + 4096 + 64, 1 << 20);

		mbuf = rte_pktmbuf_alloc(pool);
		addr = rte_pktmbuf_mtod(mbuf, char *);
		priv.mr_ext_memseg_en = i % 2;
		if (i % 3 == 0)
			EXPECT(mlx4_mr_update_ext_mp(dev, &ctrl, pool) == 0, "not registered");
		what = bed_move(&list, bed_pd(BED_PLAIN), key_of(dev, addr), addr, 1000);
		EXPECT(what == NULL, "registration %u: %s", i, what);
		EXPECT(model_calls.live == 1, "%u memory regions", model_calls.live);

		rte_pktmbuf_free(mbuf);
		mlx4_mr_release(dev);
		mlx4_mr_btree_free(&ctrl.cache_bh);
		rte_mempool_free(pool);
		bed_list_free(&list);
	}
	return true;
}
