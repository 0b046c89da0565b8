/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>
#ifndef RTE_EXEC_ENV_WINDOWS
#include <rte_telemetry.h>
#endif

#include "eal_dmabuf.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"
#include "malloc_heap.h"

#if __has_include(<eal_export.h>)
#include <eal_export.h>
#else /* DPDK before 25.07 has a version.map */
#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#endif

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/*
 * The descriptors of this process, by list number. The dmabuf_fd of a list that another process
 * registered says nothing about them, even where the number is the same.
 */
static struct {
	uint64_t registration; /* 0 for none */
	int fd;
} own[RTE_MAX_MEMSEG_LISTS];

static unsigned int
list_number(const struct rte_memseg_list *msl)
{
	return msl - rte_eal_get_configuration()->mem_config->memsegs;
}

/* Is the dmabuf_fd of a list a descriptor of this process? */
static bool
holds_fd(const struct rte_memseg_list *msl)
{
	return (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0 &&
		own[list_number(msl)].registration == eal_memseg_index_dmabuf(msl)->registration;
}

static bool
range_is_valid(void *va_addr, size_t len, rte_iova_t iova_addrs[], unsigned int n_pages,
		size_t page_sz)
{
	if (page_sz == 0 || !rte_is_power_of_2(page_sz)) {
		EAL_LOG(ERR, "Cannot register a dma-buf: page size %zu is not a power of 2",
			page_sz);
	} else if (va_addr == NULL || (uintptr_t)va_addr % page_sz != 0) {
		EAL_LOG(ERR, "Cannot register a dma-buf: address %p is NULL or not aligned to the page size, %zu",
			va_addr, page_sz);
	} else if (len == 0 || len % page_sz != 0) {
		EAL_LOG(ERR, "Cannot register a dma-buf: length %zu is 0 or no multiple of the page size, %zu",
			len, page_sz);
	} else if ((uintptr_t)va_addr + len < (uintptr_t)va_addr) {
		EAL_LOG(ERR, "Cannot register a dma-buf: %zu bytes from %p exceed the address space",
			len, va_addr);
	} else if (len / page_sz > INT_MAX) {
		EAL_LOG(ERR, "Cannot register a dma-buf: %zu pages are more than a memseg list holds; use a larger page size",
			len / page_sz);
	} else if (iova_addrs != NULL && len / page_sz != n_pages) {
		EAL_LOG(ERR, "Cannot register a dma-buf: %u IO addresses are given for %zu pages",
			n_pages, len / page_sz);
	} else {
		return true;
	}
	return false;
}

/* Make a list of external memory one of a dma-buf. Nobody uses the list yet. */
static void
set_dmabuf(struct rte_memseg_list *msl, int fd, uint64_t offset)
{
	struct eal_memseg_index *index = &rte_eal_get_configuration()->mem_config->memseg_index;
	struct eal_memseg_index_dmabuf *dmabuf = eal_memseg_index_dmabuf(msl);
	unsigned int list = list_number(msl);

	/* another process unregistered what this one had there */
	if (own[list].registration != 0)
		eal_dmabuf_close(own[list].fd);

	dmabuf->va = msl->base_va;
	dmabuf->socket_id = msl->socket_id;
	dmabuf->registration = ++index->registrations;
	msl->properties |= RTE_MEMSEG_LIST_DMABUF;
	msl->dmabuf_offset = offset;
	msl->dmabuf_fd = fd;
	own[list].registration = dmabuf->registration;
	own[list].fd = fd;
}

static int
register_locked(void *va_addr, size_t len, int fd, uint64_t offset, rte_iova_t iova_addrs[],
		size_t page_sz)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	const struct rte_memseg_list *other;
	struct rte_memseg_list *msl;

	other = eal_memseg_index_find_overlap(va_addr, len);
	if (other != NULL) {
		EAL_LOG(ERR, "Cannot register a dma-buf at %p, length %zu: memseg list %u at %p overlaps it; unregister that first",
			va_addr, len, list_number(other), eal_memseg_list_va(other));
		rte_errno = EEXIST;
		return -1;
	}
	if (mcfg->next_socket_id == INT_MAX) {
		EAL_LOG(ERR, "Cannot register a dma-buf: no external socket id is left; restart the application");
		rte_errno = ENOSPC;
		return -1;
	}

	/* it logs what is wrong */
	msl = malloc_heap_create_external_seg(va_addr, iova_addrs, len / page_sz, page_sz,
			"extmem", mcfg->next_socket_id);
	if (msl == NULL)
		return -1;
	mcfg->next_socket_id++;

	set_dmabuf(msl, fd, offset);
	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_extmem_register_dmabuf, 26.11)
int
rte_extmem_register_dmabuf(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], unsigned int n_pages, size_t page_sz)
{
	uint64_t size = 0;
	int fd, ret;

	if (!range_is_valid(va_addr, len, iova_addrs, n_pages, page_sz)) {
		rte_errno = EINVAL;
		return -1;
	}
	if (dmabuf_fd < 0) {
		EAL_LOG(ERR, "Cannot register a dma-buf: descriptor %d is negative; register other memory with rte_extmem_register()",
			dmabuf_fd);
		rte_errno = EINVAL;
		return -1;
	}

	fd = eal_dmabuf_open(dmabuf_fd, &size);
	if (fd < 0) {
		if (rte_errno == ENOTSUP)
			EAL_LOG(ERR, "Cannot register a dma-buf: only Linux has them; use rte_extmem_register()");
		return -1;
	}

	if (dmabuf_offset > size || len > size - dmabuf_offset) {
		EAL_LOG(ERR, "Cannot register a dma-buf: offset %#" PRIx64 " and length %#zx exceed its size, %#" PRIx64,
			dmabuf_offset, len, size);
		eal_dmabuf_close(fd);
		rte_errno = EINVAL;
		return -1;
	}

	rte_mcfg_mem_write_lock();
	ret = register_locked(va_addr, len, fd, dmabuf_offset, iova_addrs, page_sz);
	rte_mcfg_mem_write_unlock();

	if (ret < 0)
		eal_dmabuf_close(fd);
	return ret;
}

int
eal_extmem_destroy(struct rte_memseg_list *msl, int *dmabuf_fd)
{
	unsigned int list = list_number(msl);
	/* destroying the list clears it */
	int fd = holds_fd(msl) ? msl->dmabuf_fd : -1;

	*dmabuf_fd = -1;
	if (malloc_heap_destroy_external_seg(msl) < 0)
		return -1;

	*dmabuf_fd = fd;
	if (fd >= 0)
		own[list].registration = 0;
	return 0;
}

void
eal_dmabuf_cleanup(void)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (own[i].registration != 0)
			eal_dmabuf_close(own[i].fd);
		own[i].registration = 0;
	}
}

/* 0 for a dma-buf's list, or -1 with rte_errno set. The caller holds the lock. */
static int
check_dmabuf_list(const struct rte_memseg_list *msl)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	uintptr_t distance = (uintptr_t)msl - (uintptr_t)mcfg->memsegs;

	if (distance >= sizeof(mcfg->memsegs) || distance % sizeof(*msl) != 0 ||
			eal_memseg_list_va(msl) == NULL) {
		EAL_LOG(ERR, "%p is no memseg list in use; get one from rte_mem_virt2memseg_list()",
			msl);
		rte_errno = EINVAL;
		return -1;
	}
	if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0) {
		/* how drivers tell dma-bufs from other memory, so no error */
		rte_errno = ENOTSUP;
		return -1;
	}
	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_fd_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_fd_unsafe(const struct rte_memseg_list *msl)
{
	if (check_dmabuf_list(msl) < 0)
		return -1;
	if (!holds_fd(msl)) {
		EAL_LOG(ERR, "Another process registered memseg list %u; this one has no descriptor of its dma-buf",
			list_number(msl));
		rte_errno = EINVAL;
		return -1;
	}
	return msl->dmabuf_fd;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_fd, 26.11)
int
rte_memseg_list_get_dmabuf_fd(const struct rte_memseg_list *msl)
{
	int ret;

	rte_mcfg_mem_read_lock();
	ret = rte_memseg_list_get_dmabuf_fd_unsafe(msl);
	rte_mcfg_mem_read_unlock();

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_offset_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_offset_unsafe(const struct rte_memseg_list *msl, uint64_t *offset)
{
	if (offset == NULL) {
		EAL_LOG(ERR, "Cannot return the offset of a dma-buf: offset is NULL");
		rte_errno = EINVAL;
		return -1;
	}
	if (check_dmabuf_list(msl) < 0)
		return -1;
	*offset = msl->dmabuf_offset;
	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_offset, 26.11)
int
rte_memseg_list_get_dmabuf_offset(const struct rte_memseg_list *msl, uint64_t *offset)
{
	int ret;

	rte_mcfg_mem_read_lock();
	ret = rte_memseg_list_get_dmabuf_offset_unsafe(msl, offset);
	rte_mcfg_mem_read_unlock();

	return ret;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_va, 26.11)
void *
rte_memseg_list_get_va(const struct rte_memseg_list *msl)
{
	return eal_memseg_list_va(msl);
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_socket_id, 26.11)
int
rte_memseg_list_get_socket_id(const struct rte_memseg_list *msl)
{
	return eal_memseg_list_socket_id(msl);
}

static const char *
properties_name(const struct rte_memseg_list *msl)
{
	if (msl->properties & RTE_MEMSEG_LIST_DMABUF)
		return "external, dma-buf";
	return msl->properties & RTE_MEMSEG_LIST_EXTERNAL ? "external" : "none";
}

/* The exporter of a dma-buf that only another process has open can't be known. */
static void
exporter_name(const struct rte_memseg_list *msl, char name[EAL_DMABUF_EXPORTER_LEN])
{
	if (holds_fd(msl))
		eal_dmabuf_exporter(msl->dmabuf_fd, name);
	else
		snprintf(name, EAL_DMABUF_EXPORTER_LEN, "unknown");
}

void
eal_memseg_list_dump_properties(FILE *f)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	char exporter[EAL_DMABUF_EXPORTER_LEN];
	const struct rte_memseg_list *msl;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		msl = &mcfg->memsegs[i];
		if (eal_memseg_list_va(msl) == NULL || msl->properties == 0)
			continue;

		fprintf(f, "List %u: virt:%p, len:%zu, socket_id:%d, properties:%s", i,
			eal_memseg_list_va(msl), msl->len, eal_memseg_list_socket_id(msl),
			properties_name(msl));
		if (msl->properties & RTE_MEMSEG_LIST_DMABUF) {
			exporter_name(msl, exporter);
			fprintf(f, ", fd:%d, offset:%#" PRIx64 ", exporter:%s", msl->dmabuf_fd,
				msl->dmabuf_offset, exporter);
		}
		fprintf(f, "\n");
	}
}

#ifndef RTE_EXEC_ENV_WINDOWS
static void
add_hex(struct rte_tel_data *d, const char *name, uint64_t value)
{
	char hex[sizeof("0x") + 16];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, value);
	rte_tel_data_add_dict_string(d, name, hex);
}

void
eal_memseg_list_tel_properties(struct rte_tel_data *d, unsigned int list)
{
	const struct rte_memseg_list *msl =
			&rte_eal_get_configuration()->mem_config->memsegs[list];
	char exporter[EAL_DMABUF_EXPORTER_LEN];

	rte_tel_data_add_dict_string(d, "Properties", properties_name(msl));
	if (msl->properties & RTE_MEMSEG_LIST_DMABUF) {
		exporter_name(msl, exporter);
		rte_tel_data_add_dict_int(d, "Dmabuf_fd", msl->dmabuf_fd);
		add_hex(d, "Dmabuf_offset", msl->dmabuf_offset);
		rte_tel_data_add_dict_string(d, "Dmabuf_exporter", exporter);
	}
}

static int
handle_memseg_list_properties(const char *cmd __rte_unused, const char *params,
		struct rte_tel_data *d)
{
	const struct rte_memseg_list *msl;
	unsigned long list;
	char *end;
	int ret = -1;

	if (params == NULL || *params == '\0')
		return -1;
	list = strtoul(params, &end, 10);
	if (*end != '\0' || list >= RTE_MAX_MEMSEG_LISTS)
		return -1;

	rte_mcfg_mem_read_lock();
	msl = &rte_eal_get_configuration()->mem_config->memsegs[list];
	if (eal_memseg_list_va(msl) != NULL) {
		rte_tel_data_start_dict(d);
		rte_tel_data_add_dict_int(d, "Memseg_list_index", list);
		add_hex(d, "Start_addr", (uintptr_t)eal_memseg_list_va(msl));
		add_hex(d, "Length", msl->len);
		add_hex(d, "Page_size", msl->page_sz);
		rte_tel_data_add_dict_int(d, "Socket_id", eal_memseg_list_socket_id(msl));
		eal_memseg_list_tel_properties(d, list);
		ret = 0;
	}
	rte_mcfg_mem_read_unlock();

	return ret;
}

RTE_INIT(dmabuf_telemetry)
{
	rte_telemetry_register_cmd("/eal/memseg_list_properties", handle_memseg_list_properties,
			"Returns properties of a memseg list, with descriptor, offset and exporter of a dma-buf. Parameters: int memseg_list_id");
}
#endif /* !RTE_EXEC_ENV_WINDOWS */
