/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_fbarray.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <rte_spinlock.h>
#ifndef RTE_EXEC_ENV_WINDOWS
#include <rte_telemetry.h>
#endif

#include "eal_dmabuf.h"
#include "eal_dmabuf_gate.h"
#include "eal_extmem.h"
#include "eal_filesystem.h"
#include "eal_internal_cfg.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_memseg_list_number.h"
#include "eal_memsegs.h"
#include "eal_private.h"

#if __has_include(<eal_export.h>)
#include <eal_export.h>
#else /* DPDK before 25.07 has a version.map */
#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#endif

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/* more than lists, whose numbers of descriptors may all have to be passed over */
#define PUBLISH_TRIES (2 * RTE_MAX_MEMSEG_LISTS)
/* processes may start, again and again, at the instant in which this one makes a file */
#define FILE_TRIES 100

/* The descriptors of this process, by list number. */
static struct {
	RTE_ATOMIC(uint64_t) registration; /* 0 for none */
	int fd;
} own[RTE_MAX_MEMSEG_LISTS];
static rte_spinlock_t own_lock = RTE_SPINLOCK_INITIALIZER;

/* Where this process has the lists; in a configuration without any until one has a descriptor */
static struct rte_mem_config no_config;
static const struct rte_mem_config *own_config = &no_config;

/* Needs no lock for a list that is registered, and stays so: the descriptor is there first. */
static inline bool
has_own_fd(size_t list, const struct eal_memseg_index_external *external)
{
	return rte_atomic_load_explicit(&own[list].registration, rte_memory_order_acquire) ==
		external->registration;
}

/* The descriptor that this process has for a dma-buf's list, or -1. */
static int
get_own_fd(const struct rte_memseg_list *msl)
{
	unsigned int list = eal_memseg_list_number(msl);

	return has_own_fd(list, eal_memseg_index_external(msl)) ? own[list].fd : -1;
}

int
eal_dmabuf_set_fd(const struct rte_memseg_list *msl, int fd)
{
	unsigned int list = eal_memseg_list_number(msl);
	int old;

	rte_spinlock_lock(&own_lock);
	old = own[list].registration != 0 ? own[list].fd : -1;
	own[list].fd = fd;
	rte_atomic_store_explicit(&own[list].registration,
		eal_memseg_index_external(msl)->registration, rte_memory_order_release);
	own_config = rte_eal_get_configuration()->mem_config;
	rte_spinlock_unlock(&own_lock);
	return old;
}

int
eal_dmabuf_take_fd(const struct rte_memseg_list *msl)
{
	unsigned int list = eal_memseg_list_number(msl);
	int fd = -1;

	rte_spinlock_lock(&own_lock);
	if (own[list].registration != 0)
		fd = own[list].fd;
	own[list].registration = 0;
	rte_spinlock_unlock(&own_lock);
	return fd;
}

int
eal_dmabuf_dup_fd(unsigned int list, uint64_t registration)
{
	int fd = -1;

	rte_errno = ENOENT;
	rte_spinlock_lock(&own_lock);
	if (list < RTE_DIM(own) && registration != 0 && own[list].registration == registration)
		fd = eal_dmabuf_dup(own[list].fd);
	rte_spinlock_unlock(&own_lock);
	return fd;
}

void
eal_dmabuf_cleanup(void)
{
	unsigned int i;
	int fd;

	own_config = &no_config;
	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		rte_spinlock_lock(&own_lock);
		fd = own[i].registration != 0 ? own[i].fd : -1;
		own[i].registration = 0;
		rte_spinlock_unlock(&own_lock);
		eal_dmabuf_close(fd);
	}
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
	} else if (len / page_sz > EAL_MEMSEGS_MAX) {
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

/* ---- registration, before the lock: nobody knows the memsegs yet ---- */

/* Has a process that is starting removed the file, which it took for a dead process's? */
static bool
file_is_gone(const struct rte_fbarray *arr)
{
	char path[PATH_MAX];

	if (eal_get_internal_configuration()->no_shconf) /* there are no files */
		return false;
	eal_get_fbarray_path(path, sizeof(path), arr->name);
	return access(path, F_OK) < 0 && errno == ENOENT;
}

static int
make_memsegs(struct rte_fbarray *arr, void *va_addr, size_t len, rte_iova_t iova_addrs[],
		size_t page_sz, int socket_id)
{
	const struct eal_memsegs memsegs = {
		.va = va_addr,
		.iovas = iova_addrs,
		.n = len / page_sz,
		.page_sz = page_sz,
		.socket_id = socket_id,
	};
	char name[RTE_FBARRAY_NAME_LEN];
	unsigned int try;

	/*
	 * No other memsegs ever have this name. So a process that attaches them can open the file
	 * without a lock, and if they are no longer there, it finds no others.
	 */
	eal_extmem_lock();
	for (try = 0; ; try++) {
		snprintf(name, sizeof(name), "extmem_%p_%" PRIx64, va_addr, rte_rdtsc());
		memset(arr, 0, sizeof(*arr));
		if (eal_fbarray_init_memsegs(arr, name, &memsegs) == 0) {
			if (!file_is_gone(arr))
				break;
			rte_fbarray_detach(arr);
			rte_errno = EBUSY;
		}
		/* a process that is starting has the file locked to see whether it is in use */
		if (rte_errno != EBUSY || try == FILE_TRIES) {
			eal_extmem_unlock();
			return -1;
		}
	}
	eal_extmem_unlock();
	return 0;
}

/* ---- registration, under the lock ---- */

/* A list has the number of its descriptor in every process, so no other list can have it. */
static bool
fd_is_of_a_list(int fd)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if ((mcfg->memsegs[i].properties & RTE_MEMSEG_LIST_DMABUF) &&
				mcfg->memsegs[i].dmabuf_fd == fd)
			return true;
	}
	return false;
}

/* Why a list can't be made. It is said when no lock is held, as who reads the log may be slow. */
struct refusal {
	int error; /* an errno, or 0 */
	unsigned int list; /* EEXIST: the one in the way */
	void *va;          /* and its address */
};

static void
explain(const struct refusal *why, void *va_addr, size_t len)
{
	if (why->error == EEXIST)
		EAL_LOG(ERR, "Cannot register a dma-buf at %p, length %zu: memseg list %u at %p overlaps it; unregister that first",
			va_addr, len, why->list, why->va);
	else if (why->error == ENOSPC)
		EAL_LOG(ERR, "Cannot register a dma-buf: every memseg list is in use; unregister one");
	else if (why->error == ERANGE)
		EAL_LOG(ERR, "Cannot register a dma-buf: no external socket id is left; restart the application");
	rte_errno = why->error == ERANGE ? ENOSPC : why->error;
}

static bool
overlaps(void *va_addr, size_t len, struct refusal *why)
{
	const struct rte_memseg_list *other = eal_memseg_list_find_overlap(va_addr, len);

	if (other == NULL)
		return false;
	why->error = EEXIST;
	why->list = eal_memseg_list_number(other);
	why->va = eal_memseg_list_va(other);
	return true;
}

/* An external socket of its own, or -1. */
static int
take_socket_id(void *va_addr, size_t len)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	struct refusal why = { 0 };
	int socket_id = -1;

	rte_mcfg_mem_write_lock();
	if (overlaps(va_addr, len, &why))
		; /* what comes later would be in vain */
	else if (mcfg->next_socket_id == INT_MAX)
		why.error = ERANGE;
	else
		socket_id = mcfg->next_socket_id++;
	rte_mcfg_mem_write_unlock();

	if (socket_id < 0)
		explain(&why, va_addr, len);
	return socket_id;
}

static struct rte_memseg_list *
find_free_list(struct refusal *why)
{
	struct rte_mem_config *mcfg = rte_eal_get_configuration()->mem_config;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (eal_memseg_list_va(&mcfg->memsegs[i]) == NULL)
			return &mcfg->memsegs[i];
	}
	why->error = ENOSPC;
	return NULL;
}

/*
 * Publish a list. If the process dies before the last statements, nobody finds it, and until its VA is
 * set it is free. Returns a descriptor to close: this process's of a list that a former primary
 * process's end took away.
 */
static int
publish(struct rte_memseg_list *msl, const struct rte_memseg_list *from, void *va_addr,
		int socket_id)
{
	struct eal_memseg_index_external *external = eal_memseg_index_external(msl);

	external->va = NULL;
	msl->properties = RTE_MEMSEG_LIST_EXTERNAL | RTE_MEMSEG_LIST_DMABUF;
	msl->memseg_arr = from->memseg_arr;
	msl->page_sz = from->page_sz;
	msl->len = from->len;
	msl->version = 0;
	msl->heap = 0;
	msl->dmabuf_offset = from->dmabuf_offset;
	msl->dmabuf_fd = from->dmabuf_fd;
	external->socket_id = socket_id;
	external->va = va_addr;
	eal_memseg_index_update(msl);
	return eal_dmabuf_set_fd(msl, msl->dmabuf_fd);
}

enum published { PUBLISHED, FAILED, FD_TAKEN, GATE_OPENED };

static enum published
try_to_publish(const struct rte_memseg_list *from, void *va_addr, int socket_id, uint32_t ticket)
{
	struct rte_memseg_list *msl;
	enum published result = FAILED;
	struct refusal why = { 0 };
	int old_fd = -1;

	rte_mcfg_mem_write_lock();
	if (!eal_dmabuf_gate_is_shut(ticket)) {
		result = GATE_OPENED;
	} else if (fd_is_of_a_list(from->dmabuf_fd)) {
		result = FD_TAKEN;
	} else if (!overlaps(va_addr, from->len, &why)) {
		msl = find_free_list(&why);
		if (msl != NULL) {
			old_fd = publish(msl, from, va_addr, socket_id);
			result = PUBLISHED;
		}
	}
	rte_mcfg_mem_write_unlock();

	if (result == FAILED)
		explain(&why, va_addr, from->len);
	eal_dmabuf_close(old_fd);
	return result;
}

/* ---- registration ---- */

/* Takes the descriptor. */
static int
register_memory(void *va_addr, int socket_id, struct rte_memseg_list *new)
{
	enum published result;
	uint32_t ticket;
	unsigned int try;

	if (eal_dmabuf_gate_shut(&ticket) < 0)
		goto close;
	for (try = 0; try < PUBLISH_TRIES; try++) {
		result = try_to_publish(new, va_addr, socket_id, ticket);
		if (result == PUBLISHED)
			return 0;
		if (result == FAILED)
			goto fail;
		if (result == GATE_OPENED && eal_dmabuf_gate_shut(&ticket) < 0)
			goto close;
		if (result == FD_TAKEN) {
			new->dmabuf_fd = eal_dmabuf_move_up(new->dmabuf_fd);
			if (new->dmabuf_fd < 0)
				goto fail;
		}
	}
	EAL_LOG(ERR, "Cannot register a dma-buf: other processes register and unregister all the time; try again");
	rte_errno = EAGAIN;
fail:
	rte_mcfg_mem_write_lock();
	eal_dmabuf_gate_open();
	rte_mcfg_mem_write_unlock();
close:
	eal_dmabuf_close(new->dmabuf_fd);
	return -1;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_extmem_register_dmabuf, 26.11)
int
rte_extmem_register_dmabuf(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], unsigned int n_pages, size_t page_sz)
{
	struct rte_memseg_list new = { .page_sz = page_sz };
	int fd, socket_id, err;
	uint64_t size = 0;

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

	socket_id = take_socket_id(va_addr, len);
	if (socket_id < 0) {
		eal_dmabuf_close(fd);
		return -1;
	}
	if (make_memsegs(&new.memseg_arr, va_addr, len, iova_addrs, page_sz, socket_id) < 0) {
		EAL_LOG(ERR, "Cannot register a dma-buf: no memory for the memsegs of %zu pages: %s",
			len / page_sz, rte_strerror(rte_errno));
		eal_dmabuf_close(fd);
		return -1;
	}
	new.len = len;
	new.dmabuf_offset = dmabuf_offset;
	new.dmabuf_fd = fd;
	if (register_memory(va_addr, socket_id, &new) == 0)
		return 0;

	err = rte_errno;
	rte_fbarray_destroy(&new.memseg_arr);
	rte_errno = err;
	return -1;
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

/*
 * A short check, enough for a process that has a dma-buf. False does not mean that the list is no
 * dma-buf's: check_dmabuf_list() tells that, and why.
 */
static inline bool
is_dmabuf_list(const struct rte_memseg_list *msl, uint64_t list)
{
	return likely(list < RTE_MAX_MEMSEG_LISTS) &&
		likely((msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0);
}

/* Apart from the short way, so that what it takes costs nothing there */
static __rte_noinline int
get_dmabuf_fd(const struct rte_memseg_list *msl)
{
	int fd;

	if (check_dmabuf_list(msl) < 0)
		return -1;
	fd = get_own_fd(msl);
	if (fd < 0) {
		EAL_LOG(ERR, "Another process registered memseg list %u, and this one has not attached it; call rte_extmem_attach()",
			eal_memseg_list_number(msl));
		rte_errno = EINVAL;
	}
	return fd;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_fd_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_fd_unsafe(const struct rte_memseg_list *msl)
{
	const struct rte_mem_config *mcfg = own_config;
	uint64_t list = eal_memseg_list_number_of(mcfg->memsegs, msl);

	if (is_dmabuf_list(msl, list) &&
			likely(has_own_fd(list, &mcfg->memseg_index.external[list])))
		return own[list].fd;
	return get_dmabuf_fd(msl);
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

static __rte_noinline int
get_dmabuf_offset(const struct rte_memseg_list *msl, uint64_t *offset)
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

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_memseg_list_get_dmabuf_offset_unsafe, 26.11)
int
rte_memseg_list_get_dmabuf_offset_unsafe(const struct rte_memseg_list *msl, uint64_t *offset)
{
	if (is_dmabuf_list(msl, eal_memseg_list_number_of(own_config->memsegs, msl)) &&
			likely(offset != NULL)) {
		*offset = msl->dmabuf_offset;
		return 0;
	}
	return get_dmabuf_offset(msl, offset);
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

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_mem_find_dmabuf_list, 26.11)
const struct rte_memseg_list *
rte_mem_find_dmabuf_list(const void *addr, size_t len)
{
	return eal_memseg_index_find_dmabuf(addr, len);
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
	int fd = get_own_fd(msl);

	if (fd >= 0)
		eal_dmabuf_exporter(fd, name);
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
		fprintf(f, "%s\n", eal_memseg_list_is_mapped(msl) ? "" : ", not attached");
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
	rte_tel_data_add_dict_string(d, "Attached",
		eal_memseg_list_is_mapped(msl) ? "yes" : "no");
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
