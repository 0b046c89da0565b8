/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <infiniband/verbs.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "mlx5_autoconf.h"
#include "mlx5_common_log.h"
#include "mlx5_common_verbs_dmabuf.h"
#include "mlx5_glue.h"
#include "../../verbs/verbs_dmabuf.h"

/*
 * ENOTSUPP of include/linux/errno.h in the kernel, which leaks
 * from some drivers; libc does not know it
 */
#define KERNEL_ENOTSUPP 524

#ifdef HAVE_IBV_REG_DMABUF_MR
#define UPGRADE "use a later kernel and rdma-core"
#else
#define UPGRADE "build DPDK with rdma-core 34 or later"
#endif

/* A part of a dma-buf, and the addresses of it. */
struct part {
	struct ibv_pd *pd;
	const struct rte_memseg_list *msl;
	uint64_t registration;
	void *addr;
	size_t len;
	int fd;
	uint64_t offset;
};

static const char *
name_error(int error)
{
	return error == KERNEL_ENOTSUPP ? "Operation is not supported" : strerror(error);
}

static const char *
advise(const struct part *part, int error)
{
	switch (error) {
	case EOPNOTSUPP:
	case KERNEL_ENOTSUPP:
	case EPROTONOSUPPORT:
	case ENOSYS:
	case ENOTTY:
		return UPGRADE
			"; where other dma-bufs can be registered, see dmesg, and allow PCI "
			"peer-to-peer (IOMMU, ACS)";
	case ENOMEM:
		return "the exporter may have no way to the device: see dmesg, and allow PCI "
			"peer-to-peer (IOMMU, ACS, size of the GPU's BAR1)";
	case EINVAL:
		if ((part->offset ^ (uintptr_t)part->addr) % sysconf(_SC_PAGESIZE) != 0)
			return "address and offset must have the same place in a page";
		break;
	}
	return "see dmesg";
}

/* Log why a dma-buf is not registered, and set errno. */
static struct ibv_mr *
refuse(const struct part *part, int error)
{
	const struct verbs_dmabuf_refusal refusal = {
		.device = part->pd->context->device,
		.registration = part->registration,
		.addr = part->addr,
		.len = part->len,
		.error = error,
	};
	char exporter[RTE_EXTMEM_DMABUF_EXPORTER_LEN];
	char unsaid[VERBS_DMABUF_UNSAID_LEN];

	if (verbs_dmabuf_may_log(&refusal, unsaid)) {
		rte_extmem_dmabuf_exporter(part->fd, exporter);
		DRV_LOG(ERR,
			"%s: cannot register %zu bytes at %p: dma-buf fd %d of exporter %s"
			", offset %#" PRIx64
			": %s (%d); %s; or register the addresses by rte_extmem_register(), if the NIC can use them%s",
			part->pd->context->device->name, part->len, part->addr, part->fd,
			exporter, part->offset, name_error(error), error, advise(part, error),
			unsaid);
	}
	rte_errno = error;
	errno = error;
	return NULL;
}

/* The same, of a range that is no part of a dma-buf that this process has. */
static bool
refuse_range(const struct part *part, const char *why)
{
	const struct verbs_dmabuf_refusal refusal = {
		.device = part->pd->context->device,
		.registration = part->registration,
		.addr = part->addr,
		.len = part->len,
		.error = EINVAL,
	};
	char unsaid[VERBS_DMABUF_UNSAID_LEN];

	if (verbs_dmabuf_may_log(&refusal, unsaid))
		DRV_LOG(ERR,
				"%s: cannot register %zu bytes at %p: the dma-buf at %p, length %zu: %s%s",
			part->pd->context->device->name, part->len, part->addr,
			rte_memseg_list_get_va(part->msl), part->msl->len, why, unsaid);
	rte_errno = EINVAL;
	errno = EINVAL;
	return false;
}

/* Find the descriptor and the offset of a range that has something of a dma-buf. */
static bool
find_part(struct part *part)
{
	/* huge if the range starts before */
	size_t distance = (uintptr_t)part->addr - (uintptr_t)rte_memseg_list_get_va(part->msl);

	part->registration = rte_extmem_dmabuf_attached(part->msl);
	part->fd = rte_memseg_list_get_dmabuf_fd_unsafe(part->msl);
	if (part->registration == 0 || part->fd < 0 ||
			rte_memseg_list_get_dmabuf_offset_unsafe(part->msl, &part->offset) < 0)
		return refuse_range(part,
				"the primary process, which registers for all, has it not attached; call rte_extmem_attach() in it");
	if (part->len == 0 || distance >= part->msl->len || part->len > part->msl->len - distance)
		return refuse_range(part,
				"the range is not within it; register each dma-buf by itself");
	part->offset += distance;
	return true;
}

struct ibv_mr *
mlx5_dmabuf_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	struct part part = { .pd = pd, .addr = addr, .len = len };
	struct ibv_mr *mr;

	/* no bytes are where they start */
	part.msl = rte_mem_find_dmabuf_list(addr, RTE_MAX(len, (size_t)1));
	if (likely(part.msl == NULL))
		return mlx5_glue->reg_mr(pd, addr, len, access);
	if (!find_part(&part))
		return NULL;

	mr = mlx5_glue->reg_dmabuf_mr(pd, part.offset, len, (uintptr_t)addr, part.fd, access);
	if (mr == NULL)
		return refuse(&part, errno);
	/*
	 * the number of the descriptor may have become another
	 * dma-buf's before the kernel looked at it
	 */
	if (unlikely(rte_extmem_dmabuf_attached(part.msl) != part.registration)) {
		mlx5_glue->dereg_mr(mr);
		return refuse(&part, ESTALE);
	}
	mr->addr = addr;
	DRV_LOG(DEBUG, "%s: registered %zu bytes at %p as dma-buf, fd %d, offset %#" PRIx64,
		pd->context->device->name, len, addr, part.fd, part.offset);
	return mr;
}
