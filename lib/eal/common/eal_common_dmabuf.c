/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_eal_memconfig.h>
#include <rte_eal_paging.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include <eal_export.h>
#include "eal_private.h"
#include "eal_dmabuf.h"
#include "eal_dmabuf_fd.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"

/* an fbarray counts the bytes of its elements in an unsigned int */
#define MEMSEGS_MAX (UINT_MAX / sizeof(struct rte_memseg))

#define REFUSE(fmt, ...) EAL_LOG(ERR, "Cannot register a dma-buf: " fmt, ## __VA_ARGS__)

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_extmem_register_dmabuf, 26.11)
int
rte_extmem_register_dmabuf(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], unsigned int n_pages, size_t page_sz)
{
	if (page_sz < rte_mem_page_size() || (page_sz & (page_sz - 1)) != 0)
		REFUSE("page size %zu is not a power of 2, or less than that of the system, %zu",
			page_sz, rte_mem_page_size());
	else if (va_addr == NULL || (uintptr_t)va_addr % page_sz != 0)
		REFUSE("address %p is NULL or not aligned to the page size, %zu", va_addr, page_sz);
	else if (len == 0 || len % page_sz != 0)
		REFUSE("length %zu is 0 or no multiple of the page size, %zu", len, page_sz);
	else if ((uintptr_t)va_addr + len < (uintptr_t)va_addr)
		REFUSE("%zu bytes from %p exceed the address space", len, va_addr);
	else if (len / page_sz > MEMSEGS_MAX)
		REFUSE("%zu pages are more than a memseg list holds; use a larger page size",
			len / page_sz);
	else if (iova_addrs != NULL && len / page_sz != n_pages)
		REFUSE("%u IO addresses are given for %zu pages", n_pages, len / page_sz);
	else if (dmabuf_fd < 0)
		REFUSE(
				"descriptor %d is negative; register other memory with rte_extmem_register()",
			dmabuf_fd);
	else
		return eal_dmabuf_register(va_addr, len, dmabuf_fd, dmabuf_offset, iova_addrs,
			page_sz);
	rte_errno = EINVAL;
	return -1;
}

/* Is it a list of a dma-buf? Sets rte_errno if not. */
static inline bool
is_of_dmabuf(const struct rte_memseg_list *msl, unsigned int msl_idx)
{
	if (unlikely(msl_idx == RTE_MAX_MEMSEG_LISTS)) {
		rte_errno = EINVAL;
		return false;
	}
	if (likely(msl->properties & RTE_MEMSEG_LIST_DMABUF))
		return true;
	rte_errno = eal_memseg_list_va(msl) == NULL ? EINVAL : ENOTSUP;
	return false;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_fd_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_fd_unsafe(const struct rte_memseg_list *msl)
{
	unsigned int msl_idx = eal_memseg_list_idx(msl);

	if (!is_of_dmabuf(msl, msl_idx))
		return -1;
	if (likely(eal_extmem_attached_registration(msl_idx) != 0))
		return msl->dmabuf_fd;
	rte_errno = EINVAL;
	return -1;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_offset_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_offset_unsafe(const struct rte_memseg_list *msl, uint64_t *offset)
{
	if (unlikely(offset == NULL)) {
		rte_errno = EINVAL;
		return -1;
	}
	if (!is_of_dmabuf(msl, eal_memseg_list_idx(msl)))
		return -1;
	*offset = msl->dmabuf_offset;
	return 0;
}

RTE_EXPORT_INTERNAL_SYMBOL(rte_extmem_dmabuf_attached)
uint64_t
rte_extmem_dmabuf_attached(const struct rte_memseg_list *msl)
{
	return eal_extmem_attached_registration(eal_memseg_list_idx(msl));
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_fd, 26.11)
int
rte_memseg_list_get_dmabuf_fd(const struct rte_memseg_list *msl)
{
	int ret;

	rte_mcfg_mem_read_lock();
	ret = rte_memseg_list_get_dmabuf_fd_unsafe(msl);
	rte_mcfg_mem_read_unlock();

	if (ret < 0 && rte_errno == EINVAL)
		EAL_LOG(ERR,
				"No descriptor for memseg list %p: it is not in use, or this process has not attached it; call rte_extmem_attach()",
			msl);
	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_offset, 26.11)
int
rte_memseg_list_get_dmabuf_offset(const struct rte_memseg_list *msl, uint64_t *offset)
{
	int ret;

	rte_mcfg_mem_read_lock();
	ret = rte_memseg_list_get_dmabuf_offset_unsafe(msl, offset);
	rte_mcfg_mem_read_unlock();

	if (ret < 0 && rte_errno == EINVAL)
		EAL_LOG(ERR,
				"No offset for memseg list %p: it is not in use, or there is nowhere to put the offset; get the list from rte_mem_virt2memseg_list()",
			msl);
	return ret;
}

int
eal_dmabuf_memseg_fd(const struct rte_memseg_list *msl)
{
	if (eal_extmem_is_attached(msl))
		return msl->dmabuf_fd;
	rte_errno = ENOENT;
	return -1;
}

int
eal_dmabuf_memseg_fd_offset(const struct rte_memseg_list *msl, const struct rte_memseg *ms,
		size_t *offset)
{
	uint64_t from_start;

	if (!eal_extmem_is_attached(msl)) {
		rte_errno = ENOENT;
		return -1;
	}
	from_start = msl->dmabuf_offset + RTE_PTR_DIFF(ms->addr, eal_memseg_list_va(msl));
	*offset = from_start;
	if (*offset == from_start)
		return 0;
	rte_errno = EOVERFLOW;
	return -1;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_mem_find_dmabuf_list, 26.11)
const struct rte_memseg_list *
rte_mem_find_dmabuf_list(const void *addr, size_t len)
{
	return eal_memseg_index_find_range(addr, len, RTE_MEMSEG_LIST_DMABUF);
}

RTE_EXPORT_INTERNAL_SYMBOL(rte_extmem_dmabuf_exporter)
void
rte_extmem_dmabuf_exporter(int fd, char name[RTE_EXTMEM_DMABUF_EXPORTER_LEN])
{
	eal_dmabuf_fd_exporter(fd, name);
}
