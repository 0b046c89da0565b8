/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * net/mlx5's receive queue on a model HCA: its own functions fill the ring of buffers and
 * receive from it. The model reads the ring as a NIC does, and puts packets where the key and
 * the address in it say, in dma-bufs that the kernel made.
 *
 * usage: hca-net [EAL arguments]
 */

#include MLX5_RX_C

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed_mlx5.h"
#include "expect.h"

#define MIB ((size_t)1 << 20)
#define LOG_RING 6
#define RING (1 << LOG_RING)
#define PACKETS 5000

/* A queue in ordinary memory, which the driver and the model share. */
static struct {
	struct mlx5_rxq_ctrl ctrl; /* has the data of the queue in it */
	struct mlx5_wqe_data_seg wqes[RING];
	struct mlx5_cqe cqes[RING];
	struct rte_mbuf *elts[RING];
	uint32_t rq_db;
	uint32_t cq_db;
	uint32_t received; /* by the model */
} queue;

/* what mlx5_rx.c needs of the rest of the driver; the model reports no errors, which end here */
int mlx5_logtype;
uint32_t mlx5_ptype_table[1 << 10];

int
mlx5_queue_state_modify(struct rte_eth_dev *dev, struct mlx5_mp_arg_queue_state_modify *modify)
{
	(void)dev;
	(void)modify;
	abort();
}

void
rxq_sync_cq(struct mlx5_rxq_data *rxq)
{
	(void)rxq;
	abort();
}

void
mlx5_rxq_sync_cq(struct mlx5_rxq_data *rxq) /* its name in later versions */
{
	rxq_sync_cq(rxq);
}

void
mlx5_dump_debug_information(const char *path, const char *title, const void *buf, unsigned int len)
{
	(void)path;
	(void)title;
	(void)buf;
	(void)len;
	abort();
}

/* ---- the NIC ---- */

/* Put a packet where the ring says; false if it has no buffer, or the buffer can't be written. */
static bool
nic_receive(const struct ibv_pd *pd, const void *packet, uint32_t len)
{
	const struct mlx5_wqe_data_seg *wqe = &queue.wqes[queue.received % RING];
	struct mlx5_cqe *cqe = &queue.cqes[queue.received % RING];

	if (queue.received == rte_be_to_cpu_32(queue.rq_db) ||
			len > rte_be_to_cpu_32(wqe->byte_count) ||
			model_write(pd, rte_be_to_cpu_32(wqe->lkey), rte_be_to_cpu_64(wqe->addr),
				packet, len) < 0)
		return false;

	cqe->byte_cnt = rte_cpu_to_be_32(len);
	cqe->wqe_counter = rte_cpu_to_be_16(queue.received);
	rte_io_wmb();
	cqe->op_own = MLX5_CQE_RESP_SEND << 4 | ((queue.received >> LOG_RING) & 1);
	queue.received++;
	return true;
}

/* ---- the driver ---- */

static bool
queue_start(struct rte_mempool *pool, bool extbufs)
{
	struct mlx5_common_device *cdev = bed_devices[BED_PLAIN].cdev;
	struct mlx5_rxq_data *rxq = &queue.ctrl.rxq;
	unsigned int i;

	memset(&queue, 0, sizeof(queue));
	queue.ctrl.socket = SOCKET_ID_ANY;
	rxq->elts_n = LOG_RING;
	rxq->cqe_n = LOG_RING;
	rxq->wqes = queue.wqes;
	rxq->cqes = (void *)queue.cqes;
	rxq->elts = (void *)queue.elts;
	rxq->rq_db = &queue.rq_db;
	rxq->cq_db = &queue.cq_db;
	rxq->mp = pool;
	for (i = 0; i < RING; i++) {
		queue.cqes[i].op_own = MLX5_CQE_INVALIDATE;
		queue.elts[i] = rte_pktmbuf_alloc(pool);
		queue.elts[i]->data_len = rte_pktmbuf_tailroom(queue.elts[i]);
	}
	/* as the driver does when a port starts */
	EXPECT(mlx5_mr_ctrl_init(&rxq->mr_ctrl, &cdev->mr_scache.dev_gen, SOCKET_ID_ANY) == 0,
		"no memory for the queue's cache");
	EXPECT(mlx5_mr_mempool_register(cdev, pool, extbufs) == 0, "the pool is not registered");
	EXPECT(mlx5_mr_mempool_populate_cache(&rxq->mr_ctrl, pool) == 0, "the cache is not filled");
	EXPECT(mlx5_rxq_initialize(rxq) == 0, "the ring is not filled");
	return true;
}

static bool
queue_stop(struct rte_mempool *pool)
{
	rte_pktmbuf_free_bulk(queue.elts, RING);
	mlx5_free(queue.ctrl.rxq.rq_win_data);
	mlx5_mr_btree_free(&queue.ctrl.rxq.mr_ctrl.cache_bh);
	EXPECT(mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool) == 0,
		"the pool is not unregistered");
	EXPECT(rte_mempool_avail_count(pool) == pool->size, "an mbuf is missing");
	return true;
}

/* The bytes of a dma-buf at an address, by a mapping of its own; NULL if none has it. */
static const char *
seen(const struct bed_list *lists, unsigned int n, const char *addr)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (addr >= lists[i].va && addr < lists[i].va + lists[i].len)
			return lists[i].view + lists[i].offset + (addr - lists[i].va);
	}
	return NULL;
}

static bool
receive(const struct bed_list *lists, unsigned int n_lists)
{
	static char packets[RING][2048];
	struct rte_mbuf *mbufs[RING];
	uint32_t len[RING];
	unsigned int done, i, j, n;
	const char *data;

	for (done = 0; done < PACKETS; done += n) {
		n = 1 + bed_random(RING);
		for (i = 0; i < n; i++) {
			len[i] = 60 + bed_random(1500);
			for (j = 0; j < len[i]; j++)
				packets[i][j] = bed_random(256);
			EXPECT(nic_receive(bed_pd(BED_PLAIN), packets[i], len[i]),
				"packet %u: the NIC can't write where the ring says", done + i);
		}
		EXPECT(mlx5_rx_burst(&queue.ctrl.rxq, mbufs, RING) == n, "not %u packets", n);
		for (i = 0; i < n; i++) {
			EXPECT(mbufs[i]->pkt_len == len[i] && mbufs[i]->data_len == len[i],
				"packet %u: %u bytes", done + i, mbufs[i]->pkt_len);
			data = seen(lists, n_lists, rte_pktmbuf_mtod(mbufs[i], char *));
			EXPECT(data != NULL, "packet %u is in no dma-buf", done + i);
			EXPECT(memcmp(data, packets[i], len[i]) == 0,
				"packet %u: the dma-buf has other bytes", done + i);
		}
		rte_pktmbuf_free_bulk(mbufs, n);
	}
	return true;
}

static bool
case_mbufs(void)
{
	struct rte_mempool *pool;
	struct bed_list list;

	bed_list_make(&list, 2 * MIB, 4096, 77 * 4096, true, NULL);
	pool = bed_pool("net", 500);
	bed_pool_add(pool, list.va + 4096, list.len - 4096);
	if (!queue_start(pool, false) || !receive(&list, 1) || !queue_stop(pool))
		return false;
	rte_mempool_free(pool);
	bed_list_free(&list);
	return true;
}

static bool
case_extbufs(void)
{
	struct rte_pktmbuf_extmem memory[2];
	struct bed_list lists[2];
	struct rte_mempool *pool;
	unsigned int i;

	/* the CPU can't read at their addresses */
	bed_list_make(&lists[0], MIB / 2, 4096, 5 * 4096, false, NULL);
	bed_list_make(&lists[1], MIB / 2, 4096, 0, false, NULL);
	for (i = 0; i < 2; i++)
		memory[i] = (struct rte_pktmbuf_extmem){ .buf_ptr = lists[i].va,
			.buf_iova = RTE_BAD_IOVA, .buf_len = lists[i].len, .elt_size = 2048 };
	pool = rte_pktmbuf_pool_create_extbuf("net", 500, 0, 0, 2048, SOCKET_ID_ANY, memory, 2);
	EXPECT(pool != NULL, "no pool");
	if (!queue_start(pool, true) || !receive(lists, 2) || !queue_stop(pool))
		return false;
	rte_mempool_free(pool);
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	return true;
}

int
main(int argc, char **argv)
{
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\n");
	bed_start(argc, argv, "primary");
	bed_seed(1);
	ok = case_mbufs();
	printf("%s 1 - model HCA: net/mlx5 receives in mbufs in a dma-buf\n", ok ? "ok" : "not ok");
	if (ok) {
		ok = case_extbufs();
		printf("%s 2 - model HCA: net/mlx5 receives in external buffers in two dma-bufs\n",
			ok ? "ok" : "not ok");
	}
	bed_stop();
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
