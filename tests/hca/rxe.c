/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * mlx5's registration on a real verbs device that has no dma-buf registration: rdma_rxe, soft RoCE.
 * libibverbs, the provider and the kernel are real, and so are the dma-bufs; see rxe.sh.
 *
 * usage: hca-rxe [EAL arguments]
 */

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <infiniband/verbs.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include <mlx5_common.h>
#include <mlx5_common_mr.h>

#include "../lib/udmabuf.h"

#define LEN ((size_t)1 << 20)
#define OFFSET ((uint64_t)3 * 4096)

static struct {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *sender, *receiver;
} rdma;

/* A list of a dma-buf, and a view of the dma-buf. */
struct list {
	char *va;
	int fd;
	char *view;
};

static unsigned int tests;
static unsigned int failures;

static void
result(bool ok, const char *what)
{
	failures += !ok;
	printf("%s %u - rxe: %s\n", ok ? "ok" : "not ok", ++tests, what);
}

/* ---- the device ---- */

static void
open_device(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL), **device = list;

	while (device != NULL && *device != NULL && strcmp((*device)->name, name) != 0)
		device++;
	if (device == NULL || *device == NULL)
		errx(1, "no verbs device %s", name);
	rdma.context = ibv_open_device(*device);
	rdma.pd = rdma.context != NULL ? ibv_alloc_pd(rdma.context) : NULL;
	rdma.cq = rdma.pd != NULL ? ibv_create_cq(rdma.context, 8, NULL, NULL, 0) : NULL;
	if (rdma.cq == NULL)
		err(1, "%s", name);
	ibv_free_device_list(list);
}

static struct ibv_qp *
create_qp(void)
{
	struct ibv_qp_init_attr attr = {
		.send_cq = rdma.cq, .recv_cq = rdma.cq, .qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = 4, .max_recv_wr = 4, .max_send_sge = 1, .max_recv_sge = 1 },
	};
	struct ibv_qp *qp = ibv_create_qp(rdma.pd, &attr);

	if (qp == NULL)
		err(1, "no queue pair");
	return qp;
}

static void
connect_qp(struct ibv_qp *qp, uint32_t peer)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT, .port_num = 1 };
	int ret;

	ret = ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT |
			IBV_QP_ACCESS_FLAGS);
	attr = (struct ibv_qp_attr){
		.qp_state = IBV_QPS_RTR, .path_mtu = IBV_MTU_1024, .dest_qp_num = peer,
		.max_dest_rd_atomic = 1, .min_rnr_timer = 12,
		.ah_attr = { .is_global = 1, .port_num = 1, .grh = { .sgid_index = 1, .hop_limit = 1 } },
	};
	if (ret != 0 || ibv_query_gid(rdma.context, 1, 1, &attr.ah_attr.grh.dgid) != 0)
		err(1, "no address");
	ret = ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU |
			IBV_QP_DEST_QPN | IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
			IBV_QP_MIN_RNR_TIMER);
	attr = (struct ibv_qp_attr){ .qp_state = IBV_QPS_RTS, .timeout = 14, .retry_cnt = 7,
		.rnr_retry = 7, .max_rd_atomic = 1 };
	if (ret == 0)
		ret = ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
				IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC);
	if (ret != 0)
		errx(1, "the queue pair is not connected: %s", strerror(ret));
}

/* Send bytes of one memory region into another, over the loopback queue pair; is that done? */
static bool
move(uint32_t from_lkey, const void *from, uint32_t to_lkey, void *to, uint32_t len)
{
	struct ibv_sge from_sge = { .addr = (uintptr_t)from, .length = len, .lkey = from_lkey };
	struct ibv_sge to_sge = { .addr = (uintptr_t)to, .length = len, .lkey = to_lkey };
	struct ibv_send_wr send = { .sg_list = &from_sge, .num_sge = 1, .opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED };
	struct ibv_recv_wr recv = { .sg_list = &to_sge, .num_sge = 1 }, *bad_recv;
	struct ibv_send_wr *bad_send;
	struct ibv_wc wc;
	int left = 2, n;

	if (ibv_post_recv(rdma.receiver, &recv, &bad_recv) != 0 ||
			ibv_post_send(rdma.sender, &send, &bad_send) != 0)
		return false;
	while (left > 0) {
		n = ibv_poll_cq(rdma.cq, 1, &wc);
		if (n < 0)
			return false;
		if (n > 0 && wc.status != IBV_WC_SUCCESS) {
			printf("# %s\n", ibv_wc_status_str(wc.status));
			return false;
		}
		left -= n;
	}
	return true;
}

/* ---- registration ---- */

static int
reg_mr(void *addr, size_t len, struct mlx5_pmd_mr *mr)
{
#ifdef HCA_REG_MR_CALLBACKS /* up to 25.11 */
	return mlx5_common_verbs_reg_mr(rdma.pd, addr, len, mr);
#else
	return mlx5_os_reg_mr(rdma.pd, addr, len, mr);
#endif
}

static void
dereg_mr(struct mlx5_pmd_mr *mr)
{
#ifdef HCA_REG_MR_CALLBACKS
	mlx5_common_verbs_dereg_mr(mr);
#else
	mlx5_os_dereg_mr(mr);
#endif
}

/* The same, with what DPDK logs, which the caller frees. */
static int
reg_mr_logged(void *addr, size_t len, struct mlx5_pmd_mr *mr, char **log)
{
	size_t log_len;
	FILE *stream = open_memstream(log, &log_len);
	int ret, error;

	rte_openlog_stream(stream);
	ret = reg_mr(addr, len, mr);
	error = errno;
	rte_openlog_stream(NULL);
	fclose(stream);
	if (**log != '\0')
		printf("# %s", *log);
	errno = error;
	return ret;
}

/*
 * What the kernel itself says: libibverbs does not even ask it, where the provider has no function
 * for dma-bufs.
 */
static int
ask_kernel(int dmabuf, void *va)
{
	uint32_t lkey, rkey;
	struct {
		struct ib_uverbs_ioctl_hdr header;
		struct ib_uverbs_attr attrs[9];
	} call = {
		.header = {
			.length = sizeof(call),
			.object_id = UVERBS_OBJECT_MR,
			.method_id = UVERBS_METHOD_REG_DMABUF_MR,
			.num_attrs = 9,
			.driver_id = RDMA_DRIVER_RXE,
		},
		.attrs = {
			{ UVERBS_ATTR_REG_DMABUF_MR_HANDLE, .len = 0 },
			{ UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, .data = rdma.pd->handle },
			{ UVERBS_ATTR_REG_DMABUF_MR_OFFSET, .len = 8, .data = OFFSET },
			{ UVERBS_ATTR_REG_DMABUF_MR_LENGTH, .len = 8, .data = LEN },
			{ UVERBS_ATTR_REG_DMABUF_MR_IOVA, .len = 8, .data = (uintptr_t)va },
			{ UVERBS_ATTR_REG_DMABUF_MR_FD, .len = 4, .data = dmabuf },
			{ UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, .len = 4,
				.data = IBV_ACCESS_LOCAL_WRITE },
			{ UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, .len = 4, .data = (uintptr_t)&lkey },
			{ UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, .len = 4, .data = (uintptr_t)&rkey },
		},
	};
	unsigned int i;

	for (i = 0; i < 9; i++)
		call.attrs[i].flags = UVERBS_ATTR_F_MANDATORY;
	return ioctl(rdma.context->cmd_fd, RDMA_VERBS_IOCTL, &call) < 0 ? errno : 0;
}

/* At va is the memfd, which can be pinned, or the dma-buf, which can't. */
static void
make_list(struct list *list, bool pinnable)
{
	size_t size = OFFSET + LEN;
	int memfd;

	list->fd = create_dmabuf_of_memfd(size, &memfd);
	list->view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, list->fd, 0);
	list->va = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
			pinnable ? memfd : list->fd, OFFSET);
	if (list->view == MAP_FAILED || list->va == MAP_FAILED)
		die("mmap");
	close(memfd);
	if (rte_extmem_register_dmabuf(list->va, LEN, list->fd, OFFSET, NULL, 0, 4096) < 0)
		errx(1, "no list: %s", rte_strerror(rte_errno));
}

int
main(int argc, char **argv)
{
	static char source[4096];
	struct mlx5_pmd_mr from = { 0 }, mrs[2] = { 0 };
	struct list lists[2];
	struct ibv_mr *mr;
	unsigned int i;
	char *log;
	int error;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (rte_eal_init(argc, argv) < 0)
		errx(1, "EAL does not start: %s", rte_strerror(rte_errno));
	open_device("rxe0");
	rdma.sender = create_qp();
	rdma.receiver = create_qp();
	connect_qp(rdma.sender, rdma.receiver->qp_num);
	connect_qp(rdma.receiver, rdma.sender->qp_num);
	for (i = 0; i < 2; i++)
		make_list(&lists[i], i == 0);
	for (i = 0; i < sizeof(source); i++)
		source[i] = i * 7 + i / 256;

	error = ask_kernel(lists[0].fd, lists[0].va);
	printf("# the kernel: %s\n", strerror(error));
	result(error == EOPNOTSUPP, "the kernel refuses the dma-buf");
	errno = 0;
	mr = mlx5_glue->reg_dmabuf_mr(rdma.pd, OFFSET, LEN, (uintptr_t)lists[0].va, lists[0].fd,
			IBV_ACCESS_LOCAL_WRITE);
	result(mr == NULL && errno == EOPNOTSUPP, "so does libibverbs, through mlx5's glue");

	result(reg_mr_logged(source, sizeof(source), &from, &log) == 0 && *log == '\0' &&
		from.addr == source, "ordinary memory is registered, and nothing logged");
	for (i = 0; i < 2; i++) {
		result(reg_mr_logged(lists[i].va, LEN, &mrs[i], &log) < 0 && errno == EOPNOTSUPP &&
			rte_errno == EOPNOTSUPP &&
			strstr(log, "rxe0: cannot register 1048576 bytes at") != NULL &&
			strstr(log, "of exporter udmabuf, offset 0x3000: Operation not supported (95); use a later kernel and rdma-core") != NULL,
			i == 0 ? "a dma-buf is refused, though its addresses could be registered" :
			"so is one whose addresses could not be");
	}
	rte_extmem_unregister(lists[0].va, LEN);
	result(rte_extmem_register(lists[0].va, LEN, NULL, 0, 4096) == 0 &&
		reg_mr_logged(lists[0].va, LEN, &mrs[0], &log) == 0 && *log == '\0',
		"as the message says, rte_extmem_register() serves");
	result(move(from.lkey, source, mrs[0].lkey, lists[0].va + 12345, sizeof(source)) &&
		memcmp(lists[0].view + OFFSET + 12345, source, sizeof(source)) == 0,
		"and bytes sent over a queue pair are in the dma-buf");

	dereg_mr(&mrs[0]);
	dereg_mr(&from);
	for (i = 0; i < 2; i++)
		rte_extmem_unregister(lists[i].va, LEN);
	result(ibv_destroy_qp(rdma.sender) == 0 && ibv_destroy_qp(rdma.receiver) == 0 &&
		ibv_destroy_cq(rdma.cq) == 0 && ibv_dealloc_pd(rdma.pd) == 0 &&
		ibv_close_device(rdma.context) == 0, "nothing of it is left");
	printf("1..%u\n", tests);
	rte_eal_cleanup();
	return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
