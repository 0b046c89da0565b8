/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "eal_dmabuf.h"
#include "eal_dmabuf_gate.h"
#include "eal_extmem.h"
#include "eal_filesystem.h"
#include "eal_internal_cfg.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"
#include "malloc_heap.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

int
eal_extmem_map(struct rte_memseg_list *msl)
{
	if (eal_memseg_list_is_mapped(msl)) {
		rte_errno = EEXIST;
		return -1;
	}
	if (rte_fbarray_attach(&msl->memseg_arr) < 0) {
		/* EEXIST here is about another list's memsegs at the same addresses */
		if (rte_errno == EEXIST)
			rte_errno = EADDRNOTAVAIL;
		return -1;
	}
	eal_memseg_list_set_mapped(msl, true);
	return 0;
}

int
eal_extmem_unmap(struct rte_memseg_list *msl)
{
	if (!eal_memseg_list_is_mapped(msl)) {
		rte_errno = ENOENT;
		return -1;
	}
	eal_memseg_list_set_mapped(msl, false);
	if (rte_fbarray_detach(&msl->memseg_arr) < 0) {
		eal_memseg_list_set_mapped(msl, true);
		return -1;
	}
	return 0;
}

int
eal_extmem_check_of_heap(const struct rte_memseg_list *msl, bool attach)
{
	if (msl->properties & RTE_MEMSEG_LIST_DMABUF) {
		EAL_LOG(ERR, "Memory at %p is a dma-buf and no heap's; call rte_extmem_attach() or rte_extmem_detach()",
			eal_memseg_list_va(msl));
		rte_errno = EINVAL;
		return -1;
	}
	if (eal_memseg_list_is_mapped(msl) == attach) {
		rte_errno = attach ? EEXIST : ENOENT;
		return -1;
	}
	return 0;
}

static int
check_range(const void *va_addr, size_t len)
{
	if (va_addr != NULL && len != 0)
		return 0;
	rte_errno = EINVAL;
	return -1;
}

int
eal_extmem_attach(void *va_addr, size_t len)
{
	struct rte_memseg_list *msl;
	bool dmabuf = false;
	int ret = -1;

	if (check_range(va_addr, len) < 0)
		return -1;

	/* nothing that is shared changes, so the lock is for reading */
	rte_mcfg_mem_read_lock();
	msl = malloc_heap_find_external_seg(va_addr, len);
	if (msl != NULL) {
		dmabuf = (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
		if (!dmabuf)
			ret = eal_extmem_map(msl);
	}
	rte_mcfg_mem_read_unlock();

	if (dmabuf)
		return eal_dmabuf_attach(va_addr, len);
	if (ret < 0)
		EAL_LOG(ERR, "Cannot attach memory at %p, length %zu: %s", va_addr, len,
			rte_errno == ENOENT ? "it is not registered; register it first, in any process" :
			rte_errno == EEXIST ? "this process registered or attached it already" :
			rte_strerror(rte_errno));
	return ret;
}

int
eal_extmem_detach(void *va_addr, size_t len)
{
	struct rte_memseg_list *msl;
	struct rte_fbarray arr;
	int fd = -1, ret = -1;

	if (check_range(va_addr, len) < 0)
		return -1;

	/* whoever reads memsegs in a walk holds the lock; once it is free, nobody does any more */
	rte_mcfg_mem_write_lock();
	msl = malloc_heap_find_external_seg(va_addr, len);
	if (msl != NULL && !eal_memseg_list_is_mapped(msl)) {
		rte_errno = ENOENT;
	} else if (msl != NULL) {
		arr = msl->memseg_arr;
		eal_memseg_list_set_mapped(msl, false);
		fd = eal_dmabuf_take_fd(msl);
		ret = 0;
	}
	rte_mcfg_mem_write_unlock();

	if (ret == 0)
		ret = rte_fbarray_detach(&arr);
	eal_dmabuf_close(fd);
	if (ret < 0)
		EAL_LOG(ERR, "Cannot detach memory at %p, length %zu: %s", va_addr, len,
			rte_errno == ENOENT ? "this process has not attached it, or it is not registered" :
			rte_strerror(rte_errno));
	return ret;
}

/* ---- unregistering ---- */

/*
 * Remove the file of memsegs that no process has mapped any more: the one that registered the memory
 * died or detached it. The lock on the file tells; who starts meanwhile may have removed it.
 */
static int
remove_orphan(const struct rte_fbarray *arr)
{
	char path[PATH_MAX];
	int fd;

	eal_get_fbarray_path(path, sizeof(path), arr->name);
	fd = eal_file_open(path, EAL_OPEN_READWRITE);
	if (fd < 0)
		return rte_errno == ENOENT ? 0 : -1;
	if (eal_file_lock(fd, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN) < 0) {
		close(fd);
		rte_errno = EBUSY;
		return -1;
	}
	unlink(path);
	close(fd);
	return 0;
}

/* The list that unregistering is about. It may be gone, or another's, whenever no lock is held. */
struct unregistered {
	struct rte_memseg_list *msl;
	uint64_t registration;
	struct rte_fbarray arr;
	bool mapped; /* by this process */
	bool dmabuf;
	bool heap;
};

static bool
is_still_there(const struct unregistered *u)
{
	return eal_memseg_list_va(u->msl) != NULL &&
		eal_memseg_index_external(u->msl)->registration == u->registration;
}

static int
begin_unregister(void *va_addr, size_t len, struct unregistered *u)
{
	int ret = -1;

	rte_mcfg_mem_write_lock();
	u->msl = malloc_heap_find_external_seg(va_addr, len);
	if (u->msl == NULL || (u->msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0) {
		rte_errno = ENOENT;
	} else {
		u->registration = eal_memseg_index_external(u->msl)->registration;
		u->arr = u->msl->memseg_arr;
		u->mapped = eal_memseg_list_is_mapped(u->msl);
		u->dmabuf = (u->msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
		u->heap = u->msl->heap != 0;
		/* as in eal_extmem_detach(); nobody can attach what is about to be destroyed */
		eal_memseg_list_set_mapped(u->msl, false);
		ret = 0;
	}
	rte_mcfg_mem_write_unlock();
	return ret;
}

/* Without a lock: this takes system calls, and the more time the more memsegs there are. */
static int
destroy_memsegs(struct unregistered *u)
{
	if (u->mapped) {
		if (rte_fbarray_destroy(&u->arr) == 0)
			return 0;
		eal_memseg_list_set_mapped(u->msl, true);
	} else if (!u->heap) { /* of a heap, other memory points to its elements */
		if (remove_orphan(&u->arr) == 0)
			return 0;
		if (rte_errno == EBUSY && !u->dmabuf) /* what it has always been */
			rte_errno = ENOENT;
	} else {
		rte_errno = ENOENT;
	}
	return -1;
}

int
eal_extmem_unregister(void *va_addr, size_t len)
{
	struct unregistered u;
	int fd = -1;

	if (check_range(va_addr, len) < 0 || begin_unregister(va_addr, len, &u) < 0)
		return -1;
	if (destroy_memsegs(&u) < 0) {
		if (rte_errno == EBUSY)
			EAL_LOG(ERR, "Cannot unregister memory at %p, length %zu: another process has it attached; detach it in all but one",
				va_addr, len);
		return -1;
	}

	rte_mcfg_mem_write_lock();
	if (is_still_there(&u)) {
		memset(u.msl, 0, sizeof(*u.msl));
		eal_memseg_index_update(u.msl);
		if (u.dmabuf) {
			fd = eal_dmabuf_take_fd(u.msl);
			eal_dmabuf_gate_open();
		}
	}
	rte_mcfg_mem_write_unlock();

	eal_dmabuf_close(fd);
	return 0;
}

/* ---- addresses of memsegs ---- */

bool
eal_extmem_init_is_complete(void)
{
	return eal_get_internal_configuration()->init_complete;
}

void *
eal_extmem_base_addr(void)
{
#if defined(RTE_ARCH_64) && !defined(RTE_EXEC_ENV_WINDOWS)
	/* above EAL's own and below what the kernel chooses, a GiB for each of 16384 processes */
	if (rte_eal_process_type() == RTE_PROC_SECONDARY && eal_extmem_init_is_complete())
		return (void *)(((uintptr_t)1 << 46) + ((uintptr_t)(getpid() & 0x3fff) << 30));
#endif
	return NULL;
}

/* ---- heaps ---- */

bool
eal_heap_is_mapped(const struct malloc_heap *heap)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	if (heap->socket_id < RTE_MAX_NUMA_NODES)
		return true;
	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		const struct rte_memseg_list *msl = &mcfg->memsegs[i];

		if (msl->heap && eal_memseg_list_socket_id(msl) == (int)heap->socket_id &&
				!eal_memseg_list_is_mapped(msl))
			return false;
	}
	return true;
}

int
eal_heap_get_stats_unmapped(const struct malloc_heap *heap,
		struct rte_malloc_socket_stats *socket_stats)
{
	memset(socket_stats, 0, sizeof(*socket_stats));
	socket_stats->heap_totalsz_bytes = heap->total_size;
	socket_stats->heap_allocsz_bytes = heap->total_size;
	socket_stats->alloc_count = heap->alloc_count;
	return 0;
}

bool
eal_malloc_may_read(const void *addr)
{
	const struct rte_memseg_list *msl = eal_memseg_index_find(addr);

	return msl == NULL || (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0 ||
		(msl->heap && eal_memseg_list_is_mapped(msl));
}
