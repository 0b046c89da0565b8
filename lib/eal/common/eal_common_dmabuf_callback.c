/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_rwlock.h>

#include <eal_export.h>
#include "eal_dmabuf_fd.h"

struct callback {
	TAILQ_ENTRY(callback) next;
	rte_extmem_dmabuf_detached_t call;
	void *arg;
};

/* of this process */
static TAILQ_HEAD(, callback) callbacks = TAILQ_HEAD_INITIALIZER(callbacks);
/* taken after the memory hotplug lock */
static rte_rwlock_t callbacks_lock = RTE_RWLOCK_INITIALIZER;

RTE_EXPORT_INTERNAL_SYMBOL(rte_extmem_dmabuf_callback_register)
int
rte_extmem_dmabuf_callback_register(rte_extmem_dmabuf_detached_t call, void *arg)
{
	struct callback *callback = malloc(sizeof(*callback));

	if (callback == NULL) {
		rte_errno = ENOMEM;
		return -1;
	}
	callback->call = call;
	callback->arg = arg;
	rte_rwlock_write_lock(&callbacks_lock);
	TAILQ_INSERT_TAIL(&callbacks, callback, next);
	rte_rwlock_write_unlock(&callbacks_lock);
	return 0;
}

RTE_EXPORT_INTERNAL_SYMBOL(rte_extmem_dmabuf_callback_unregister)
void
rte_extmem_dmabuf_callback_unregister(rte_extmem_dmabuf_detached_t call, void *arg)
{
	struct callback *callback;

	rte_rwlock_write_lock(&callbacks_lock);
	TAILQ_FOREACH(callback, &callbacks, next) {
		if (callback->call == call && callback->arg == arg) {
			TAILQ_REMOVE(&callbacks, callback, next);
			break;
		}
	}
	rte_rwlock_write_unlock(&callbacks_lock);
	free(callback);
}

void
eal_dmabuf_tell_drivers(void *va, size_t len)
{
	struct callback *callback;

	rte_rwlock_read_lock(&callbacks_lock);
	TAILQ_FOREACH(callback, &callbacks, next)
		callback->call(va, len, callback->arg);
	rte_rwlock_read_unlock(&callbacks_lock);
}
