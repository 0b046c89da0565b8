/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VERBS_DMABUF_H
#define VERBS_DMABUF_H

/**
 * @file
 *
 * How a verbs driver registers memory that may be a dma-buf's: one decision for all of them.
 *
 * Only one file of a driver may include this, so that a device's notice is given once. Include the
 * driver's autoconf header first: see verbs_reg_dmabuf_mr.h.
 *
 * Nothing here takes the memory hotplug lock, because drivers register with that lock held and
 * without it. Without it, the memory must not be unregistered meanwhile.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <infiniband/verbs.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <rte_spinlock.h>

/** How a driver calls verbs, and where it logs. */
struct verbs_dmabuf_driver {
	struct ibv_mr *(*reg_mr)(struct ibv_pd *pd, void *addr, size_t len, int access);
	struct ibv_mr *(*reg_dmabuf_mr)(struct ibv_pd *pd, uint64_t offset, size_t len,
			uint64_t iova, int fd, int access);
	const char *name;
	int logtype;
};

/** A part of a dma-buf, and the addresses of it. */
struct verbs_dmabuf_part {
	void *addr;
	size_t len;
	int fd;
	uint64_t offset;
};

/* Of a driver and a device, then the text. */
#define VERBS_DMABUF_LOG(driver, level, pd, fmt, ...) \
	rte_log(RTE_LOG_ ## level, (driver)->logtype, "%s: %s: " fmt "\n", (driver)->name, \
		(pd)->context->device->name, ## __VA_ARGS__)

#ifdef HAVE_IBV_REG_DMABUF_MR
#define VERBS_DMABUF_UPGRADE "use a later Linux and rdma-core, or a device, that have dma-buf registration"
#else
#define VERBS_DMABUF_UPGRADE "this DPDK was built with an rdma-core older than 34: build it with a later one"
#endif

/** Does an error tell that dma-bufs can't be registered at all, whichever it is? */
static inline bool
verbs_dmabuf_is_unsupported(int error)
{
	switch (error) {
	case EOPNOTSUPP: /* the kernel's driver, or the provider in rdma-core, has it not */
	case EPROTONOSUPPORT: /* the kernel does not know the call */
	case ENOSYS:
	case ENOTTY: /* nor any call of that kind */
		return true;
	default:
		return false;
	}
}

/** Is this the first time that a device asks? It is again once there are too many to remember. */
static inline bool
verbs_dmabuf_is_first(const char *device)
{
	static char seen[64][IBV_SYSFS_NAME_MAX];
	static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
	bool first = true;
	unsigned int i;

	rte_spinlock_lock(&lock);
	for (i = 0; i < RTE_DIM(seen) && seen[i][0] != '\0'; i++) {
		if (strncmp(seen[i], device, sizeof(seen[i]) - 1) == 0) {
			first = false;
			break;
		}
	}
	if (first && i < RTE_DIM(seen))
		snprintf(seen[i], sizeof(seen[i]), "%s", device);
	rte_spinlock_unlock(&lock);

	return first;
}

/**
 * Find the part of a dma-buf that a range is, if it is one.
 *
 * @return
 *   1 with @p part filled in, 0 if the range has nothing of a dma-buf, -1 with errno set if it
 *   can't be registered, which is logged.
 */
static inline int
verbs_dmabuf_find(const struct verbs_dmabuf_driver *driver, struct ibv_pd *pd, void *addr,
		size_t len, struct verbs_dmabuf_part *part)
{
	/* no bytes are where they start */
	const struct rte_memseg_list *msl = rte_mem_find_dmabuf_list(addr, RTE_MAX(len, (size_t)1));
	size_t distance;
	void *va;

	if (likely(msl == NULL))
		return 0;

	va = rte_memseg_list_get_va(msl);
	distance = (uintptr_t)addr - (uintptr_t)va; /* huge if the range starts before */
	if (len == 0 || distance >= msl->len || len > msl->len - distance) {
		VERBS_DMABUF_LOG(driver, ERR, pd,
			"cannot register %zu bytes at %p: not within the dma-buf at %p, length %zu; register each dma-buf by itself",
			len, addr, va, msl->len);
		rte_errno = EINVAL;
		errno = EINVAL;
		return -1;
	}

	part->fd = rte_memseg_list_get_dmabuf_fd_unsafe(msl);
	if (part->fd < 0 || rte_memseg_list_get_dmabuf_offset_unsafe(msl, &part->offset) < 0) {
		VERBS_DMABUF_LOG(driver, ERR, pd,
			"cannot register %zu bytes at %p: this process has no descriptor of the dma-buf at %p; attach it here or register it in this process",
			len, addr, va);
		rte_errno = EINVAL;
		errno = EINVAL;
		return -1;
	}
	part->offset += distance;
	part->addr = addr;
	part->len = len;
	return 1;
}

/**
 * Register the addresses of a dma-buf, where the dma-buf itself can't be.
 *
 * That serves memory of the CPU, and that of a GPU with a module of its vendor's.
 *
 * @param error
 *   Why the dma-buf can't be registered.
 */
static inline struct ibv_mr *
verbs_dmabuf_fall_back(const struct verbs_dmabuf_driver *driver, struct ibv_pd *pd,
		const struct verbs_dmabuf_part *part, int access, int error)
{
	struct ibv_mr *mr;
	int va_error;

	if (verbs_dmabuf_is_first(pd->context->device->name))
		VERBS_DMABUF_LOG(driver, NOTICE, pd,
			"cannot register dma-bufs (%s), so their addresses are registered instead; for memory that is no CPU's, "
			VERBS_DMABUF_UPGRADE ", or load nvidia-peermem",
			strerror(error));

	errno = 0;
	mr = driver->reg_mr(pd, part->addr, part->len, access);
	if (mr != NULL)
		return mr;

	va_error = errno;
	VERBS_DMABUF_LOG(driver, ERR, pd,
		"cannot register %zu bytes at %p: neither as dma-buf, fd %d, offset %#" PRIx64
		" (%s), nor by their addresses (%s)",
		part->len, part->addr, part->fd, part->offset, strerror(error),
		strerror(va_error));
	rte_errno = va_error;
	errno = va_error;
	return NULL;
}

/**
 * Register memory, whether it is a dma-buf's or not. See ibv_reg_mr(3).
 *
 * The addr of the memory region is the address of the memory, also for a dma-buf, where
 * ibv_reg_dmabuf_mr(3) leaves the offset.
 *
 * @return
 *   The memory region, or NULL with errno set, and the reason logged if it is a dma-buf's.
 */
static inline struct ibv_mr *
verbs_dmabuf_reg_mr(const struct verbs_dmabuf_driver *driver, struct ibv_pd *pd, void *addr,
		size_t len, int access)
{
	struct verbs_dmabuf_part part;
	struct ibv_mr *mr;
	int ret, error;

	ret = verbs_dmabuf_find(driver, pd, addr, len, &part);
	if (likely(ret == 0))
		return driver->reg_mr(pd, addr, len, access);
	if (ret < 0)
		return NULL;

	mr = driver->reg_dmabuf_mr(pd, part.offset, len, (uintptr_t)addr, part.fd, access);
	if (mr != NULL) {
		mr->addr = addr;
		VERBS_DMABUF_LOG(driver, DEBUG, pd,
			"registered %zu bytes at %p as dma-buf, fd %d, offset %#" PRIx64,
			len, addr, part.fd, part.offset);
		return mr;
	}

	error = errno;
	if (verbs_dmabuf_is_unsupported(error))
		return verbs_dmabuf_fall_back(driver, pd, &part, access, error);

	VERBS_DMABUF_LOG(driver, ERR, pd,
		"cannot register %zu bytes at %p as dma-buf, fd %d, offset %#" PRIx64 ": %s%s",
		len, addr, part.fd, part.offset, strerror(error),
		(part.offset ^ (uintptr_t)addr) % sysconf(_SC_PAGESIZE) == 0 ? "" :
		"; address and offset must have the same place in a page");
	rte_errno = error;
	errno = error;
	return NULL;
}

#endif /* VERBS_DMABUF_H */
