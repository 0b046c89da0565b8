/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VERBS_DMABUF_H
#define VERBS_DMABUF_H

/**
 * @file
 *
 * What verbs drivers do when memory of a dma-buf can't be registered with a device.
 *
 * The addresses of such memory are never registered instead: they may be placeholders, and then
 * packets would go to other memory, in silence.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_spinlock.h>

#define VERBS_DMABUF_UNSAID_LEN 64
#define VERBS_DMABUF_TEXT_LEN 256

/** A refusal, as far as others have to be told from it. */
struct verbs_dmabuf_refusal {
	const void *device;
	uint64_t registration; /**< Of the dma-buf. */
	const void *addr; /**< Of the range, where that is the same for all of a burst, */
	size_t len;       /**< and its length. */
	int error;
};

/**
 * May a refusal be logged? A burst of packets meets the same one for each: of these, one a second.
 *
 * @param unsaid
 *   Receives the end of the message: how many were not logged since the last one was, if any.
 */
static inline bool
verbs_dmabuf_may_log(const struct verbs_dmabuf_refusal *refusal,
		char unsaid[VERBS_DMABUF_UNSAID_LEN])
{
	static struct verbs_dmabuf_refusal last;
	static uint64_t last_time;
	static unsigned int n_unsaid;
	static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
	uint64_t now = rte_get_timer_cycles();
	bool same, may;

	rte_spinlock_lock(&lock);
	same = refusal->device == last.device && refusal->registration == last.registration &&
		refusal->addr == last.addr && refusal->len == last.len &&
		refusal->error == last.error;
	may = !same || now - last_time >= rte_get_timer_hz();
	unsaid[0] = '\0';
	if (n_unsaid > 0)
		snprintf(unsaid, VERBS_DMABUF_UNSAID_LEN, "; %u like the last one were not logged",
			n_unsaid);
	n_unsaid = may ? 0 : n_unsaid + 1;
	if (may) {
		last = *refusal;
		last_time = now;
	}
	rte_spinlock_unlock(&lock);
	return may;
}

/**
 * For a driver that can't register dma-bufs: does a range have any of one?
 *
 * @param text
 *   Receives what to log if it has; nothing if the same was logged a moment ago.
 *
 * @return
 *   True with errno and rte_errno set to EOPNOTSUPP if it has, and must not be registered.
 */
static inline bool
verbs_dmabuf_refuse(const void *addr, size_t len, char text[VERBS_DMABUF_TEXT_LEN])
{
	const struct rte_memseg_list *msl = rte_mem_find_dmabuf_list(addr, len);
	struct verbs_dmabuf_refusal refusal = { .error = EOPNOTSUPP };
	char unsaid[VERBS_DMABUF_UNSAID_LEN];

	if (likely(msl == NULL))
		return false;
	text[0] = '\0';
	refusal.registration = rte_extmem_dmabuf_attached(msl);
	if (verbs_dmabuf_may_log(&refusal, unsaid))
		snprintf(text, VERBS_DMABUF_TEXT_LEN,
			"cannot register %zu bytes at %p: this driver registers no dma-bufs; use a NIC that does (mlx5), or rte_extmem_register() if this one can use the addresses%s",
			len, addr, unsaid);
	rte_errno = EOPNOTSUPP;
	errno = EOPNOTSUPP;
	return true;
}

#endif /* VERBS_DMABUF_H */
