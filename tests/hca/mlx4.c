/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* net/mlx4's own registration and cache, compiled in here, on the model HCA. */

#include MLX4_MR_C

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

/* A missed address, with and without mr_ext_memseg_en, and a pool that is taken for external memory. */
bool
case_mlx4(void)
{
	struct mlx4_priv priv = { .dev_data = &data, .pd = bed_pd(BED_PLAIN) };
	struct rte_eth_dev *dev = &rte_eth_devices[0];
	struct mlx4_mr_ctrl ctrl = { .dev_gen_ptr = &priv.mr.dev_gen };
	struct mlx4_mr_cache entry = { 0 };
	struct rte_mempool *pool;
	struct bed_list list;
	unsigned int i;
	uint32_t lkey;
	char *log;
	int ret;

	glue.reg_mr = model_reg_mr;
	glue.dereg_mr = model_dereg_mr;
	dev->data = &data;
	data.dev_private = &priv;
	mlx4_logtype = rte_log_register("model.mlx4");
	rte_log_set_level(mlx4_logtype, RTE_LOG_NOTICE);

	for (i = 0; i < 4; i++) {
		LIST_INIT(&priv.mr.mr_list);
		LIST_INSERT_HEAD(&shared.mem_event_cb_list, &priv, mem_event_cb);
		rte_rwlock_init(&priv.mr.rwlock);
		EXPECT(mlx4_mr_btree_init(&priv.mr.cache, 64, SOCKET_ID_ANY) == 0 &&
			mlx4_mr_btree_init(&ctrl.cache_bh, 64, SOCKET_ID_ANY) == 0,
			"no memory for a cache");
		/* pinnable: its addresses are refused by the driver, not by the kernel */
		bed_list_make_pinnable(&list, 2 << 20, 4096, 4096 * bed_random(1000));
		pool = bed_pool("mlx4", 100);
		bed_pool_add(pool, list.va + 4096 + 64, 1 << 20);

		priv.mr_ext_memseg_en = i % 2;
		bed_log_start();
		lkey = mlx4_mr_create_primary(dev, &entry, (uintptr_t)list.va + 5000);
		log = bed_log_end();
		EXPECT(lkey == UINT32_MAX && model_calls.reg_mr == 0, "a missed address has a key");
		EXPECT(bed_count(log, "mlx4: cannot register") == 1 &&
			bed_count(log, "this driver registers no dma-bufs") == 1, "the log is: %s", log);
		free(log);
		bed_log_start();
		ret = mlx4_mr_update_ext_mp(dev, &ctrl, pool);
		free(bed_log_end());
		EXPECT(ret != 0 && model_calls.reg_mr == 0, "a pool is registered");
		EXPECT(bed_ordinary_has_key(mlx4_reg_mr, model_dereg_mr), "ordinary memory has no key");
		model_calls.reg_mr = 0;

		mlx4_mr_release(dev);
		mlx4_mr_btree_free(&ctrl.cache_bh);
		rte_mempool_free(pool);
		bed_list_free(&list);
	}
	return true;
}
