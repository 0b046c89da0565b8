/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * A secondary process has no protection domain of its own: it asks its primary for memory regions.
 * Requests, answers and registration are mlx5's; who receives the requests is net/mlx5 otherwise.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_memzone.h>
#include <rte_string_fns.h>

#include <mlx5_common_mp.h>

#include "bed_mlx5.h"
#include "cases.h"

#define MIB ((size_t)1 << 20)
#define ZONE "hca_secondary"

/* What the primary leaves for the secondary, and the other way around. */
struct shared {
	struct mlx5_common_device *cdev; /* in shared memory, as net/mlx5 has it */
	char *va;
	size_t len;
	char *renewed; /* where another dma-buf takes the place of one */
	/* answers */
	uint32_t missed_lkey;
	uint32_t pool_lkey;
	char *pool_addr;
	char *foreign; /* a dma-buf of which the primary has no descriptor */
	bool stale; /* the secondary's cache kept the key of a dma-buf that was unregistered */
	uint32_t next_lkey; /* of the dma-buf that came in its place */
};

#define RENEW "hca_renew"
#define RENEWED MIB

static struct bed_list renewed;

/* Another dma-buf takes the place of one, in the primary. */
static int
renew(const struct rte_mp_msg *message, const void *peer)
{
	struct rte_mp_msg reply = { .len_param = 0 };
	char *va = renewed.va;

	rte_strscpy(reply.name, message->name, sizeof(reply.name));
	bed_list_free(&renewed);
	bed_list_make(&renewed, RENEWED, 4096, 4096, false, va);
	return rte_mp_reply(&reply, peer);
}

/* The same, asked by the secondary. */
static int
ask_renew(void)
{
	const struct timespec limit = { .tv_sec = 60 };
	struct rte_mp_reply reply = { 0 };
	struct rte_mp_msg request = { .name = RENEW };

	if (rte_mp_request_sync(&request, &reply, &limit) < 0)
		return -1;
	free(reply.msgs);
	return reply.nb_received == 1 ? 0 : -1;
}

static int
answer(const struct rte_mp_msg *message, const void *peer)
{
	const struct mlx5_mp_param *request = (const struct mlx5_mp_param *)message->param;
	const struct mlx5_mp_arg_mr_manage *args = &request->args.mr_manage;
	struct rte_mp_msg reply = { 0 };
	struct mlx5_mp_param *result = (struct mlx5_mp_param *)reply.param;
	struct mr_cache_entry entry;

	mp_init_port_agnostic_msg(&reply, request->type);
	switch (request->type) {
	case MLX5_MP_REQ_CREATE_MR:
		if (mlx5_mr_create(args->cdev, &args->cdev->mr_scache, &entry, args->addr) ==
				UINT32_MAX)
			result->result = -rte_errno;
		break;
	case MLX5_MP_REQ_MEMPOOL_REGISTER:
		result->result = mlx5_mr_mempool_register(args->cdev, args->mempool,
				args->is_extmem) < 0 ? -rte_errno : 0;
		break;
	default:
		result->result = -ENOTSUP;
	}
	return rte_mp_reply(&reply, peer);
}

static int
run_secondary(void)
{
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int status;
	pid_t pid;

	if (n < 0)
		return -1;
	program[n] = '\0';
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(program, program, "--secondary", NULL);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

/* Buffers in a dma-buf that only the other process had. */
static bool
foreign_is_refused(char *va)
{
	struct rte_pktmbuf_extmem memory = {
		.buf_ptr = va, .buf_iova = RTE_BAD_IOVA, .buf_len = MIB, .elt_size = 2048,
	};
	struct rte_mempool *pool;
	unsigned int before;
	char *log;
	int ret;

	pool = rte_pktmbuf_pool_create_extbuf("foreign", 10, 0, 0, 2048, SOCKET_ID_ANY, &memory, 1);
	EXPECT(pool != NULL, "no pool");
	before = model_calls.reg_mr + model_calls.reg_dmabuf_mr;
	bed_log_start();
	ret = mlx5_mr_mempool_register(bed_devices[BED_PLAIN].cdev, pool, true);
	log = bed_log_end();
	EXPECT(ret < 0, "registered a dma-buf of which there is no descriptor");
	EXPECT(model_calls.reg_mr + model_calls.reg_dmabuf_mr == before, "the kernel was asked");
	EXPECT(bed_count(log, "the primary process, which registers for all, has it not attached") == 1, "the log is: %s", log);
	free(log);
	rte_mempool_free(pool);
	EXPECT(rte_extmem_unregister(va, MIB) == 0, "what nobody has is not unregistered");
	return true;
}

bool
case_secondary(void)
{
	const struct rte_memzone *zone;
	struct rte_mempool *pool;
	struct bed_list list;
	struct shared *shared;
	const char *what;
	char *place;
	int status;

	zone = rte_memzone_reserve(ZONE, sizeof(*shared), SOCKET_ID_ANY, 0);
	EXPECT(zone != NULL, "no memory");
	shared = zone->addr;
	memset(shared, 0, sizeof(*shared));
	bed_list_make(&list, 4 * MIB, 4096, 11 * 4096, true, NULL);
	shared->cdev = bed_devices[BED_PLAIN].cdev;
	shared->va = list.va;
	shared->len = list.len;
	pool = bed_pool("secondary", 300);
	bed_pool_add(pool, list.va + 2 * MIB, MIB);

	place = mmap(NULL, RENEWED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bed_list_make(&renewed, RENEWED, 4096, 0, false, place);
	shared->renewed = place;

	EXPECT(mlx5_mp_init_primary(MLX5_MP_NAME, answer) == 0 &&
		rte_mp_action_register(RENEW, renew) == 0, "no answers for a secondary");
	status = run_secondary();
	mlx5_mp_uninit_primary(MLX5_MP_NAME);
	rte_mp_action_unregister(RENEW);
	EXPECT(status == 0, "the secondary process ended with status %#x", status);

	what = bed_move(&list, bed_pd(BED_PLAIN), shared->missed_lkey, list.va + 12345, 1000);
	EXPECT(what == NULL, "an address that the secondary missed: %s", what);
	what = bed_move(&list, bed_pd(BED_PLAIN), shared->pool_lkey, shared->pool_addr, 2000);
	EXPECT(what == NULL, "a pool that the secondary registered: %s", what);

	EXPECT(!shared->stale, "the secondary's cache has the key of what the primary unregistered");
	what = bed_move(&renewed, bed_pd(BED_PLAIN), shared->next_lkey, renewed.va + 5000, 1000);
	EXPECT(what == NULL, "a dma-buf in the place of another: %s", what);
	bed_list_free(&renewed);
	munmap(place, RENEWED);

	EXPECT(mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool) == 0,
		"not unregistered");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, 1) == 0,
		"not unmapped");
	rte_mempool_free(pool);
	bed_list_free(&list);
	return foreign_is_refused(shared->foreign);
}

static int
complain(const char *what)
{
	fprintf(stderr, "secondary process: %s: %s\n", what, rte_strerror(rte_errno));
	return EXIT_FAILURE;
}

/* As a queue looks keys up: it flushes its cache when the device's generation changes. */
static uint32_t
queue_lkey(struct mlx5_mr_ctrl *ctrl, struct shared *shared)
{
	struct mr_cache_entry entry = { 0 };
	uint32_t lkey;

	if (*ctrl->dev_gen_ptr != ctrl->cur_gen)
		mlx5_mr_flush_local_cache(ctrl);
	lkey = mlx5_mr_lookup_lkey(ctrl->cache, &ctrl->mru, MLX5_MR_CACHE_N,
			(uintptr_t)shared->renewed);
	if (lkey != UINT32_MAX)
		return lkey;
	lkey = mlx5_mr_create(shared->cdev, &shared->cdev->mr_scache, &entry,
			(uintptr_t)shared->renewed);
	ctrl->cache[0] = entry;
	return lkey;
}

static bool
renewed_has_new_key(struct mlx5_mr_ctrl *ctrl, struct shared *shared)
{
	uint32_t lkey = queue_lkey(ctrl, shared), next;

	if (lkey == UINT32_MAX || queue_lkey(ctrl, shared) != lkey || ask_renew() < 0)
		return false;
	next = queue_lkey(ctrl, shared);
	shared->stale = next == lkey;
	shared->next_lkey = rte_be_to_cpu_32(next);
	return next != UINT32_MAX;
}

int
secondary_main(int argc, char **argv)
{
	struct mr_cache_entry entry = { 0 };
	const struct rte_memzone *zone;
	struct rte_mempool *pool;
	struct mlx5_mr_ctrl ctrl = { 0 };
	struct bed_list list;
	struct shared *shared;
	struct rte_mbuf *mbuf;
	uint32_t lkey;

	bed_start(argc, argv, "secondary");
	zone = rte_memzone_lookup(ZONE);
	pool = rte_mempool_lookup("secondary");
	if (zone == NULL || pool == NULL)
		return complain("the primary left nothing");
	shared = zone->addr;

	lkey = mlx5_mr_create(shared->cdev, &shared->cdev->mr_scache, &entry,
			(uintptr_t)shared->va + 12345);
	if (lkey == UINT32_MAX)
		return complain("a miss");
	shared->missed_lkey = rte_be_to_cpu_32(lkey);

	if (mlx5_mr_mempool_register(shared->cdev, pool, false) < 0)
		return complain("a pool");
	if (mlx5_mr_ctrl_init(&ctrl, &shared->cdev->mr_scache.dev_gen, SOCKET_ID_ANY) < 0)
		return complain("a cache");
	mbuf = (struct rte_mbuf *)RTE_PTR_ADD(STAILQ_FIRST(&pool->elt_list),
			sizeof(struct rte_mempool_objhdr));
	shared->pool_addr = (char *)mbuf + sizeof(struct rte_mbuf);
	lkey = mlx5_mr_mempool2mr_bh(&ctrl, pool, (uintptr_t)shared->pool_addr);
	if (lkey == UINT32_MAX)
		return complain("an address of the pool");
	shared->pool_lkey = rte_be_to_cpu_32(lkey);
	if (!renewed_has_new_key(&ctrl, shared))
		return complain("a dma-buf in the place of another");
	mlx5_mr_btree_free(&ctrl.cache_bh);

	bed_list_make(&list, MIB, 4096, 0, false, NULL);
	shared->foreign = list.va;

	model_remove();
	return EXIT_SUCCESS;
}
