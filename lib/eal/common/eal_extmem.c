/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stddef.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fbarray.h>

#include "eal_private.h"
#include "eal_dmabuf_fd.h"
#include "eal_extmem.h"
#include "eal_memcfg.h"
#include "eal_memseg_index.h"

/* The registrations that this process has attached, by list number. The others here are gone. */
static RTE_ATOMIC(uint64_t) attached[RTE_MAX_MEMSEG_LISTS];

static inline struct rte_mem_config *
mem_config(void)
{
	return rte_config.mem_config;
}

static inline unsigned int
list_idx(const struct rte_memseg_list *msl)
{
	struct rte_mem_config *mcfg = mem_config();
	uintptr_t distance = (uintptr_t)msl - (uintptr_t)mcfg->memsegs;

	/* elsewhere, or within a list */
	if (distance >= sizeof(mcfg->memsegs) || distance % sizeof(*msl) != 0)
		return RTE_MAX_MEMSEG_LISTS;
	return distance / sizeof(*msl);
}

unsigned int
eal_memseg_list_idx(const struct rte_memseg_list *msl)
{
	return list_idx(msl);
}

struct eal_extmem_record *
eal_extmem_record(const struct rte_memseg_list *msl)
{
	return &mem_config()->extmem.record[eal_memseg_list_idx(msl)];
}

uint64_t
eal_extmem_registration(unsigned int msl_idx)
{
	return rte_atomic_load_explicit(&mem_config()->extmem.record[msl_idx].registration,
		rte_memory_order_acquire);
}

/* The registration of a list that this process has attached; 0 if it has not. */
static inline uint64_t
attached_registration(unsigned int msl_idx)
{
	uint64_t registration = rte_atomic_load_explicit(&attached[msl_idx],
			rte_memory_order_acquire);

	return registration == rte_atomic_load_explicit(
			&mem_config()->extmem.record[msl_idx].registration,
			rte_memory_order_acquire) ? registration : 0;
}

bool
eal_extmem_is_attached(const struct rte_memseg_list *msl)
{
	return attached_registration(list_idx(msl)) != 0;
}

static void
set_attached(const struct rte_memseg_list *msl, uint64_t registration)
{
	rte_atomic_store_explicit(&attached[eal_memseg_list_idx(msl)], registration,
		rte_memory_order_release);
}

int
eal_memseg_list_walk_all(rte_memseg_list_walk_t func, void *arg)
{
	struct rte_mem_config *mcfg = mem_config();
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (eal_memseg_list_va(&mcfg->memsegs[i]) != NULL)
			ret = func(&mcfg->memsegs[i], arg);
	}
	return ret;
}

/*
 * Processes may outlive the primary one and its memory configuration, and meet those of the next.
 * By the clock, the next one's numbers are others than those that they remember.
 */
static uint64_t
next_registration(struct eal_extmem *extmem)
{
	extmem->last_registration = RTE_MAX(extmem->last_registration + 1, rte_rdtsc());
	return extmem->last_registration;
}

void
eal_extmem_publish(struct rte_memseg_list *msl, const struct eal_extmem_dmabuf *dmabuf)
{
	struct eal_extmem_record *record = eal_extmem_record(msl);
	uint64_t registration = next_registration(&mem_config()->extmem);

	if (dmabuf != NULL) {
		record->va = eal_memseg_list_va(msl);
		record->socket_id = eal_memseg_list_socket_id(msl);
		record->id = dmabuf->id;
		msl->dmabuf_offset = dmabuf->offset;
		msl->dmabuf_fd = dmabuf->fd;
		msl->properties |= RTE_MEMSEG_LIST_DMABUF;
	}
	/* look-ups and getters take no lock: each finds complete what the next ones lead to */
	rte_atomic_store_explicit(&record->registration, registration, rte_memory_order_release);
	set_attached(msl, registration);
	eal_memseg_index_write(NULL);
}

void
eal_extmem_withdraw(const struct rte_memseg_list *msl)
{
	eal_memseg_index_write(msl);
	set_attached(msl, 0);
	rte_atomic_store_explicit(&eal_extmem_record(msl)->registration, 0,
		rte_memory_order_release);
	/* before the list is cleared */
	rte_atomic_thread_fence(rte_memory_order_release);
}

void
eal_extmem_withdraw_memsegs(const struct rte_fbarray *arr)
{
	const struct rte_memseg_list *msl =
			RTE_PTR_SUB(arr, offsetof(struct rte_memseg_list, memseg_arr));

	if (eal_memseg_list_idx(msl) != RTE_MAX_MEMSEG_LISTS &&
			(msl->properties & RTE_MEMSEG_LIST_EXTERNAL))
		eal_extmem_withdraw(msl);
}

int
eal_extmem_attach(struct rte_memseg_list *msl)
{
	if (rte_fbarray_attach(&msl->memseg_arr) < 0)
		return -1;
	set_attached(msl, eal_extmem_registration(eal_memseg_list_idx(msl)));
	return 0;
}

int
eal_extmem_detach(struct rte_memseg_list *msl)
{
	bool was_attached = eal_extmem_is_attached(msl);

	set_attached(msl, 0);
	if (rte_fbarray_detach(&msl->memseg_arr) < 0) {
		if (was_attached)
			set_attached(msl, eal_extmem_registration(eal_memseg_list_idx(msl)));
		return -1;
	}
	if (was_attached && (msl->properties & RTE_MEMSEG_LIST_DMABUF)) {
		eal_dmabuf_tell_drivers(eal_memseg_list_va(msl), msl->len);
		eal_dmabuf_fd_close(msl->dmabuf_fd);
	}
	return 0;
}

/* ---- public getters that take no lock: here, where they need no call ---- */

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
	unsigned int msl_idx = list_idx(msl);

	if (!is_of_dmabuf(msl, msl_idx))
		return -1;
	if (likely(attached_registration(msl_idx) != 0))
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
	if (!is_of_dmabuf(msl, list_idx(msl)))
		return -1;
	*offset = msl->dmabuf_offset;
	return 0;
}

RTE_EXPORT_INTERNAL_SYMBOL(rte_extmem_dmabuf_attached)
uint64_t
rte_extmem_dmabuf_attached(const struct rte_memseg_list *msl)
{
	return attached_registration(list_idx(msl));
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
