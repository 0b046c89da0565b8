/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_eal_paging.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "eal_private.h"
#include "eal_dmabuf.h"
#include "eal_dmabuf_fd.h"
#include "eal_dmabuf_keeper.h"
#include "eal_filesystem.h"
#include "eal_internal_cfg.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "malloc_heap.h"

/* What an error means. Logged after unlocking: logging may block. */
static const char *
explain(int error)
{
	switch (error) {
	case EADDRNOTAVAIL:
		return "the addresses of its memsegs are in use in this process; "
			"register it in the primary process, before this one starts";
	case EAGAIN:
		return "the primary process has not started yet, or another one is about to "
			"unregister it; try again";
	case EBUSY:
		return "the number of its descriptor is in use in this process; "
			"close that descriptor";
	case ECONNREFUSED:
		return "the primary process, which passes descriptors on, is gone; "
			"restart all processes";
	case EEXIST:
		return "this process registered or attached it already";
	case EMFILE:
		return "no descriptor is free; "
			"close some, or raise RLIMIT_NOFILE, of this process and of the "
			"primary one";
	case ENOENT:
		return "it is not registered, or no longer; register it first, in any process";
	case ESRCH:
		return "no process has it any more; unregister it, and register it again";
	case ENOSPC:
		return "every memseg list is in use, or EAL's runtime directory is full; "
			"unregister other memory";
	case EPROTO:
		return "the primary process answered with something else; "
			"start all processes with the same build";
	case ETIMEDOUT:
		return "no answer came from the primary process; "
			"see whether it hangs, and raise RLIMIT_NOFILE of this process and of "
			"that one";
	default:
		return rte_strerror(error);
	}
}

/* ---- registering ---- */

/* Find a free list, and take the number of its descriptor; the next one, if that is in use here. */
static int
take_list(int fd, struct eal_extmem_dmabuf *dmabuf)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	rte_errno = ENOSPC;
	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (eal_memseg_list_va(&mcfg->memsegs[i]) != NULL)
			continue;
		dmabuf->msl_idx = i;
		dmabuf->fd = eal_dmabuf_fd_dup_as(fd, mcfg->extmem.fd_base + i);
		if (dmabuf->fd >= 0 || rte_errno != EBUSY)
			break;
	}
	if (dmabuf->fd < 0 && rte_errno == EBUSY)
		rte_errno = EMFILE;
	return dmabuf->fd < 0 ? -1 : 0;
}

/*
 * Is there room for the memsegs? Their file gets its blocks as they are written, and a process that
 * writes where none is left dies of SIGBUS; see mmap(2).
 */
static bool
has_room(size_t n_pages)
{
	const uint64_t len = RTE_ALIGN_CEIL(n_pages * (sizeof(struct rte_memseg) + 1),
			rte_mem_page_size());
	struct statvfs fs;

	if (eal_get_internal_configuration()->no_shconf ||
			statvfs(rte_eal_get_runtime_dir(), &fs) != 0 || fs.f_blocks == 0)
		return true; /* there is none, or it has no limit */
	return (uint64_t)(geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize >= len;
}

/* Make and publish a list, with the lock; *in_the_way with EEXIST. */
static int
make_list(void *va_addr, size_t len, int fd, rte_iova_t iova_addrs[], size_t page_sz,
		struct eal_extmem_dmabuf *dmabuf, void **in_the_way)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	const struct rte_memseg_list *other = eal_memseg_index_find_range(va_addr, len, 0);

	if (other != NULL) {
		*in_the_way = eal_memseg_list_va(other);
		rte_errno = EEXIST;
		return -1;
	}
	if (mcfg->next_socket_id == INT_MAX) {
		rte_errno = ENOSPC;
		return -1;
	}
	if (take_list(fd, dmabuf) < 0)
		return -1;
	if (malloc_heap_create_external_seg(va_addr, iova_addrs, len / page_sz, page_sz, "extmem",
			mcfg->next_socket_id, dmabuf) == NULL) {
		eal_dmabuf_fd_close(dmabuf->fd);
		return -1;
	}
	mcfg->next_socket_id++;
	eal_dmabuf_tell_drivers(va_addr, len);
	return 0;
}

/* Take back what nobody has attached; false if somebody has, so that it is registered for good. */
static bool
take_back(unsigned int msl_idx, uint64_t registration)
{
	struct eal_dmabuf_gone gone = EAL_DMABUF_NOT_GONE;
	int error = rte_errno;

	rte_mcfg_mem_write_lock();
	if (eal_extmem_registration(msl_idx) == registration)
		eal_dmabuf_unregister(&rte_eal_get_configuration()->mem_config->memsegs[msl_idx],
			&gone);
	rte_mcfg_mem_write_unlock();

	eal_dmabuf_mp_drop();
	rte_errno = error;
	return gone.error != EBUSY;
}

/* Register what a descriptor of EAL's own is of. */
static int
register_own(void *va_addr, size_t len, int fd, rte_iova_t iova_addrs[], size_t page_sz,
		struct eal_extmem_dmabuf *dmabuf)
{
	void *in_the_way = NULL;
	uint64_t registration = 0;
	int ret;

	rte_mcfg_mem_write_lock();
	ret = make_list(va_addr, len, fd, iova_addrs, page_sz, dmabuf, &in_the_way);
	if (ret == 0)
		registration = eal_extmem_registration(dmabuf->msl_idx);
	rte_mcfg_mem_write_unlock();

	if (ret == 0 && eal_dmabuf_mp_keep(dmabuf->msl_idx, registration, fd) < 0 &&
			take_back(dmabuf->msl_idx, registration))
		ret = -1;
	if (ret == 0)
		return 0;
	if (in_the_way != NULL)
		EAL_LOG(ERR,
				"Cannot register a dma-buf at %p, length %zu: other memory at %p overlaps it; unregister that first",
			va_addr, len, in_the_way);
	else
		EAL_LOG(ERR, "Cannot register a dma-buf at %p, length %zu: %s", va_addr, len,
			rte_errno == EBUSY ?
			"another process has a file of that memory; detach it there" :
			explain(rte_errno));
	return -1;
}

int
eal_dmabuf_register(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], size_t page_sz)
{
	struct eal_extmem_dmabuf dmabuf = { .fd = -1, .offset = dmabuf_offset };
	int fd, ret = -1;

	/* the caller's may be closed, and the last descriptor must not be closed with the lock */
	fd = eal_dmabuf_fd_dup(dmabuf_fd);
	if (fd < 0) {
		EAL_LOG(ERR, "Cannot register a dma-buf: descriptor %d: %s", dmabuf_fd,
			rte_errno == EMFILE ? explain(EMFILE) :
			"it is not open; pass one of a dma-buf");
		return -1;
	}
	if (eal_dmabuf_fd_identify(fd, &dmabuf.id) < 0) {
		EAL_LOG(ERR,
			"Cannot register a dma-buf: descriptor %d is of none; register other memory with rte_extmem_register()",
			dmabuf_fd);
	} else if (dmabuf_offset > dmabuf.id.size || len > dmabuf.id.size - dmabuf_offset) {
		EAL_LOG(ERR,
			"Cannot register a dma-buf: offset %#" PRIx64
			" and length %#zx exceed its size, %#" PRIx64,
			dmabuf_offset, len, dmabuf.id.size);
		rte_errno = EINVAL;
	} else if (!has_room(len / page_sz)) {
		EAL_LOG(ERR,
			"Cannot register a dma-buf at %p, length %zu: EAL's runtime directory, %s, is full; make room there",
			va_addr, len, rte_eal_get_runtime_dir());
		rte_errno = ENOSPC;
	} else {
		ret = register_own(va_addr, len, fd, iova_addrs, page_sz, &dmabuf);
	}
	eal_dmabuf_fd_close(fd);
	return ret;
}

/* ---- attaching ---- */

/* What is to be attached. It may be unregistered while the keeper is asked. */
struct target {
	void *va;
	size_t len;
	unsigned int msl_idx;
	uint64_t registration;
	struct eal_dmabuf_id id;
	int number; /* of the descriptor */
};

/* Find the list that is not attached yet, with the lock. */
static struct rte_memseg_list *
find_list(const struct target *t)
{
	struct rte_memseg_list *msl = malloc_heap_find_external_seg(t->va, t->len);

	if (msl == NULL)
		return NULL;
	if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0)
		rte_errno = ENOENT;
	else if (eal_extmem_is_attached(msl))
		rte_errno = EEXIST;
	else
		return msl;
	return NULL;
}

static int
look_up(struct target *t)
{
	const struct rte_memseg_list *msl;

	rte_mcfg_mem_read_lock();
	msl = find_list(t);
	if (msl != NULL) {
		t->msl_idx = eal_memseg_list_idx(msl);
		t->registration = eal_extmem_registration(t->msl_idx);
		t->id = eal_extmem_record(msl)->id;
		t->number = msl->dmabuf_fd;
	}
	rte_mcfg_mem_read_unlock();
	return msl == NULL ? -1 : 0;
}

/* Map the memsegs, with the lock, if they are still those that the descriptor was asked for. */
static int
attach_memsegs(const struct target *t, int fd)
{
	struct rte_memseg_list *msl = find_list(t);
	int number;

	if (msl == NULL)
		return -1;
	if (eal_extmem_registration(eal_memseg_list_idx(msl)) != t->registration) {
		rte_errno = ENOENT;
		return -1;
	}
	number = eal_dmabuf_fd_dup_as(fd, msl->dmabuf_fd);
	if (number < 0)
		return -1;
	if (eal_extmem_attach(msl) == 0) {
		eal_dmabuf_tell_drivers(t->va, t->len);
		return 0;
	}
	if (rte_errno == EEXIST) /* this process has another fbarray there */
		rte_errno = EADDRNOTAVAIL;
	/* a process that started removed the file, which nobody had locked */
	else if (rte_errno == ENOENT)
		rte_errno = ESRCH;
	eal_dmabuf_fd_close(number);
	return -1;
}

static int
attach(struct target *t)
{
	int fd, ret = -1;

	if (look_up(t) < 0)
		return -1;
	fd = eal_dmabuf_mp_give(t->msl_idx, t->registration);
	if (fd < 0)
		return -1;
	if (!eal_dmabuf_fd_is_of(fd, &t->id)) {
		rte_errno = EPROTO;
	} else {
		rte_mcfg_mem_write_lock();
		ret = attach_memsegs(t, fd);
		rte_mcfg_mem_write_unlock();
	}
	eal_dmabuf_fd_close(fd);
	return ret;
}

int
eal_dmabuf_attach(void *va_addr, size_t len)
{
	struct target t = { .va = va_addr, .len = len, .number = -1 };

	if (attach(&t) == 0)
		return 0;
	EAL_LOG(ERR, "Cannot attach the dma-buf at %p, length %zu, descriptor %d: %s", va_addr, len,
		t.number, explain(rte_errno));
	return -1;
}

int
eal_dmabuf_detach(struct rte_memseg_list *msl)
{
	bool had_descriptor = (msl->properties & RTE_MEMSEG_LIST_DMABUF) &&
			eal_extmem_is_attached(msl);

	if (eal_extmem_detach(msl) < 0)
		return -1;
	if (had_descriptor) {
		eal_dmabuf_tell_drivers(eal_memseg_list_va(msl), msl->len);
		eal_dmabuf_fd_close(msl->dmabuf_fd);
	}
	return 0;
}

/* ---- unregistering ---- */

/* Let nobody find a list any more, before it is cleared. */
static void
withdraw(const struct rte_memseg_list *msl)
{
	eal_memseg_index_write(msl);
	eal_extmem_withdraw(msl);
}

/* Clear a list that this process has attached, if no other has. */
static int
unregister_attached(struct rte_memseg_list *msl)
{
	if (malloc_heap_destroy_external_seg(msl) == 0)
		return 0;
	if (rte_errno != ENOENT)
		return -1;
	/*
	 * No other has it, but its file was removed: by a process that started, and found it in the
	 * moment before it was locked.
	 */
	withdraw(msl);
	rte_fbarray_detach(&msl->memseg_arr);
	memset(msl, 0, sizeof(*msl));
	return 0;
}

/*
 * Clear a list that this process has not attached, if no other has: the one that registered it
 * died, or detached it. Each that has it holds a lock on the file of its memsegs.
 */
static int
unregister_orphan(struct rte_memseg_list *msl)
{
	char path[PATH_MAX];
	int fd;

	eal_get_fbarray_path(path, sizeof(path), msl->memseg_arr.name);
	fd = eal_file_open(path, EAL_OPEN_READWRITE);
	/*
	 * there is no file without shared configuration, and if a process that started removed it
	 */
	if (fd < 0 && rte_errno != ENOENT)
		return -1;
	if (fd >= 0 && eal_file_lock(fd, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN) < 0) {
		close(fd);
		rte_errno = EBUSY;
		return -1;
	}
	withdraw(msl);
	memset(msl, 0, sizeof(*msl));
	if (fd >= 0) {
		unlink(path);
		close(fd);
	}
	return 0;
}

int
eal_dmabuf_unregister(struct rte_memseg_list *msl, struct eal_dmabuf_gone *gone)
{
	size_t len = msl->len;
	int fd, ret;

	if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0)
		return eal_extmem_unregister_attached(msl);

	gone->va = eal_memseg_list_va(msl);
	fd = eal_extmem_is_attached(msl) ? msl->dmabuf_fd : -1;
	ret = fd >= 0 ? unregister_attached(msl) : unregister_orphan(msl);
	gone->error = ret < 0 ? rte_errno : 0;
	if (ret == 0 && fd >= 0) {
		eal_dmabuf_tell_drivers(gone->va, len);
		eal_dmabuf_fd_close(fd);
	}
	return ret;
}

void
eal_dmabuf_unregistered(const struct eal_dmabuf_gone *gone)
{
	if (gone->va == NULL)
		return;
	if (gone->error == 0) {
		eal_dmabuf_mp_drop();
		return;
	}
	EAL_LOG(ERR, "Cannot unregister the dma-buf at %p: %s", gone->va, gone->error == EBUSY ?
		"another process has it attached; detach it in all but one" :
		rte_strerror(gone->error));
	rte_errno = gone->error;
}

void
eal_dmabuf_cleanup(void)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		const struct rte_memseg_list *msl = &mcfg->memsegs[i];

		if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) && eal_extmem_is_attached(msl))
			eal_dmabuf_fd_close(msl->dmabuf_fd);
	}
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		eal_dmabuf_keeper_cleanup();
}
