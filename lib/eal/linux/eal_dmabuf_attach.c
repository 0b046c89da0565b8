/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * rte_extmem_attach() for a dma-buf: the descriptor comes from another process and gets the number
 * that it has there, so that the shared list tells it to every process.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "eal_dmabuf.h"
#include "eal_dmabuf_mp.h"
#include "eal_extmem.h"
#include "eal_memseg_index.h"
#include "eal_private.h"
#include "malloc_heap.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/* What is to be attached. It may be unregistered while other processes are asked. */
struct target {
	void *va;
	size_t len;
	unsigned int list;
	uint64_t registration;
	struct rte_fbarray arr;
	int fd;
};

/* One at a time, so that two threads that attach the same memory do not get in each other's way. */
static pthread_mutex_t attaching = PTHREAD_MUTEX_INITIALIZER;

static const char *
explain(int err)
{
	switch (err) {
	case EEXIST:
		return "this process registered or attached it already";
	case ENOENT:
		return "it is not registered; register it first, in any process";
	case EBUSY:
		return "the number of its descriptor is in use in this process; close that descriptor, or register the dma-buf again for another number";
	case EMFILE:
		return "too few descriptors are allowed here or in the process that has it; raise RLIMIT_NOFILE above the number of its descriptor and close some";
	case ESRCH:
		return "no process has a descriptor of it any more; unregister it, and register it again where there is one";
	case ECONNREFUSED:
		return "the primary process, which passes descriptors on, is gone; restart all";
	case ETIMEDOUT:
		return "a process did not answer within 10 seconds; see whether one hangs, and try again";
	case ENOTSUP:
		return "without shared configuration there is no other process to get its descriptor from";
	case EPROTO:
		return "another process sent something else; restart all with the same DPDK";
	case EADDRNOTAVAIL:
		return "the addresses of its memsegs are in use in this process; restart it";
	default:
		return rte_strerror(err);
	}
}

/* Must hold the memory hotplug lock. */
static struct rte_memseg_list *
find(struct target *t)
{
	struct rte_memseg_list *msl = malloc_heap_find_external_seg(t->va, t->len);

	if (msl != NULL && (msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0) {
		rte_errno = ENOENT;
		msl = NULL;
	}
	return msl;
}

static int
look_up(struct target *t)
{
	struct rte_memseg_list *msl;
	int ret = -1;

	rte_mcfg_mem_read_lock();
	msl = find(t);
	if (msl != NULL && eal_memseg_list_is_mapped(msl)) {
		rte_errno = EEXIST;
	} else if (msl != NULL) {
		t->list = eal_memseg_list_number(msl);
		t->registration = eal_memseg_index_external(msl)->registration;
		t->arr = msl->memseg_arr;
		t->fd = msl->dmabuf_fd;
		ret = 0;
	}
	rte_mcfg_mem_read_unlock();
	return ret;
}

/*
 * Map the memsegs, whose file has a name of this registration only. From then on nobody else can
 * unregister the memory; until then, it may have happened.
 */
static int
map(struct target *t)
{
	struct rte_memseg_list *msl;
	int old_fd = -1;

	if (rte_fbarray_attach(&t->arr) < 0) {
		if (rte_errno == EEXIST) /* another list's memsegs are at these addresses */
			rte_errno = EADDRNOTAVAIL;
		else if (rte_errno == EWOULDBLOCK) /* it is being unregistered */
			rte_errno = ENOENT;
		return -1;
	}

	/* nothing that is shared changes, so the lock is for reading */
	rte_mcfg_mem_read_lock();
	msl = find(t);
	if (msl != NULL && eal_memseg_list_number(msl) == t->list &&
			eal_memseg_index_external(msl)->registration == t->registration) {
		eal_memseg_list_set_mapped(msl, true);
		old_fd = eal_dmabuf_set_fd(msl, t->fd);
	} else {
		msl = NULL;
	}
	rte_mcfg_mem_read_unlock();
	if (old_fd != t->fd) /* the number may have been free because somebody closed it */
		eal_dmabuf_close(old_fd);
	if (msl != NULL)
		return 0;

	rte_fbarray_detach(&t->arr);
	rte_errno = ENOENT;
	return -1;
}

static int
attach(struct target *t)
{
	int fd, ret = -1;

	if (look_up(t) < 0 || eal_dmabuf_reserve(t->fd) < 0)
		return -1;
	fd = eal_dmabuf_mp_get_fd(t->list, t->registration);
	if (fd >= 0 && eal_dmabuf_place(fd, t->fd) == 0) {
		eal_extmem_lock();
		ret = map(t);
		eal_extmem_unlock();
	}
	if (ret == 0)
		return 0;
	eal_dmabuf_close(t->fd);
	return -1;
}

int
eal_dmabuf_attach(void *va_addr, size_t len)
{
	struct target t = { .va = va_addr, .len = len, .fd = -1 };
	int ret;

	pthread_mutex_lock(&attaching);
	ret = attach(&t);
	pthread_mutex_unlock(&attaching);
	if (ret < 0)
		EAL_LOG(ERR, "Cannot attach the dma-buf at %p, length %zu (descriptor %d): %s",
			va_addr, len, t.fd, explain(rte_errno));
	return ret;
}
