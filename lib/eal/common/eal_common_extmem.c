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
#include <rte_spinlock.h>

#include "eal_dmabuf.h"
#include "eal_dmabuf_gate.h"
#include "eal_extmem.h"
#include "eal_fbarray_file.h"
#include "eal_filesystem.h"
#include "eal_internal_cfg.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"
#include "malloc_heap.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

static rte_spinlock_t extmem_lock = RTE_SPINLOCK_INITIALIZER;

void
eal_extmem_lock(void)
{
	rte_spinlock_lock(&extmem_lock);
}

void
eal_extmem_unlock(void)
{
	rte_spinlock_unlock(&extmem_lock);
}

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

static struct rte_memseg_list *
find(void *va_addr, size_t len)
{
	struct rte_memseg_list *msl = malloc_heap_find_external_seg(va_addr, len);

	if (msl != NULL && (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0) {
		rte_errno = ENOENT; /* EAL's own memory */
		msl = NULL;
	}
	return msl;
}

void
eal_extmem_adopt(void *va_addr, size_t len)
{
	struct rte_memseg_list *msl;
	bool known;

	rte_mcfg_mem_read_lock();
	msl = find(va_addr, len);
	known = msl == NULL || eal_memseg_index_agrees(msl);
	rte_mcfg_mem_read_unlock();
	if (known)
		return;

	rte_mcfg_mem_write_lock();
	msl = find(va_addr, len);
	if (msl != NULL)
		eal_memseg_index_adopt(msl);
	rte_mcfg_mem_write_unlock();
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

	eal_extmem_adopt(va_addr, len);
	eal_extmem_lock();
	/*
	 * Nothing that is shared changes, so the lock is for reading. It keeps the memsegs' file, whose
	 * name the next memory at this address has, too.
	 */
	rte_mcfg_mem_read_lock();
	msl = find(va_addr, len);
	if (msl != NULL) {
		dmabuf = (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
		if (!dmabuf)
			ret = eal_extmem_map(msl);
	}
	rte_mcfg_mem_read_unlock();
	eal_extmem_unlock();

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

	eal_extmem_lock();
	/* whoever reads memsegs in a walk holds the lock; once it is free, nobody does any more */
	rte_mcfg_mem_write_lock();
	msl = find(va_addr, len);
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
	eal_extmem_unlock();
	eal_dmabuf_close(fd);
	if (ret < 0)
		EAL_LOG(ERR, "Cannot detach memory at %p, length %zu: %s", va_addr, len,
			rte_errno == ENOENT ? "this process has not attached it, or it is not registered" :
			rte_strerror(rte_errno));
	return ret;
}

/* ---- unregistering ---- */

/* The file of memsegs that this process has not mapped. Opening it may block, so no lock is held. */
struct memsegs_file {
	uint64_t registration; /* whose memsegs */
	char path[PATH_MAX];
	int fd;
	int error; /* why it could not be opened */
};

static void
open_unmapped(void *va_addr, size_t len, struct memsegs_file *file)
{
	const struct rte_memseg_list *msl;

	file->registration = 0;
	file->fd = -1;
	file->error = 0;
	rte_mcfg_mem_read_lock();
	msl = find(va_addr, len);
	if (msl != NULL && !eal_memseg_list_is_mapped(msl)) {
		file->registration = eal_memseg_index_external(msl)->registration;
		eal_get_fbarray_path(file->path, sizeof(file->path), msl->memseg_arr.name);
	}
	rte_mcfg_mem_read_unlock();
	if (file->registration == 0)
		return;

	file->fd = eal_file_open(file->path, EAL_OPEN_READWRITE);
	file->error = file->fd < 0 ? rte_errno : 0;
}

/*
 * Remove the file of memsegs that no process has mapped any more: the one that registered the memory
 * died or detached it. The lock on the file tells.
 */
static int
remove_orphan(const struct rte_memseg_list *msl, const struct memsegs_file *file)
{
	if (file->registration == 0 ||
			file->registration != eal_memseg_index_external(msl)->registration ||
			msl->heap) { /* other memory of the heap points to its elements */
		rte_errno = ENOENT;
		return -1;
	}
	if (file->fd < 0 && file->error == ENOENT) /* who started meanwhile has removed it */
		return 0;
	if (file->fd < 0) {
		rte_errno = file->error;
		return -1;
	}
	if (eal_file_lock(file->fd, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN) < 0) {
		/* not attached here, which is what other memory has always answered */
		rte_errno = msl->properties & RTE_MEMSEG_LIST_DMABUF ? EBUSY : ENOENT;
		return -1;
	}
	unlink(file->path);
	return 0;
}

int
eal_extmem_unregister(void *va_addr, size_t len)
{
	struct rte_memseg_list *msl;
	struct memsegs_file file;
	struct rte_fbarray arr;
	bool mapped = false, dmabuf;
	int fd = -1, ret = -1;

	if (check_range(va_addr, len) < 0)
		return -1;
	open_unmapped(va_addr, len, &file);

	eal_extmem_lock();
	/*
	 * That nobody else has the memsegs, and that nobody can find them any more, is one step: who
	 * attaches them locks their file, and then looks whether they are still registered.
	 */
	rte_mcfg_mem_write_lock();
	msl = find(va_addr, len);
	if (msl != NULL) {
		mapped = eal_memseg_list_is_mapped(msl);
		ret = mapped ? eal_fbarray_remove_file(&msl->memseg_arr) : remove_orphan(msl, &file);
	}
	if (ret == 0) {
		arr = msl->memseg_arr;
		dmabuf = (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
		fd = eal_dmabuf_take_fd(msl);
		eal_memseg_list_clear(msl);
		if (dmabuf)
			eal_dmabuf_gate_open();
	}
	rte_mcfg_mem_write_unlock();

	/* whoever reads memsegs in a walk held the lock, so nobody does any more */
	if (ret == 0 && mapped)
		rte_fbarray_detach(&arr);
	eal_extmem_unlock();
	if (ret < 0 && rte_errno == EBUSY)
		EAL_LOG(ERR, "Cannot unregister memory at %p, length %zu: another process has it attached; detach it in all but one",
			va_addr, len);
	eal_dmabuf_close(fd);
	if (file.fd >= 0)
		close(file.fd);
	return ret;
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
	static uint32_t number; /* from 1 on */

	/* above EAL's own and below what the kernel chooses, a GiB for each of 16384 processes */
	if (rte_eal_process_type() == RTE_PROC_SECONDARY && eal_extmem_init_is_complete()) {
		if (number == 0)
			number = eal_memseg_index_next_process() + 1;
		return (void *)(((uintptr_t)1 << 46) + ((uintptr_t)(number & 0x3fff) << 30));
	}
#endif
	return NULL;
}

/* ---- heaps ---- */

bool
eal_external_heap_is_mapped(const struct malloc_heap *heap)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		const struct rte_memseg_list *msl = &mcfg->memsegs[i];

		if (msl->heap && eal_memseg_list_socket_id(msl) == (int)heap->socket_id &&
				!eal_memseg_list_is_mapped(msl))
			return false;
	}
	return true;
}

void
eal_heap_get_stats_unmapped(const struct malloc_heap *heap,
		struct rte_malloc_socket_stats *socket_stats)
{
	memset(socket_stats, 0, sizeof(*socket_stats));
	socket_stats->heap_totalsz_bytes = heap->total_size;
	socket_stats->heap_allocsz_bytes = heap->total_size;
	socket_stats->alloc_count = heap->alloc_count;
}

rte_iova_t
eal_malloc_virt2iova(const void *addr)
{
	const struct rte_config *config = rte_eal_get_configuration();
	const struct rte_memseg_list *msl;
	const struct rte_memseg *ms;
	bool external;

	/* most addresses, with not even a look-up */
	if (likely(config->iova_mode == RTE_IOVA_VA) &&
			likely(eal_memseg_index_is_ordinary(&config->mem_config->memseg_index, addr)))
		return (uintptr_t)addr;

	msl = eal_memseg_index_find(addr);
	if (msl == NULL)
		return RTE_BAD_IOVA;
	external = (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) != 0;
	if (external && !msl->heap)
		return RTE_BAD_IOVA;
	if (!external && config->iova_mode == RTE_IOVA_VA)
		return (uintptr_t)addr;

	ms = eal_memseg_find(addr, msl);
	if (ms == NULL || ms->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	return ms->iova + RTE_PTR_DIFF(addr, ms->addr);
}
