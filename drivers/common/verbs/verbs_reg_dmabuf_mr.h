/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VERBS_REG_DMABUF_MR_H
#define VERBS_REG_DMABUF_MR_H

/**
 * @file
 *
 * ibv_reg_dmabuf_mr() for whatever libibverbs a driver is built with.
 *
 * Include the driver's autoconf header first: it says whether libibverbs has the function, as
 * that of rdma-core 34 and later has.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#ifdef HAVE_IBV_REG_DMABUF_MR

static inline struct ibv_mr *
verbs_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t len, uint64_t iova, int fd,
		int access)
{
	return ibv_reg_dmabuf_mr(pd, offset, len, iova, fd, access);
}

#else

static inline struct ibv_mr *
verbs_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t len, uint64_t iova, int fd,
		int access)
{
	(void)pd;
	(void)offset;
	(void)len;
	(void)iova;
	(void)fd;
	(void)access;
	errno = ENOTSUP;
	return NULL;
}

#endif

#endif /* VERBS_REG_DMABUF_MR_H */
